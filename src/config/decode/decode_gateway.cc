#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

constexpr std::uint16_t dns_port = 53;

std::uint64_t count(const Fields& fields, std::string_view name, std::uint64_t otherwise) {
  return static_cast<std::uint64_t>(fields.integer(name, static_cast<std::int64_t>(otherwise)));
}

Limits limits_of(const Fields& fields) {
  Limits limits;
  limits.body_buffer = fields.bytes("body_buffer", limits.body_buffer);
  limits.bodies = fields.bytes("bodies", limits.bodies);
  limits.body_storage = fields.bytes("body_storage", limits.body_storage);
  limits.connections = count(fields, "connections", limits.connections);
  limits.connections_per_agent = count(fields, "connections_per_agent", 0);
  limits.idle_timeout_us = fields.duration_us("idle_timeout", 0);
  limits.connect_timeout_us = fields.duration_us("connect_timeout", limits.connect_timeout_us);
  limits.login_timeout_us = fields.duration_us("login_timeout", limits.login_timeout_us);
  return limits;
}

AuditSettings audit_of(const Fields& fields, AuditSettings audit) {
  audit.durability = fields.text("durability") == "disk" ? Durability::disk : Durability::process;
  audit.parameters = fields.boolean("parameters", true);
  audit.redact = fields.texts("redact");
  return audit;
}

}  // namespace

void Assembly::defaults(const Block& block) {
  const Fields fields(block);
  Settings& settings = snapshot_->settings;
  if (fields.has("unknown_host")) {
    settings.unknown_host =
        fields.text("unknown_host") == "deny" ? UnknownHost::deny : UnknownHost::passthrough;
  }
  settings.approval_timeout_us = fields.duration_us("human_timeout", settings.approval_timeout_us);
}

void Assembly::gateway(const Block& block) {
  const Fields fields(block);
  Settings& settings = snapshot_->settings;
  settings.state_dir = fields.text("state_dir", settings.state_dir);
  settings.threads = static_cast<std::uint32_t>(fields.integer("threads", 0));
  settings.approval_timeout_us = fields.duration_us("approval_timeout", settings.approval_timeout_us);
  settings.require_approvers = static_cast<std::uint32_t>(fields.integer("require_approvers", 1));
  settings.session_idle_us = fields.duration_us("session_idle", settings.session_idle_us);
  keep(fields);
  gateway_parts(fields);
}

void Assembly::gateway_parts(const Fields& fields) {
  Settings& settings = snapshot_->settings;
  if (fields.has("resolver")) resolver(fields);
  if (const Block* block = fields.nested("limits")) limits(Fields(*block));
  if (const Block* audit = fields.nested("audit")) {
    settings.audit = audit_of(Fields(*audit), settings.audit);
    settings.audit.redaction = redaction(Fields(*audit), {});
  }
  if (const Block* block = fields.nested("vault")) vault(Fields(*block));
  public_url(fields);
  const Block* const block = fields.nested("admin");
  if (block != nullptr) admin(Fields(*block));
  const Block nothing;
  admin_listener(Fields(block != nullptr ? *block : nothing), fields);
}

// The longest of both: the journal is one, and what somebody asked to keep is not removed for another's sake.
void Assembly::keep(const Fields& fields) {
  std::int64_t& kept_us = snapshot_->settings.audit.keep_us;
  bool for_ever = false;
  for (const std::string_view name : {"session_keep", "actions_keep"}) {
    if (!fields.has(name)) continue;
    const std::int64_t asked_us = fields.keep_us(name, 0);
    for_ever = for_ever || asked_us == 0;
    kept_us = std::max(kept_us, asked_us);
    has_keep_ = true;
  }
  if (for_ever) kept_us = 0;
}

// What does not go on record: of every endpoint, and of this one. A mistake is told where it is written.
std::shared_ptr<const audit::Redaction> Assembly::redaction(const Fields& fields,
                                                            std::vector<std::string> everywhere) {
  for (const Node* node : fields.list("redact")) {
    const auto alone = audit::Redaction::of({node->text});
    if (!alone) diagnostics_.error(node->range, alone.error().what);
    else everywhere.push_back(node->text);
  }
  if (everywhere.empty()) return nullptr;
  auto made = audit::Redaction::of(everywhere);
  if (!made) {
    diagnostics_.error(fields.range("redact"), made.error().what);
    return nullptr;
  }
  return std::make_shared<const audit::Redaction>(std::move(*made));
}

// A longer time has all records stay so long; after a shorter one what the endpoint's own say leaves.
void Assembly::check_retention() {
  AuditSettings& audit = snapshot_->settings.audit;
  const std::int64_t gateway_us = audit.keep_us;
  for (const auto& [asked_us, endpoint] : retentions_) {
    const bool is_shorter = asked_us != 0 && (gateway_us == 0 || asked_us < gateway_us);
    if (is_shorter) audit.retention_us.emplace(endpoint, asked_us);
    else if (audit.keep_us != 0) audit.keep_us = asked_us == 0 ? 0 : std::max(audit.keep_us, asked_us);
  }
}

// Asking by name whom to ask for names leads nowhere.
void Assembly::resolver(const Fields& fields) {
  HostPort& server = snapshot_->settings.resolver;
  for (HostPort& address : fields.hosts("resolver")) server = std::move(address);
  if (server.host.empty()) return;  // It was no host, and said so.
  if (server.port == 0) server.port = dns_port;
  if (is_ip_literal(server.host)) return;
  diagnostics_.error(fields.range("resolver"), fmt::format("{} is no address", quoted(server.host)),
                     "write the name server's IP address, `10.0.0.2`");
}

void Assembly::limits(const Fields& fields) {
  Limits& limits = snapshot_->settings.limits;
  limits = limits_of(fields);
  if (limits.bodies / 2 >= limits.body_buffer) return;
  diagnostics_.error(fields.range(fields.has("bodies") ? "bodies" : "body_buffer"),
                     "`bodies` is less than two of `body_buffer`, and one agent has at most half",
                     "no body of that length could ever be judged");
}

void Assembly::vault(const Fields& fields) {
  VaultSettings& vault = snapshot_->settings.vault;
  vault.key_file = path(fields, "key_file");
  vault.key_environment = fields.text("key_environment");
  vault.key_credential = fields.text("key_credential");
  vault.passphrase_environment = fields.text("passphrase_environment");
  vault.folder = path(fields, "folder");
  std::string_view first;
  for (const std::string_view name :
       {"key_file", "key_environment", "key_credential", "passphrase_environment"}) {
    if (!fields.has(name)) continue;
    if (!first.empty())
      diagnostics_.error(fields.range(name), "the vault has more than one key", "keep one of them");
    first = name;
  }
}

}  // namespace claw::config
