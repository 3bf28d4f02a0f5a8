#include "toolcall/who.h"

#include <algorithm>

#include "base/text.h"
#include "config/hosts.h"

namespace claw::toolcall {
namespace {

using serve::Asked;

std::optional<std::string_view> bearer_of(const http::Request& head) {
  constexpr std::string_view scheme = "bearer ";
  const auto field = head.fields.find("authorization");
  if (!field || !lower(field->substr(0, scheme.size())).starts_with(scheme)) return std::nullopt;
  return trim(field->substr(scheme.size()));
}

// A page in somebody's browser may send requests here too; it cannot leave out its Origin, nor say that it
// sends JSON without being asked first, and a name of its own that leads here is not ours.
std::optional<Said> refuse_foreign(const Asked& asked, const config::Endpoint& endpoint) {
  if (asked.head.fields.find("origin")) return mistake(403, "pages of browsers call no tools");
  const std::string_view authority = asked.head.authority;
  const std::size_t colon = authority.rfind(':');
  std::string host(authority.substr(0, authority.ends_with(']') ? authority.npos : colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool is_ours = config::is_ip_literal(host) || host == "localhost" || host.find('.') == host.npos;
  if (asked.caller.way == serve::Way::socket || endpoint.entrance.require_token || is_ours) {
    return std::nullopt;
  }
  return mistake(421, "this is not the name of this gateway; call it by its address, or as localhost");
}

}  // namespace

Asker asker_of(const Who& who) {
  return {who.ground.snapshot, *who.ground.endpoint, who.principal.profile, who.principal.agent};
}

std::variant<Who, Said> identify(const Registry& registry, const Asked& asked) {
  auto ground = registry.ground(asked.caller.door);
  if (!ground) return mistake(404, "the gateway's configuration no longer has this endpoint");
  if (auto refused = refuse_foreign(asked, *ground->endpoint)) return std::move(*refused);
  const config::Snapshot& snapshot = *ground->snapshot;
  const config::Agent* agent = nullptr;
  const bool on_socket = asked.caller.way == serve::Way::socket;
  if (asked.head.fields.count("authorization") > 1) return mistake(400, "two Authorization fields");
  if (asked.head.fields.find("authorization")) {
    const auto token = bearer_of(asked.head);
    if (token) agent = snapshot.agent(registry.agent_of(*token));
    if (agent == nullptr) return mistake(401, "this is no agent's token");
  } else if (on_socket) {
    const auto found = std::ranges::find_if(snapshot.agents, [&](const config::Agent& each) {
      return each.uid && *each.uid == asked.caller.uid;
    });
    if (found != snapshot.agents.end()) agent = &*found;
  }
  const config::Entrance& entrance = ground->endpoint->entrance;
  if (agent == nullptr && entrance.require_token) {
    return mistake(401, on_socket ? "no agent is this user; send `Authorization: Bearer TOKEN`"
                                  : "send `Authorization: Bearer TOKEN`, the agent's token");
  }
  const std::string address = on_socket ? "user " + asked.caller.user : asked.caller.address;
  action::Principal principal{agent != nullptr ? agent->name : "anonymous",
                              agent != nullptr ? agent->profile : entrance.profile, address};
  return Who{std::move(*ground), std::move(principal)};
}

}  // namespace claw::toolcall
