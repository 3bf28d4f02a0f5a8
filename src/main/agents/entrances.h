// Where agents come in, as verbs tell them: a proxy listener, its address, and the token that it or an
// endpoint's own door wants. Errors are for the person who asked, with what to do next.
#pragma once

#include <string>
#include <vector>

#include "config/snapshot.h"
#include "main/environment/environment.h"

namespace claw::verbs {

// The proxy listener of that name; without a name the first.
Result<const config::ProxyListener*> choose_listener(const config::Snapshot& policy, const std::string& name);

// Its first address, as the part of a URL. Code::invalid: it takes any free port.
Result<ProxyAddress> address_of(const config::ProxyListener& listener);

// The token of an agent that may use `endpoint`, from CLAWPATROL_TOKEN or, where that is not set or an agent
// is named, from the vault in `folder`. Code::not_found: it has none yet.
struct TokenAsked {
  const config::Snapshot& policy;
  const config::Endpoint& endpoint;
  std::string agent;   // Empty: the only one there is.
  std::string folder;  // The state folder.
};
Result<std::string> agent_token(const TokenAsked& asked);

// What agents of a profile send in place of its credentials' secrets.
std::vector<Placeholder> placeholders_of(const config::Snapshot& policy, const config::Profile& profile);

}  // namespace claw::verbs
