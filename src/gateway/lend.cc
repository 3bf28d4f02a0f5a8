// Who an agent is, where it may go, and the credential its request is given: what HTTP's machines ask of
// the policy and the vault.
#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/host.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/connection.h"

namespace claw::gateway {

namespace {

// A proxy's agent may name many hosts on one connection; it need not be able to make us remember them all.
constexpr std::size_t destinations_max = 1000;

vault::Request vault_request(const protocol::Shown& shown, const config::Endpoint& endpoint) {
  vault::Request request{shown.method, shown.host, shown.path, shown.fields, std::nullopt, shown.authority};
  if (endpoint.kind == "kubernetes") {
    request.cluster = vault::Cluster{endpoint.kubernetes.cluster_name, endpoint.kubernetes.region};
  }
  return request;
}

}  // namespace

void Connection::perform(protocol::Identify& command) {
  protocol::Identified event;
  refresh_plan();
  const auto& known = plan_->agents_by_token;
  const auto found = known.find(crypto::view(crypto::sha256(command.token.reveal())));
  if (own_door_ == nullptr && found != known.end()) {  // Whom one of our own speaks for is settled.
    event.known = true;
    count_sent();  // To whoever it was until now.
    principal_.agent = found->second->name;
    principal_.profile = found->second->profile;
    event.principal = principal_;
  }
  tell(std::move(event));
}

void Connection::perform(protocol::Route& command) {
  protocol::Routed event;
  using Kind = protocol::Routed::Kind;
  if (!refresh_plan()) {
    event.why = "the gateway's configuration no longer has this door";
    return tell(std::move(event));
  }
  const config::Snapshot& snapshot = *plan_->snapshot;
  const config::Endpoint* endpoint = endpoint_at(command.host, command.port);
  const auto found = endpoint == nullptr ? plan_->served.end() : plan_->served.find(endpoint->typed);
  const std::string goal = io::Address{command.host, command.port, {}}.text();
  if (destinations_.size() > destinations_max) {
    event.why = "too many hosts on one connection";
  } else if (found != plan_->served.end() && found->second.http != nullptr) {
    event.kind = Kind::endpoint;
    event.options = found->second.http;
    event.route = destination(&found->second, command.host, command.port);
    open_session();
  } else if (endpoint != nullptr) {
    event.why = fmt::format("{} is not served here", endpoint->typed);
  } else if (own_door_ != nullptr || snapshot.settings.unknown_host == config::UnknownHost::deny) {
    event.why = fmt::format("no endpoint of profile `{}` has {}", principal_.profile, quoted(goal));
  } else if (!command.may_splice) {
    event.why = fmt::format("no endpoint of profile `{}` has {}; unknown hosts pass only by CONNECT",
                            principal_.profile, quoted(goal));
  } else if (auto full = admit(nullptr)) {
    event.why = std::move(full->what);
  } else if (!pass_unknown(goal)) {
    event.why = std::string(guard::not_recorded_reason);
  } else {
    event.kind = Kind::splice;
    event.route = destination(nullptr, command.host, command.port);
  }
  tell(std::move(event));
}

// `http://` at a host that an endpoint has by `https://` is that endpoint: it is reached by TLS all the same.
const config::Endpoint* Connection::endpoint_at(const std::string& host, std::uint16_t port) const {
  const config::Snapshot& snapshot = *plan_->snapshot;
  const config::Endpoint* endpoint = snapshot.find_endpoint(principal_.profile, host, port);
  if (endpoint == nullptr && port == http_port) {
    endpoint = snapshot.find_endpoint(principal_.profile, host, https_port);
    if (endpoint != nullptr && !endpoint->http.upstream_tls) endpoint = nullptr;
  }
  if (endpoint == nullptr || own_door_ == nullptr || door_->served != nullptr) return endpoint;
  const std::vector<std::string>& among = own_door_->among;
  return std::ranges::find(among, endpoint->typed) != among.end() ? endpoint : nullptr;
}

std::uint32_t Connection::destination(const Served* to, const std::string& host, std::uint16_t port) {
  for (std::uint32_t i = 0; i < destinations_.size(); ++i) {
    const Destination& known = destinations_[i];
    if (known.served == to && known.host == host && known.port == port) return i;
  }
  destinations_.push_back({to, host, port});
  return static_cast<std::uint32_t>(destinations_.size() - 1);
}

// Unread, but never unrecorded.
bool Connection::pass_unknown(const std::string& goal) {
  place_ = session_place_ = "unknown " + goal;
  recorded_open_ = true;
  const auto written = worker_.services().sink.append(audit::Session{
      "opened", principal_, session_, place_, {}, "passed unread: no endpoint has this host", 0});
  return written.ok();
}

void Connection::perform(protocol::Choose& command) {
  protocol::Chosen event{command.ticket, {}, {}, false};
  const Served* to = refresh_plan() ? served(command.route) : nullptr;
  if (to == nullptr) {
    event.error = Error{Code::denied, "the gateway's configuration no longer has this endpoint", {}};
    return tell(std::move(event));
  }
  event.options = to->http;
  config::Presented presented;
  presented.carriers.assign(command.carriers.begin(), command.carriers.end());
  auto chosen = plan_->snapshot->resolve_credential(principal_.profile, *to->endpoint, presented);
  if (!chosen) {
    event.error = std::move(chosen).error();
  } else if (*chosen != nullptr) {
    const config::Credential& credential = **chosen;
    event.credential = credential.name;
    event.needs_body = vault::Vault::needs_body(vault_credential(credential),
                                                vault_request(command.request, *to->endpoint));
  }
  tell(std::move(event));
}

void Connection::perform(protocol::Inject& command) { inject(std::move(command), false); }

// `asked`: a token endpoint has answered already; asking it twice for one request would be a loop.
void Connection::inject(protocol::Inject command, bool asked) {
  // Chosen and judged a while ago, perhaps: it is lent only where the policy of now would choose it.
  const Served* to = refresh_plan() ? served(command.route) : nullptr;
  const config::Credential* credential = plan_->snapshot->credential(command.credential);
  if (to == nullptr || credential == nullptr ||
      !plan_->snapshot->may_use(principal_.profile, *to->endpoint, command.credential)) {
    return injected(command.ticket, Error{Code::denied, "the policy no longer lends it here", {}});
  }
  const std::shared_ptr<const action::Edits> kept = worker_.edits(*plan_, credential->name);
  if (kept != nullptr) return injected(command.ticket, vault::Injection(kept));
  vault::Request request = vault_request(command.request, *to->endpoint);
  if (command.body) request.body = *command.body;
  request.may_write = command.may_write;
  const vault::Credential to_lend = vault_credential(*credential);
  auto injection = worker_.services().vault.inject(to_lend, request);
  if (!injection || std::holds_alternative<std::shared_ptr<const action::Edits>>(*injection)) {
    if (injection && vault::Vault::sight(to_lend) == vault::Sight::nothing) {
      worker_.keep_edits(plan_, credential->name,
                         std::get<std::shared_ptr<const action::Edits>>(*injection));
    }
    return injected(command.ticket, std::move(injection));
  }
  if (asked) {
    return injected(command.ticket, Error{Code::unavailable, "the token endpoint gave no token", {}});
  }
  auto again = std::make_shared<protocol::Inject>(std::move(command));
  worker_.fetcher().fetch(std::move(std::get<vault::Exchange>(*injection)),
                          [this, again, guard = std::weak_ptr<char>(alive_)](Status status) {
    if (guard.expired() || closed_) return;
    if (!status) return injected(again->ticket, std::move(status).error());
    inject(std::move(*again), true);
  });
}

void Connection::injected(Ticket ticket, Result<vault::Injection> injection) {
  protocol::Leased event;
  event.ticket = ticket;
  if (injection) {
    event.edits = std::get<std::shared_ptr<const action::Edits>>(*injection);
  } else {
    event.error = std::move(injection).error();
    log::warning("no credential", {{"endpoint", place_}, {"why", event.error->text()}});
  }
  tell(std::move(event));
}

}  // namespace claw::gateway
