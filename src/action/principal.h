// Who acts: the agent as the gateway knows it, from the listener it came through or the token it proved.
// Nothing the agent writes into its own traffic changes a Principal.
#pragma once

#include <string>

namespace claw::action {

struct Principal {
  std::string agent;    // The name the config gives it; `anonymous` where a listener asks for no token.
  std::string profile;  // Which credentials, and so which endpoints, it may use.
  std::string address;  // Where the connection came from, `ip:port`; for the record only.
  // Not the agent itself: the gateway looks up, as that agent could, what this action of its would change.
  std::string preview_of = {};
  std::string call = {};  // Of a tool call this is part of: that action's id.
  bool operator==(const Principal&) const = default;
};

}  // namespace claw::action
