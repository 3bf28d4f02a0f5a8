// What the gateway itself has for MCP clients to read: a summary of the policy as far as it is this agent's,
// and which of its calls wait for a person. No rule's condition is among it: whoever knows them can look for
// the way around.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "toolcall/library.h"

namespace claw::toolcall::mcp {

struct Pending {  // A question about something this agent does.
  std::string id;
  std::string endpoint;
  std::string rule;
  std::string summary;
  std::int64_t asked_us = 0;  // Wall time.
  bool waits_for_retry = false;
};
using PendingOf = std::function<std::vector<Pending>(std::string_view agent)>;
using ToolsOf = std::function<Catalogue(const Asker& asker)>;

Library make_house(PendingOf pending, ToolsOf tools);

}  // namespace claw::toolcall::mcp
