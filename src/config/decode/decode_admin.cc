// The operators' side of the gateway: where it listens, with which certificate, and who signs in elsewhere.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

constexpr std::string_view roles[] = {"viewer", "approver", "operator", "admin"};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Scheme and authority, and nothing behind them: links are put behind it.
bool is_origin(std::string_view text) {
  const std::size_t slashes = text.find("://");
  if (slashes == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, slashes);
  const std::string_view authority = text.substr(slashes + 3);
  const bool is_plain = std::ranges::all_of(authority, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view(".-:[]").find(c) < 5;
  });
  return (scheme == "https" || scheme == "http") && !authority.empty() && is_plain;
}

std::string host_of(std::string_view origin) {
  std::string_view authority = origin.substr(origin.find("://") + 3);
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

}  // namespace

void Assembly::public_url(const Fields& fields) {
  std::string url = fields.text("public_url");
  if (url.empty()) return;
  if (url.ends_with('/')) url.pop_back();
  if (!is_origin(url)) {
    diagnostics_.error(fields.range("public_url"), fmt::format("{} is no address of a gateway", quoted(url)),
                       "write scheme, host and port in lower case: `https://gate.example:9443`");
    return;
  }
  // Sessions and capabilities travel under this name.
  if (url.starts_with("http://") && !is_loopback(host_of(url))) {
    diagnostics_.error(fields.range("public_url"), "a plain `http://` address is for this machine only",
                       "write `https://`");
    return;
  }
  snapshot_->settings.public_url = std::move(url);
}

void Assembly::admin(const Fields& fields) {
  AdminSettings& admin = snapshot_->settings.admin;
  admin.socket = path(fields, "socket");
  for (HostPort& address : fields.listen("metrics")) {
    claim(address, fields.range("metrics"));
    admin.metrics = std::move(address);
  }
  if (const Block* block = fields.nested("oidc")) oidc(*block);
}

// `fields` of the block `admin`, which may not be there; `gateway` of the one around it.
void Assembly::admin_listener(const Fields& fields, const Fields& gateway) {
  AdminSettings& admin = snapshot_->settings.admin;
  const bool is_old = !fields.has("listen") && gateway.has("dashboard_listen");
  const Fields& said = is_old ? gateway : fields;
  const std::string_view name = is_old ? "dashboard_listen" : "listen";
  for (HostPort& address : said.listen(name)) {
    if (admin.listen) {
      diagnostics_.error(said.range(name), "operators sign in at one address", "keep one of them");
      break;
    }
    claim(address, said.range(name));
    admin.listen = std::move(address);
  }
  admin.session_idle_us = fields.duration_us("session_idle", admin.session_idle_us);
  admin.session_max_us = fields.duration_us(
      "session_max", gateway.duration_us("dashboard_session_ttl", admin.session_max_us));
  admin.tls = fields.boolean("tls", true);
  admin.certificate_file = path(fields, "certificate");
  admin.key_file = path(fields, "private_key");
  for (const std::string_view each : {"tls", "certificate", "private_key", "session_idle", "session_max"}) {
    if (fields.has(each) && !admin.listen) {
      diagnostics_.error(fields.range(each), fmt::format("`{}` is of the address where people sign in", each),
                         "write `listen` too");
    }
  }
  if (admin.certificate_file.empty() != admin.key_file.empty()) {
    const std::string_view there = admin.key_file.empty() ? "certificate" : "private_key";
    diagnostics_.error(fields.range(there), "a certificate has a key, and a key a certificate",
                       "write `certificate` and `private_key`");
  }
  if (!admin.tls && admin.listen && !is_loopback(admin.listen->host)) {
    diagnostics_.error(fields.range("tls"), "without TLS passwords would cross the network in the clear",
                       "listen on 127.0.0.1, or leave `tls` out");
  }
  if (!admin.tls && !admin.certificate_file.empty()) {
    diagnostics_.error(fields.range("certificate"), "without TLS there is no certificate to show",
                       "leave `tls` out");
  }
  if (admin.session_idle_us > admin.session_max_us && fields.has("session_idle")) {
    diagnostics_.error(fields.range("session_idle"), "`session_idle` is longer than `session_max`",
                       "a session ends with whichever comes first");
  }
  if (admin.oidc && (!admin.listen || snapshot_->settings.public_url.empty())) {
    const Block* block = fields.nested("oidc");
    diagnostics_.error(head_of(*block), "people come back from the provider to `public_url` at `listen`",
                       "write both");
  }
}

void Assembly::oidc(const Block& block) {
  const Fields fields(block);
  OidcSettings made;
  made.issuer = fields.text("issuer");
  made.client_id = fields.text("client_id");
  if (const Node* node = fields.find("credential")) {
    if (const Symbol* found = symbols_.resolve(*node, "credential")) made.credential = found->name;
  }
  made.groups_claim = fields.text("groups_claim", made.groups_claim);
  made.label = fields.text("label");
  if (made.label.empty() && made.issuer.find("://") != std::string::npos) {
    made.label = made.issuer.substr(made.issuer.find("://") + 3);
    made.label = made.label.substr(0, made.label.find('/'));
  }
  for (const Block& each : block.blocks) {
    if (each.type != "role" || each.labels.empty()) continue;
    const std::string& role = each.labels.front().text;
    if (std::ranges::find(roles, role) == std::end(roles)) {
      diagnostics_.error(head_of(each), fmt::format("there is no role {}", quoted(role)),
                         "viewer, approver, operator or admin");
      continue;
    }
    made.roles.push_back({role, Fields(each).texts("groups")});
  }
  if (made.roles.empty()) {
    diagnostics_.error(head_of(block), "nobody who signs in there has a role",
                       "write `role \"approver\" { groups = [\"sre\"] }`");
  }
  snapshot_->settings.admin.oidc = std::move(made);
}

}  // namespace claw::config
