// The versions of the Model Context Protocol that are spoken, and what differs between them, as a table: both
// a server and a client decide by these columns, and by no comparison of dates.
#pragma once

#include <span>
#include <string_view>

namespace claw::mcp {

struct Version {
  std::string_view name;      // `2025-11-25`
  bool sessions = true;       // Begins with `initialize`; else each request says all of itself in `_meta`.
  bool batches = false;       // JSON-RPC batches in a body.
  bool names_itself = true;   // `MCP-Protocol-Version` on each request after the first.
  bool structured = true;     // `structuredContent`, `outputSchema`, `title`.
  bool asks_by_url = false;   // Elicitation of mode `url`.
  bool mirrors = false;       // `Mcp-Method` and `Mcp-Name` say what the body says.
  bool typed_results = false; // `resultType`; lists that say how long they hold.
};

std::span<const Version> versions();             // The newest first.
const Version* version_named(std::string_view name);
const Version& newest_with_sessions();

// Names of `_meta` members that requests of versions without sessions carry.
constexpr std::string_view meta_version = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view meta_client = "io.modelcontextprotocol/clientInfo";
constexpr std::string_view meta_capabilities = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view meta_server = "io.modelcontextprotocol/serverInfo";
constexpr std::string_view meta_subscription = "io.modelcontextprotocol/subscriptionId";

}  // namespace claw::mcp
