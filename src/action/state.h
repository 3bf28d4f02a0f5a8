// What state a connection was in when an action was asked, in words: its database, its role, where names are
// looked up. People who are asked see it, and approval's fingerprint covers it: the same text means another
// thing elsewhere. Read from the context's facts, so it is what the rules saw.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"

namespace claw::action {

struct Stated {
  std::string name;                 // `role`, `search_path`: the fact's name without its family.
  bool is_known = false;            // False: the gateway cannot tell, and rules could not either.
  bool is_list = false;
  std::vector<std::string> values;  // One where it is no list.
  bool operator==(const Stated&) const = default;
};

// Facts of the connection beyond who acts and where; empty for families that have none.
std::vector<Stated> state_of(Family family, const Context& context);

// `public, "$user"` or `not known`: one line for people, quoted so that no value can pass for two.
std::string shown(const Stated& stated);

}  // namespace claw::action
