// Prompts and resources of MCP servers, for MCP clients: prompts and templates as they were accepted, under
// the server's prefix, and read or got by an action of the family `mcp` each.
#pragma once

#include "toolcall/library.h"
#include "toolcall/upstream/hub.h"

namespace claw::toolcall::upstream {

// A resource of the server with the prefix `docs` is `docs+URI` for agents.
Library library_of(Hub& hub);  // Which outlives it.

}  // namespace claw::toolcall::upstream
