#include "gateway/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/host.h"
#include "base/id.h"
#include "base/log.h"
#include "protocol/kubernetes/dialect.h"

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

Result<std::shared_ptr<io::TlsContext>> door_tls(const config::Entrance& entrance, bool is_http,
                                                 const std::string& client_ca) {
  if (entrance.tls == config::ListenTls::off) return std::shared_ptr<io::TlsContext>();
  const io::TlsFiles files{entrance.cert_file, entrance.key_file, client_ca};
  if (!client_ca.empty()) return io::TlsContext::server_with_client_ca(files, io::AgentProof::optional);
  if (entrance.self_made && is_http) return std::shared_ptr<io::TlsContext>();  // A leaf of our authority.
  if (entrance.self_made) return io::TlsContext::self_signed("localhost");
  return io::TlsContext::server(files);
}

Result<std::shared_ptr<io::TlsContext>> upstream_tls(const config::UpstreamTls& tls) {
  if (tls.mode == config::SslMode::disable) return std::shared_ptr<io::TlsContext>();
  return io::TlsContext::client({tls.cert_file, tls.key_file, tls.root_file}, trust_of(tls.mode));
}

// Agents whose token the vault does not have cannot log in; the others can.
std::shared_ptr<const postgres::AgentTokens> tokens_of(
    const config::Snapshot& snapshot, vault::Vault& vault,
    std::map<std::string, const config::Agent*, std::less<>>& by_hash) {
  auto tokens = std::make_shared<postgres::AgentTokens>();
  tokens->salt.resize(16);
  fill_random(tokens->salt);
  for (const config::Agent& agent : snapshot.agents) {
    auto token = vault.secret(agent.token_secret);
    if (token) {
      tokens->add(agent.name, agent.profile, token->reveal());
      by_hash.emplace(crypto::view(crypto::sha256(token->reveal())), &agent);
    } else {
      log::warning("agent has no token yet", {{"agent", agent.name}, {"why", token.error().text()}});
    }
  }
  return tokens;
}

guard::Approver approver_of(const config::Snapshot& snapshot, const config::Approver& approver) {
  guard::Approver made;
  made.asked.name = approver.name;
  made.asked.required = approver.required;
  made.asked.kind = approver.llm ? approval::Approver::Kind::model : approval::Approver::Kind::people;
  made.asked.people = approver.people;
  if (const config::Approver* to = snapshot.approver(approver.escalate_to)) {
    made.asked.escalation = {to->name, to->people, approver.escalate_after_us};
  }
  made.timeout_us = approver.timeout_us > 0 ? approver.timeout_us : snapshot.settings.approval_timeout_us;
  made.sync_wait_us = approver.sync_wait_us;
  made.async = {approver.async.enabled, approver.async.retry_ttl_us, approver.async.body_bytes_max};
  return made;
}

guard::Endpoint gate_of(const config::Snapshot& snapshot, const config::Endpoint& endpoint,
                        std::shared_ptr<const guard::Terms> terms) {
  guard::Endpoint gate{endpoint.typed, endpoint.kind, snapshot.version, endpoint.ruleset, {}};
  gate.terms = std::move(terms);
  gate.redaction = endpoint.redaction;
  if (!snapshot.settings.audit.parameters) gate.parameters = audit::Parameters::hidden;
  for (const config::Approver& approver : snapshot.approvers) {
    gate.approvers.push_back(approver_of(snapshot, approver));
  }
  return gate;
}

guard::Per per_of(config::Per per) {
  switch (per) {
    case config::Per::session: return guard::Per::session;
    case config::Per::hour: return guard::Per::hour;
    case config::Per::day: return guard::Per::day;
  }
  return guard::Per::day;
}

bool reads_any(const policy::Ruleset& rules, std::initializer_list<std::string_view> facts) {
  return std::any_of(facts.begin(), facts.end(), [&rules](std::string_view fact) {
    const std::optional<std::uint32_t> slot = action::slot_of(rules.family(), fact);
    return slot.has_value() && rules.reads(*slot);
  });
}

http::Upstream upstream_of(config::UpstreamHttp upstream) {
  switch (upstream) {
    case config::UpstreamHttp::automatic: return http::Upstream::automatic;
    case config::UpstreamHttp::http1: return http::Upstream::http1;
    case config::UpstreamHttp::http2: return http::Upstream::http2;
  }
  return http::Upstream::automatic;
}

Result<Served> http_served(const config::Snapshot& snapshot, const config::Endpoint& endpoint) {
  Served served;
  served.http = http_options(snapshot, endpoint);
  if (endpoint.http.upstream_tls) {
    CLAW_TRY(served.upstream_tls, io::TlsContext::client({}, io::TlsTrust::chain_and_name,
                                                         {{}, {}, endpoint.http.roots_pem}));
  }
  return served;
}

Result<Served> postgres_served(const config::Endpoint& endpoint,
                               const std::shared_ptr<const postgres::AgentTokens>& tokens) {
  Served served;
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
  return served;
}

http::Door http_door(http::Door::Kind kind, const config::Entrance& entrance) {
  http::Door door;
  door.kind = kind;
  door.require_token = entrance.require_token;
  door.has_tls = entrance.tls != config::ListenTls::off;
  door.requires_tls = entrance.tls == config::ListenTls::required;
  return door;
}

Result<Door> own_door(const Served& served) {
  const config::Endpoint& endpoint = *served.endpoint;
  Door door;
  door.name = endpoint.typed;
  door.entrance = &endpoint.entrance;
  door.served = &served;
  CLAW_TRY(door.tls, door_tls(endpoint.entrance, served.http != nullptr, {}));
  if (served.http == nullptr) return door;
  const config::HostPort& host = own_host(endpoint);
  door.http = http_door(http::Door::Kind::endpoint, endpoint.entrance);
  door.host = host.host;
  door.port = host.port != 0 ? host.port : endpoint.http.upstream_tls ? https_port : http_port;
  return door;
}

Result<Door> shared_door(const config::ProxyListener& listener) {
  const bool is_proxy = listener.kind == config::ProxyListener::Kind::proxy;
  Door door;
  door.name = (is_proxy ? "proxy." : "transparent.") + listener.name;
  door.entrance = &listener.entrance;
  CLAW_TRY(door.tls, door_tls(listener.entrance, true, listener.client_ca_file));
  door.shows_leaf = listener.entrance.self_made;
  door.http =
      http_door(is_proxy ? http::Door::Kind::proxy : http::Door::Kind::transparent, listener.entrance);
  return door;
}

}  // namespace

const config::HostPort& own_host(const config::Endpoint& endpoint) {
  const auto named = std::ranges::find_if(endpoint.hosts, [](const config::HostPort& each) {
    return !config::is_wildcard(each.host);
  });
  return named != endpoint.hosts.end() ? *named : endpoint.upstream;
}

std::shared_ptr<const http::Options> http_options(const config::Snapshot& snapshot,
                                                  const config::Endpoint& endpoint) {
  auto options = std::make_shared<http::Options>();
  options->endpoint = endpoint.typed;
  options->upstream_tls = endpoint.http.upstream_tls;
  options->upstream = upstream_of(endpoint.http.upstream_http);
  const policy::Ruleset& rules = *endpoint.ruleset;
  const auto reads = [&rules](std::uint32_t slot) { return rules.reads(slot); };
  if (endpoint.kind == "kubernetes") options->dialect = &kubernetes::dialect();
  options->needs = options->dialect != nullptr ? options->dialect->needs(reads)
                                               : http::needs_of(rules.family(), reads);
  options->recording = {endpoint.kubernetes.record_streams, endpoint.kubernetes.record_input};
  options->read_as = {endpoint.kubernetes.read_as_user, endpoint.kubernetes.read_as_groups};
  options->judges_messages =
      reads_any(*endpoint.ruleset, {"ws.direction", "ws.text", "ws.json", "ws.opcode"});
  for (const config::Credential& credential : snapshot.credentials) {
    const bool is_here =
        std::ranges::find(credential.endpoints, endpoint.typed) != credential.endpoints.end();
    options->fields_matter |=
        is_here && vault::Vault::sight(vault_credential(credential)) == vault::Sight::fields;
  }
  for (const config::Profile& profile : snapshot.profiles) {
    const auto choices = profile.choices.find(endpoint.typed);
    options->carriers_matter |= choices != profile.choices.end() && choices->second.size() > 1;
  }
  options->body_bytes_max = snapshot.settings.limits.body_buffer;
  options->public_url = snapshot.settings.public_url;
  options->strip_set_cookie = endpoint.http.set_cookie == config::SetCookie::strip;
  options->scan_answers = endpoint.http.scan_answers;
  options->allow_override = endpoint.http.method_override;
  return options;
}

vault::Credential vault_credential(const config::Credential& credential) {
  return {credential.kind, credential.name, credential.user, credential.database, credential.settings,
          credential.placeholder};
}

guard::Terms terms_of(const config::Snapshot& snapshot) {
  guard::Terms terms;
  terms.session_idle_us = snapshot.settings.session_idle_us;
  terms.counts = !snapshot.budgets.empty();
  for (const config::Endpoint& endpoint : snapshot.endpoints) {
    if (endpoint.ruleset == nullptr) continue;
    terms.counts |= endpoint.ruleset->reads_standing() || endpoint.ruleset->sets_labels();
  }
  for (const config::Budget& each : snapshot.budgets) {
    guard::Budget& budget = terms.budgets.emplace_back();
    budget.name = each.name;
    budget.agents = each.agents;
    budget.profiles = each.profiles;
    budget.per = per_of(each.per);
    budget.approvers = each.approvers;
    for (const guard::Use use : guard::uses) {
      const auto limit = each.limits.find(name_of(use));
      if (limit != each.limits.end()) budget.limits[static_cast<std::size_t>(use)] = limit->second;
    }
  }
  for (const config::Profile& profile : snapshot.profiles) {
    if (!profile.async_grants) terms.waiting.insert(profile.name);
  }
  for (const config::Agent& agent : snapshot.agents) {
    if (!agent.owner.empty()) terms.owners.emplace(agent.name, agent.owner);
  }
  return terms;
}

// A name the config wrote out may lead into a private network; a wildcard's may be chosen by whoever owns
// the zone, so it may not. Nothing but an address or an `upstream` leads to this machine itself.
io::Reach reach_of(const config::Endpoint& endpoint, std::string_view host) {
  if (!endpoint.upstream.host.empty()) return io::Reach::anywhere;
  const bool is_written_out = std::ranges::any_of(
      endpoint.hosts, [host](const config::HostPort& each) { return each.host == host; });
  if (is_written_out && (config::is_ip_literal(host) || host == "localhost")) return io::Reach::anywhere;
  return is_written_out || endpoint.http.private_network ? io::Reach::no_local_services
                                                         : io::Reach::public_only;
}

Result<std::shared_ptr<const Plan>> make_plan(std::shared_ptr<const config::Snapshot> snapshot,
                                              guard::Guard& guard, vault::Vault& vault) {
  auto plan = std::make_shared<Plan>();
  plan->snapshot = std::move(snapshot);
  plan->terms = std::make_shared<const guard::Terms>(terms_of(*plan->snapshot));
  const auto tokens = tokens_of(*plan->snapshot, vault, plan->agents_by_token);
  for (const config::Endpoint& endpoint : plan->snapshot->endpoints) {
    if (!endpoint.unserved.empty()) continue;
    // Spoken by toolcall/, judged like any.
    const bool is_tools = endpoint.family == action::Family::tool || endpoint.family == action::Family::mcp;
    CLAW_TRY(Served made, is_tools                      ? Result<Served>(Served())
                          : endpoint.kind == "postgres" ? postgres_served(endpoint, tokens)
                                                        : http_served(*plan->snapshot, endpoint));
    Served& served = plan->served.emplace(endpoint.typed, std::move(made)).first->second;
    served.endpoint = &endpoint;
    served.upstream = io::Address{endpoint.upstream.host, endpoint.upstream.port, {}};
    served.gate = guard.open(gate_of(*plan->snapshot, endpoint, plan->terms));
    if (is_tools) continue;
    CLAW_TRY(Door door, own_door(served));
    plan->doors.emplace(door.name, std::move(door));
  }
  for (const config::ProxyListener& listener : plan->snapshot->settings.listeners) {
    CLAW_TRY(Door door, shared_door(listener));
    plan->doors.emplace(door.name, std::move(door));
  }
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace claw::gateway
