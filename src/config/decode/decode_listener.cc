// Where agents come in: the listeners of single endpoints, and those for all endpoints of a profile.
#include <fmt/format.h>

#include "config/decode/decode.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

bool is_local(const Entrance& entrance) {
  return std::all_of(entrance.listeners.begin(), entrance.listeners.end(),
                     [](const Listener& listener) { return listener.loopback; });
}

}  // namespace

// An address belongs to whoever is written first.
void Assembly::claim(const HostPort& address, const Range& range) {
  for (const auto& [other, where] : listening_) {
    if (!collide(address, other)) continue;
    return diagnostics_.error(range, fmt::format("`{}` is taken by another `listen`", address.text()),
                              fmt::format("`{}` at {}", other.text(), sources_.where(where)));
  }
  listening_.emplace_back(address, range);
}

void Assembly::listeners(const Fields& fields, Entrance& entrance) {
  for (const Node* node : fields.list("listen")) {
    if (node->kind == Kind::string && node->text.starts_with(unix_prefix)) {
      if (auto path = parse_unix(node->text)) {
        entrance.listeners.push_back({{}, true, std::move(path).value()});
      }
      continue;
    }
    Result<HostPort> address = node->kind == Kind::string ? parse_listen(node->text) : invalid("");
    if (!address) continue;  // The checker has said so.
    claim(*address, node->range);
    const bool loopback = is_loopback(address->host);
    entrance.listeners.push_back({std::move(*address), loopback, {}});
  }
}

void Assembly::entrance(const Fields& fields, Endpoint& endpoint) {
  if (endpoint.family == action::Family::mcp) return;  // It has none: `profile` is its program's.
  Entrance& entrance = endpoint.entrance;
  listeners(fields, entrance);
  if (entrance.listeners.empty()) {
    for (const std::string_view name : {"require_token", "profile", "listen_tls", "tls_cert", "tls_key"}) {
      if (fields.has(name)) {
        diagnostics_.warning(fields.range(name), fmt::format("`{}` has no effect without `listen`", name));
      }
    }
    return;
  }
  if (endpoint.family == action::Family::tool && !is_local(entrance)) {
    diagnostics_.warning(fields.range("listen"), "tokens and results may cross the network in clear text",
                         "listen on loopback or on `unix:/path`, beside the agent");
  }
  if (!endpoint.unserved.empty()) diagnostics_.error(fields.range("listen"), endpoint.unserved);
  entrance_identity(fields, entrance);
  entrance_tls(fields, entrance);
}

// Who comes in: agents that prove it, or whoever can reach the address.
void Assembly::entrance_identity(const Fields& fields, Entrance& entrance) {
  const bool local = is_local(entrance);
  entrance.require_token = fields.boolean("require_token", !local || !snapshot_->agents.empty());
  if (entrance.require_token && snapshot_->agents.empty()) {
    diagnostics_.error(fields.range("listen"), "agents must show a token here, and no agent is declared",
                       "write `agent \"NAME\" { profile = … }`, or `require_token = false`");
  }
  if (!entrance.require_token && !local) {
    diagnostics_.warning(fields.range("listen"), "whoever reaches this address is let in without a token");
  }
  const Node* node = fields.find("profile");
  if (!node) return;
  const Symbol* symbol = symbols_.resolve(*node, "profile");
  entrance.profile = symbol ? symbol->name : "";
  if (entrance.require_token) {
    diagnostics_.warning(node->range, "`profile` is for agents without a token, and all must have one");
  }
}

void Assembly::entrance_tls(const Fields& fields, Entrance& entrance) {
  entrance.self_made = fields.text("tls_cert") == "auto";
  if (!entrance.self_made) entrance.cert_file = path(fields, "tls_cert");
  entrance.key_file = path(fields, "tls_key");
  const bool has_cert = entrance.self_made || !entrance.cert_file.empty();
  const std::string tls = fields.text("listen_tls", has_cert ? "optional" : "off");
  entrance.tls = tls == "required"   ? ListenTls::required
                 : tls == "optional" ? ListenTls::optional
                                     : ListenTls::off;
  if (entrance.tls != ListenTls::off && !has_cert) {
    diagnostics_.error(fields.range("listen_tls"), "`tls_cert` is missing",
                       "`tls_cert = \"auto\"` makes a certificate");
  }
  if (!entrance.cert_file.empty() && entrance.key_file.empty()) {
    diagnostics_.error(fields.range("tls_cert"), "`tls_key` is missing");
  }
  if (!entrance.key_file.empty() && entrance.cert_file.empty()) {
    diagnostics_.error(fields.range("tls_key"), "there is no certificate this is the key of");
  }
}

void Assembly::listener(const Block& block) {
  const Fields fields(block);
  ProxyListener listener;
  listener.name = block.labels.back().text;
  listeners(fields, listener.entrance);
  if (fields.has("listen") && fields.list("listen").empty())
    diagnostics_.error(fields.range("listen"), "a listener without an address lets nobody in");
  if (block.labels.front().text == "transparent") {
    listener.kind = ProxyListener::Kind::transparent;
    transparent(fields, listener.entrance);
  } else {
    entrance_identity(fields, listener.entrance);
    entrance_tls(fields, listener.entrance);
    client_ca(fields, listener);
  }
  if (!blocks_.try_emplace("listener." + listener.name, &block).second) return;
  snapshot_->settings.listeners.push_back(std::move(listener));
}

void Assembly::client_ca(const Fields& fields, ProxyListener& listener) {
  listener.client_ca_file = path(fields, "client_ca");
  const Entrance& entrance = listener.entrance;
  if (!listener.client_ca_file.empty() && entrance.tls == ListenTls::off) {
    diagnostics_.error(fields.range("client_ca"), "agents can show a certificate only where there is TLS",
                       "write `tls_cert = \"auto\"`");
  }
  if (entrance.require_token && !is_local(entrance) && entrance.tls != ListenTls::required) {
    diagnostics_.warning(fields.range("listen"), "tokens may cross the network in clear text",
                         "write `listen_tls = \"required\"`");
  }
}

// What was redirected here cannot show a token: its profile is the network's to keep for the right agents.
void Assembly::transparent(const Fields& fields, Entrance& entrance) {
  entrance.require_token = false;
  if (const Node* node = fields.find("profile")) {
    const Symbol* symbol = symbols_.resolve(*node, "profile");
    entrance.profile = symbol ? symbol->name : "";
  }
}

// After profiles are known: who agents without a token are.
void Assembly::listener_profiles() {
  for (ProxyListener& listener : snapshot_->settings.listeners) {
    Entrance& entrance = listener.entrance;
    if (entrance.require_token || !entrance.profile.empty()) continue;
    const Block& block = *blocks_.at("listener." + listener.name);
    if (block.find("profile")) continue;  // It names none that there is, which has been said.
    const bool transparent = listener.kind == ProxyListener::Kind::transparent;
    const Profile* profile = transparent ? snapshot_->profile("default") : snapshot_->default_profile();
    if (profile) entrance.profile = profile->name;
    else diagnostics_.error(head_of(block), "`profile` is missing: nobody shows a token here",
                            "write `profile = profile.NAME`, or declare a profile called `default`");
  }
}

// Whether anybody comes in, and what the gateway does with those it has no endpoint for.
void Assembly::check_entrances(std::span<const Block> files) {
  const Settings& settings = snapshot_->settings;
  for (const Block& file : files) {
    for (const Block& block : file.blocks) {
      const bool unused =
          block.type == "defaults" && block.find("unknown_host") && settings.listeners.empty();
      if (unused) {
        diagnostics_.warning(Fields(block).range("unknown_host"),
                             "`unknown_host` has no effect without a `listener`: agents reach endpoints by "
                             "their `listen`");
      }
    }
  }
  if (!settings.listeners.empty() && settings.unknown_host == UnknownHost::passthrough) {
    diagnostics_.warning(head_of(*blocks_.at("listener." + settings.listeners.front().name)),
                         "hosts that no endpoint names pass here without being judged",
                         "write `defaults { unknown_host = \"deny\" }`");
  }
}

}  // namespace claw::config
