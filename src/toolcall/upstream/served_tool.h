// A tool of an MCP server as agents have it: named under the server's prefix, described as it was accepted,
// judged as an action of the family `mcp` at its own endpoint, and called there.
#pragma once

#include <memory>
#include <string>

#include "action/mcp/mcp.h"
#include "config/model.h"
#include "pins/definition.h"
#include "toolcall/tool.h"
#include "toolcall/upstream/server.h"

namespace claw::toolcall::upstream {

// The action of calling it. What the operator says of the tool is in `settings`.
action::McpCall call_of(const config::Endpoint& endpoint, const pins::Definition& tool);

std::shared_ptr<const Tool> make_tool(const config::Endpoint& endpoint, pins::Definition tool,
                                      const std::shared_ptr<Server>& server);

// Asks a server one thing for a call, of which `planned` has been judged.
struct Errand {
  std::weak_ptr<Server> server;
  pins::Definition definition;  // Must still be pinned, unless it has no name.
  std::string method;
  json::Object params;
  std::string object;
};
std::unique_ptr<Run> run_errand(Seat seat, Errand errand);

}  // namespace claw::toolcall::upstream
