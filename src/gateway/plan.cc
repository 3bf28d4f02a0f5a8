#include "gateway/plan.h"

#include <fmt/format.h>

#include "base/id.h"
#include "base/log.h"

namespace claw::gateway {

namespace {

io::TlsTrust trust_of(config::SslMode mode) {
  switch (mode) {
    case config::SslMode::verify_ca: return io::TlsTrust::chain;
    case config::SslMode::verify_full: return io::TlsTrust::chain_and_name;
    case config::SslMode::disable:
    case config::SslMode::prefer:
    case config::SslMode::require: return io::TlsTrust::encrypt_only;
  }
  return io::TlsTrust::chain_and_name;
}

postgres::SslMode mode_of(config::SslMode mode) {
  using To = postgres::SslMode;
  switch (mode) {
    case config::SslMode::disable: return To::disable;
    case config::SslMode::prefer: return To::prefer;
    case config::SslMode::require: return To::require;
    case config::SslMode::verify_ca: return To::verify_ca;
    case config::SslMode::verify_full: return To::verify_full;
  }
  return To::verify_full;
}

Result<std::shared_ptr<io::TlsContext>> client_tls(const config::Entrance& entrance) {
  if (entrance.tls == config::ListenTls::off) return std::shared_ptr<io::TlsContext>();
  if (entrance.self_made) return io::TlsContext::self_signed("localhost");
  return io::TlsContext::server({entrance.cert_file, entrance.key_file, {}});
}

Result<std::shared_ptr<io::TlsContext>> upstream_tls(const config::UpstreamTls& tls) {
  if (tls.mode == config::SslMode::disable) return std::shared_ptr<io::TlsContext>();
  return io::TlsContext::client({tls.cert_file, tls.key_file, tls.root_file}, trust_of(tls.mode));
}

// Agents whose token the vault does not have cannot log in; the others can.
std::shared_ptr<const postgres::AgentTokens> tokens_of(const config::Snapshot& snapshot,
                                                       vault::Vault& vault) {
  auto tokens = std::make_shared<postgres::AgentTokens>();
  tokens->salt.resize(16);
  fill_random(tokens->salt);
  for (const config::Agent& agent : snapshot.agents) {
    auto token = vault.secret(agent.token_secret);
    if (token) tokens->add(agent.name, agent.profile, token->reveal());
    else log::warning("agent has no token yet", {{"agent", agent.name}, {"why", token.error().text()}});
  }
  return tokens;
}

guard::Endpoint gate_of(const config::Snapshot& snapshot, const config::Endpoint& endpoint) {
  guard::Endpoint gate{endpoint.typed, endpoint.kind, snapshot.version, endpoint.ruleset, {}};
  if (!snapshot.settings.audit.parameters) gate.parameters = audit::Parameters::hidden;
  for (const config::Approver& approver : snapshot.approvers) {
    const std::int64_t timeout_us =
        approver.timeout_us > 0 ? approver.timeout_us : snapshot.settings.approval_timeout_us;
    gate.approvers.push_back({approver.name, approver.required, timeout_us});
  }
  return gate;
}

}  // namespace

Result<std::shared_ptr<const Plan>> make_plan(std::shared_ptr<const config::Snapshot> snapshot,
                                              guard::Guard& guard, vault::Vault& vault) {
  auto plan = std::make_shared<Plan>();
  plan->snapshot = std::move(snapshot);
  const auto tokens = tokens_of(*plan->snapshot, vault);
  for (const config::Endpoint& endpoint : plan->snapshot->endpoints) {
    if (endpoint.kind != "postgres" || !endpoint.unserved.empty()) continue;
    Served served;
    served.endpoint = &endpoint;
    served.upstream = io::Address{endpoint.upstream.host, endpoint.upstream.port, {}};
    CLAW_TRY(served.client_tls, client_tls(endpoint.entrance));
    CLAW_TRY(served.upstream_tls, upstream_tls(endpoint.upstream_tls));
    auto options = std::make_shared<postgres::Options>();
    options->endpoint = endpoint.typed;
    options->client_tls = endpoint.entrance.tls != config::ListenTls::off;
    options->client_tls_required = endpoint.entrance.tls == config::ListenTls::required;
    options->sslmode = mode_of(endpoint.upstream_tls.mode);
    options->enforce_read = endpoint.enforce_read;
    options->authenticate_agents = endpoint.entrance.require_token;
    options->cleartext_tokens = endpoint.entrance.tls == config::ListenTls::required;
    options->tokens = tokens;
    served.postgres = std::move(options);
    served.gate = guard.open(gate_of(*plan->snapshot, endpoint));
    plan->served.emplace(endpoint.typed, std::move(served));
  }
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace claw::gateway
