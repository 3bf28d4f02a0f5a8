// One request to an MCP server behind the gateway, as an action: a tool that is called, a resource that is
// read, a prompt that is got. Made by the gateway before the server, by fixtures and from the record. What
// the server says of its tools is among the facts as `mcp.claims`, and decides nothing else here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "action/action.h"
#include "base/json.h"

namespace claw::action {

struct McpCall {
  std::string server;                // `linear`, of the endpoint `mcp.linear`
  std::string method;                // `tools/call`
  std::string tool = {};             // Of these three the one that the method is about.
  std::string resource = {};
  std::string prompt = {};
  json::Value arguments = json::Object{};
  std::vector<std::string> claims = {};
  std::string reasoning = {};
  std::optional<bool> destructive = {};  // As the operator says; nothing: only the server knows.
  bool reads_only = false;               // As the operator says.
  bool truncated = false;
};

std::shared_ptr<const Subject> make_mcp_subject(McpCall call);

// From the members of a record; null where they are of no such action, or its arguments were taken out.
std::shared_ptr<const Subject> mcp_subject_of(const json::Value& members);

}  // namespace claw::action
