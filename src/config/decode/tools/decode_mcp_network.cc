// Where an MCP server that is a program may connect, and as whom.
#include <fmt/format.h>

#include <set>

#include "base/host.h"
#include "base/text.h"
#include "config/decode/decode.h"

namespace claw::config {

namespace {

constexpr std::size_t endpoints_max = 12;  // As of a tool.
// Each is a socket in the sandbox, handed over with the others in one word.
constexpr std::size_t ports_max = 40;
constexpr std::uint16_t postgres_port = 5432;

}  // namespace

void Assembly::mcp_network(const Fields& fields, Endpoint& endpoint) {
  if (fields.has("url")) return;  // Where they are not for it at all.
  if (fields.has("endpoints") != fields.has("profile")) {
    const bool has_profile = fields.has("profile");
    diagnostics_.error(fields.range(has_profile ? "profile" : "endpoints"),
                       has_profile
                           ? "`profile` says whose credentials it has at its `endpoints`, and it has none"
                           : "`profile` is missing: whose credentials are lent at these?",
                       has_profile ? "write `endpoints = [https.NAME]`" : "write `profile = profile.NAME`");
  }
  if (const Node* node = fields.find("profile")) {
    if (const Symbol* symbol = symbols_.resolve(*node, "profile")) endpoint.mcp.profile = symbol->name;
  }
  for (const Symbol* symbol : symbols_.resolve_all(fields.list("endpoints"), "endpoint")) {
    endpoint.mcp.endpoints.push_back(symbol->typed);
  }
  if (endpoint.mcp.endpoints.size() > endpoints_max) {
    diagnostics_.error(fields.range("endpoints"),
                       fmt::format("a program has at most {} endpoints", endpoints_max));
  }
}

// After profiles are known. One that it could not reach would be a name that nobody answers for.
void Assembly::check_mcp_network(const Endpoint& endpoint) {
  const auto block = blocks_.find(endpoint.typed);
  if (endpoint.mcp.endpoints.empty() || block == blocks_.end()) return;
  const Fields fields(*block->second);
  const std::string& profile = endpoint.mcp.profile;
  const auto wrong = [&](std::string what, std::string hint = {}) {
    diagnostics_.error(fields.range("endpoints"), std::move(what), std::move(hint));
  };
  for (const std::string& typed : endpoint.mcp.endpoints) {
    const Endpoint* to = snapshot_->endpoint(typed);
    if (to == nullptr) continue;
    if (to->family == action::Family::tool || to->family == action::Family::mcp) {
      wrong(fmt::format("{} takes calls of agents, and leads nowhere", typed));
    } else if (!to->unserved.empty()) {
      wrong(to->unserved);
    } else if (!profile.empty() && !snapshot_->reaches(profile, *to)) {
      wrong(fmt::format("profile `{}` does not reach {}", profile, typed),
            "give the profile a credential for it");
    }
  }
  if (snapshot_->agent(endpoint.typed) != nullptr) {
    wrong(fmt::format("`{}` is an agent here, and what this program asks for is recorded by that name",
                      endpoint.typed),
          "give the agent another name");
  }
  check_program_ports(fields.range("endpoints"), endpoint.mcp.endpoints);
}

void Assembly::check_program_ports(const Range& where, const std::vector<std::string>& endpoints) {
  std::set<std::uint16_t> ports{http_port, https_port, postgres_port};
  for (const std::string& typed : endpoints) {
    const Endpoint* endpoint = snapshot_->endpoint(typed);
    if (endpoint == nullptr) continue;
    for (const HostPort& each : endpoint->hosts) {
      if (each.port != 0) ports.insert(each.port);
    }
  }
  if (ports.size() <= ports_max) return;
  diagnostics_.error(where, fmt::format("these are at {} ports: a program has at most {}", ports.size(),
                                        ports_max));
}

}  // namespace claw::config
