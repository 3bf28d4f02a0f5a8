// One POST of an MCP client, as far as it has been understood: who, in which version and session, which
// messages. Header fields that say again what the body says are compared with it here: whoever stands in
// between may have decided by them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/mcp/message.h"
#include "protocol/mcp/versions.h"
#include "toolcall/mcp/exchange.h"
#include "toolcall/mcp/refusal.h"
#include "toolcall/mcp/sessions.h"
#include "toolcall/who.h"

namespace claw::toolcall::mcp {

class Turn;

struct Visit {
  std::shared_ptr<const Who> who;
  const claw::mcp::Version* version = nullptr;  // Null: not agreed yet.
  std::shared_ptr<Session> session = {};
  claw::mcp::Packet packet = {};
  std::shared_ptr<Exchange> exchange = {};
  std::shared_ptr<std::vector<std::weak_ptr<Turn>>> turns = {};  // Who wait on its connection.
};

// The header field's value where there is one of it. Refused: there are two.
std::optional<Refused> single(const serve::Asked& asked, std::string_view name, std::string& into);

// Of the body, in the version's form.
std::optional<Refused> read_body(const serve::Asked& asked, Visit& visit);
// For who is refused before the body is looked at: its request's; nothing where it is no single one.
std::optional<claw::mcp::Id> id_in(const serve::Asked& asked, Visit visit);
// `Mcp-Method` and `Mcp-Name`: where they are there, and in versions that have them they must be.
std::optional<Refused> check_mirrors(const serve::Asked& asked, const Visit& visit);
// What each request of a version without sessions has to carry.
std::optional<Refused> check_envelope(const Visit& visit);

}  // namespace claw::toolcall::mcp
