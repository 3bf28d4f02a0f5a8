// The startup parameters an agent may set, as a list: everything else is refused by name. What changes
// who the session is, how it replicates, or what the gateway itself relies on is not on it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/postgres/message.h"

namespace claw::postgres {

struct Requested {
  std::string user;
  std::string database;  // As the server has it: the user's name when not given.
  std::vector<std::pair<std::string, std::string>> settings;  // To be passed on; `options` unfolded into it.
  std::vector<std::string> unknown_extensions;  // `_pq_.` names: negotiated away, not an error.
};

Result<Requested> check_startup(const Startup& startup);

}  // namespace claw::postgres
