#include "config/decode/decode.h"

namespace claw::config {

namespace {


std::uint64_t count(const Fields& fields, std::string_view name, std::uint64_t otherwise) {
  return static_cast<std::uint64_t>(fields.integer(name, static_cast<std::int64_t>(otherwise)));
}

Limits limits_of(const Fields& fields) {
  Limits limits;
  limits.body_buffer = fields.bytes("body_buffer", limits.body_buffer);
  limits.body_storage = fields.bytes("body_storage", limits.body_storage);
  limits.connections = count(fields, "connections", limits.connections);
  limits.connect_timeout_us = fields.duration_us("connect_timeout", limits.connect_timeout_us);
  limits.login_timeout_us = fields.duration_us("login_timeout", limits.login_timeout_us);
  return limits;
}

AuditSettings audit_of(const Fields& fields, AuditSettings audit) {
  audit.durability = fields.text("durability") == "disk" ? Durability::disk : Durability::process;
  audit.parameters = fields.boolean("parameters", true);
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
  settings.admin.public_url = fields.text("public_url");
  settings.admin.session_ttl_us = fields.duration_us("dashboard_session_ttl", settings.admin.session_ttl_us);
  for (HostPort& address : fields.listen("dashboard_listen")) settings.admin.dashboard = std::move(address);
  gateway_parts(fields);
}

void Assembly::gateway_parts(const Fields& fields) {
  Settings& settings = snapshot_->settings;
  if (const Block* limits = fields.nested("limits")) settings.limits = limits_of(Fields(*limits));
  if (const Block* audit = fields.nested("audit")) settings.audit = audit_of(Fields(*audit), settings.audit);
  if (const Block* block = fields.nested("vault")) vault(Fields(*block));
  if (const Block* block = fields.nested("admin")) admin(Fields(*block));
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

void Assembly::admin(const Fields& fields) {
  AdminSettings& admin = snapshot_->settings.admin;
  admin.socket = path(fields, "socket");
  for (HostPort& address : fields.listen("metrics")) {
    claim(address, fields.range("metrics"));
    admin.metrics = std::move(address);
  }
}

}  // namespace claw::config
