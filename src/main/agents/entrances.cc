#include "main/agents/entrances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "main/speak.h"
#include "main/state.h"
#include "vault/vault.h"

namespace claw::verbs {

namespace {

Result<const config::Agent*> choose_agent(const TokenAsked& asked) {
  const std::vector<config::Agent>& agents = asked.policy.agents;
  if (asked.agent.empty() && agents.size() == 1) return &agents.front();
  if (asked.agent.empty()) {
    return invalid(fmt::format("say whose token with --agent, or give it in CLAWPATROL_TOKEN; {}",
                               suggestion("", names_of(agents))));
  }
  const config::Agent* agent = asked.policy.agent(asked.agent);
  if (agent != nullptr) return agent;
  return invalid(fmt::format("no agent `{}`; {}", asked.agent, suggestion(asked.agent, names_of(agents))));
}

}  // namespace

Result<const config::ProxyListener*> choose_listener(const config::Snapshot& policy,
                                                     const std::string& name) {
  std::vector<std::string> names;
  for (const config::ProxyListener& each : policy.settings.listeners) {
    if (each.kind != config::ProxyListener::Kind::proxy) continue;
    if (name.empty() || each.name == name) return &each;
    names.push_back(each.name);
  }
  if (names.empty()) {
    return invalid("this policy has no proxy listener: add `listener \"proxy\" \"NAME\" { … }`");
  }
  return invalid(fmt::format("no proxy listener `{}`; {}", name, suggestion(name, names)));
}

Result<ProxyAddress> address_of(const config::ProxyListener& listener) {
  const config::Entrance& entrance = listener.entrance;
  if (entrance.listeners.empty()) return invalid(fmt::format("listener `{}` listens nowhere", listener.name));
  const config::HostPort& address = entrance.listeners.front().address;
  if (address.port == 0) {
    return invalid(fmt::format("listener `{}` takes any free port: give it one", listener.name));
  }
  return ProxyAddress{address.host, address.port, entrance.tls == config::ListenTls::required, {}};
}

Result<std::string> agent_token(const TokenAsked& asked) {
  const char* given = std::getenv("CLAWPATROL_TOKEN");
  if (given != nullptr && asked.agent.empty()) return std::string(given);
  CLAW_TRY(const config::Agent* agent, choose_agent(asked));
  if (!asked.policy.reaches(agent->profile, asked.endpoint)) {
    return invalid(fmt::format("profile `{}` of agent `{}` has no credential for {}", agent->profile,
                               agent->name, asked.endpoint.typed));
  }
  const SystemClock clock;
  const config::VaultSettings& settings = asked.policy.settings.vault;
  CLAW_TRY(auto sealed, open_sealed(asked.folder, settings, clock));
  vault::Vault vault(clock, secret_sources(std::move(sealed), settings));
  const Result<Secret> token = vault.secret(agent->token_secret);
  if (token) return std::string(token->reveal());
  if (token.error().code != Code::not_found) return token.error();
  return Error{
      Code::not_found,
      fmt::format("agent `{0}` has no token yet: `clawpatrol credentials token CONFIG {0}` makes one",
                  agent->name),
      {}};
}

std::vector<Placeholder> placeholders_of(const config::Snapshot& policy, const config::Profile& profile) {
  std::vector<Placeholder> out;
  for (const std::string& each : profile.credentials) {
    const config::Credential* credential = policy.credential(each);
    if (credential == nullptr) continue;
    Placeholder& added = out.emplace_back(Placeholder{credential->kind, credential->placeholder, {}});
    for (const std::string& typed : credential->endpoints) {
      const config::Endpoint* endpoint = policy.endpoint(typed);
      if (endpoint == nullptr) continue;
      for (const config::HostPort& host : endpoint->hosts) added.hosts.push_back(host.host);
    }
  }
  return out;
}

}  // namespace claw::verbs
