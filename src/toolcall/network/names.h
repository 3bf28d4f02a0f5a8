// The name server of one sandbox. It knows the names of the endpoints that its program may reach, and gives
// each an address of a range that no host has: the address of a connection then says which name was meant.
// It asks nobody, so a question says nothing to anybody outside.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace claw::toolcall {

class Names {
 public:
  void add(std::string_view host);  // As endpoints have it: a name, or `*.suffix`.

  std::string answer(std::string_view question);  // Of DNS; empty: none.

  bool is_ours(std::string_view address) const;   // Of the range.
  // What that address was given for; empty: for nothing.
  std::string name_at(std::string_view address) const;

 private:
  bool knows(std::string_view name) const;
  std::string address_of(const std::string& name);  // Four bytes; empty: there are too many.

  std::vector<std::string> hosts_;
  std::map<std::string, std::size_t, std::less<>> given_;
  std::vector<std::string> names_;  // By their number.
};

}  // namespace claw::toolcall
