// Who calls: the token says it, or the kernel, for every face of the tool endpoint alike. Nothing in a body
// is looked at. Pages of browsers, and names that may be anybody's, are refused here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "serve/message.h"
#include "toolcall/answer.h"
#include "toolcall/call.h"
#include "toolcall/catalogue.h"

namespace claw::toolcall {

struct Who {
  Ground ground;
  action::Principal principal;
};

struct Registry {  // What the policy of now says; called on the server's loop.
  std::function<std::optional<Ground>(std::string_view endpoint)> ground;
  // The agent whose token this is; empty: nobody's.
  std::function<std::string(std::string_view token)> agent_of;
};

Asker asker_of(const Who& who);  // As long as it lives.

// Or what they are told: 401 without a token that is an agent's, 403 and 421 for pages of browsers.
std::variant<Who, Said> identify(const Registry& registry, const serve::Asked& asked);

}  // namespace claw::toolcall
