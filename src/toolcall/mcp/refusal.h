// What MCP clients are told that are not let in, or make no sense: errors of the protocol with the HTTP
// status that goes with them, and where to learn how to say who they are (RFC 9728).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/mcp/message.h"
#include "serve/message.h"
#include "toolcall/answer.h"

namespace claw::toolcall::mcp {

constexpr std::string_view metadata_path = "/.well-known/oauth-protected-resource";

struct Refused {
  int status = 400;
  std::int64_t code = claw::mcp::code::invalid_request;
  std::string what;
  std::optional<claw::mcp::Id> id = {};
  std::string data = {};  // JSON; may be empty.
};
serve::Answer refusal(const Refused& refused);
// Of who is not known: 401 says where the metadata is.
serve::Answer not_let_in(const Said& said, const serve::Asked& asked);
serve::Answer metadata(const serve::Asked& asked);

}  // namespace claw::toolcall::mcp
