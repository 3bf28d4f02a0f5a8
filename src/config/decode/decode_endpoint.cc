#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/kinds/kinds.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

constexpr std::uint16_t postgres_port = 5432;
constexpr std::uint64_t tool_bytes_max = 4ULL * 1024 * 1024;  // What the server of tool calls reads of one.

struct SslModeName {
  SslMode mode;
  std::string_view name;
};
constexpr SslModeName ssl_modes[] = {
    {SslMode::disable, "disable"},     {SslMode::prefer, "prefer"},           {SslMode::require, "require"},
    {SslMode::verify_ca, "verify-ca"}, {SslMode::verify_full, "verify-full"},
};

action::Family family_of(std::string_view kind) {
  if (kind == "kubernetes") return action::Family::k8s;
  if (kind == "ssh") return action::Family::ssh;
  if (kind == "tools") return action::Family::tool;
  if (kind == "mcp") return action::Family::mcp;
  return kind == "https" || kind == "openai_codex_https" ? action::Family::http : action::Family::sql;
}

void add_unique(Diagnostics& diagnostics, const Node& node, std::vector<HostPort>& hosts) {
  if (node.kind != Kind::string) return;
  Result<HostPort> host = parse_host(node.text);
  if (!host) return;  // The checker has said so.
  if (std::find(hosts.begin(), hosts.end(), *host) == hosts.end()) return hosts.push_back(std::move(*host));
  diagnostics.error(node.range, fmt::format("the host {} is listed twice", quoted(node.text)));
}

EndpointLimits limits_of(const Fields& fields) {
  EndpointLimits limits;
  limits.connections = static_cast<std::uint64_t>(fields.integer("connections", 0));
  limits.connections_per_agent = static_cast<std::uint64_t>(fields.integer("connections_per_agent", 0));
  limits.idle_timeout_us = fields.duration_us("idle_timeout", 0);
  return limits;
}

bool all_addresses(const std::vector<HostPort>& hosts) {
  return std::all_of(hosts.begin(), hosts.end(),
                     [](const HostPort& host) { return is_ip_literal(host.host); });
}

}  // namespace

std::string_view name_of(SslMode mode) {
  for (const SslModeName& row : ssl_modes) {
    if (row.mode == mode) return row.name;
  }
  return "";
}

void Assembly::endpoint(const Block& block) {
  const Fields fields(block);
  Endpoint endpoint;
  endpoint.kind = block.labels.front().text;
  endpoint.name = block.labels.back().text;
  endpoint.typed = endpoint.kind + "." + endpoint.name;
  endpoint.family = family_of(endpoint.kind);
  endpoint.description = fields.text("description");
  endpoint.mode = fields.text("mode") == "observe" ? policy::Mode::observe : policy::Mode::enforce;
  endpoint.enforce_read = fields.boolean("enforce_read", snapshot_->schema_version >= 2);
  endpoint.redaction = redaction(fields, snapshot_->settings.audit.redact);
  if (fields.has("retention")) {
    retentions_.emplace_back(fields.keep_us("retention", 0), endpoint.typed);
  }
  if (const Block* limits = fields.nested("limits")) endpoint.limits = limits_of(Fields(*limits));
  endpoint.packs = fields.texts("use");
  if (find_block(document(), "endpoint", endpoint.kind)->support == Support::dormant) {
    endpoint.unserved = fmt::format("{} endpoints are not served yet", endpoint.kind);
  }
  hosts(fields, endpoint);
  tunnel(fields, endpoint);
  upstream_tls(fields, endpoint);
  http(fields, endpoint);
  tools(fields, endpoint);
  mcp(fields, endpoint);
  entrance(fields, endpoint);
  if (!blocks_.try_emplace(endpoint.typed, &block).second) return;
  snapshot_->endpoints.push_back(std::move(endpoint));
}

void Assembly::hosts(const Fields& fields, Endpoint& endpoint) {
  for (const std::string_view name : {"host", "hosts"}) {
    for (const Node* node : fields.list(name)) add_unique(diagnostics_, *node, endpoint.hosts);
  }
  if (endpoint.kind == "kubernetes") server_host(fields, endpoint);
  const bool tls = fields.boolean("tls", false);
  if (fields.boolean("accept_invalid_certificate", false) && !tls) {
    diagnostics_.error(fields.range("accept_invalid_certificate"),
                       "there is no certificate to accept without `tls`", "write `tls = true`");
  }
  if (endpoint.kind != "postgres" || endpoint.hosts.empty()) return;
  if (is_wildcard(endpoint.hosts.front().host)) {
    return diagnostics_.error(fields.range("host"), "the gateway cannot connect to a wildcard");
  }
  endpoint.upstream = endpoint.hosts.front();
  if (endpoint.upstream.port == 0) endpoint.upstream.port = postgres_port;
}

void Assembly::tunnel(const Fields& fields, Endpoint& endpoint) {
  const Node* node = fields.find("tunnel");
  if (!node) return;
  const Symbol* symbol = symbols_.resolve(*node, "tunnel");
  endpoint.tunnel = symbol ? symbol->typed : "";
  // Dialled directly it might reach another machine of that address.
  if (endpoint.unserved.empty()) endpoint.unserved = "endpoints behind a tunnel are not served yet";
  if (!endpoint.hosts.empty() && all_addresses(endpoint.hosts)) {
    diagnostics_.error(node->range, "a tunnelled endpoint needs a host name, not an address");
  }
}

void Assembly::tools(const Fields& fields, Endpoint& endpoint) {
  if (endpoint.family != action::Family::tool) return;
  ToolSettings& tools = endpoint.tools;
  tools.arguments_bytes_max = fields.bytes("body_buffer", tools.arguments_bytes_max);
  tools.result_bytes_max = fields.bytes("result_buffer", tools.result_bytes_max);
  tools.calls_per_agent = static_cast<std::uint64_t>(
      fields.integer("calls_per_agent", static_cast<std::int64_t>(tools.calls_per_agent)));
  for (const std::string_view name : {"body_buffer", "result_buffer"}) {
    if (fields.bytes(name, 1) <= tool_bytes_max) continue;
    diagnostics_.error(fields.range(name), "calls and results are held whole: 4MiB is the most");
  }
}

// Checked as the original does, so that a carried-over file keeps its mistakes visible; nothing is started.
void Assembly::tunnel_block(const Block& block) {
  const Fields fields(block);
  if (const Node* node = fields.find("credential")) symbols_.resolve(*node, "credential");
  const Node* via = fields.find("via");
  if (!via) return;
  const Symbol* next = symbols_.resolve(*via, "tunnel");
  std::vector<const Block*> passed = {&block};
  while (next) {
    if (std::find(passed.begin(), passed.end(), next->block) != passed.end()) {
      if (next->block == &block) diagnostics_.error(via->range, "this tunnel goes through itself");
      return;
    }
    passed.push_back(next->block);
    const Attribute* further = next->block->find("via");
    next = further ? symbols_.resolve(further->value, "tunnel") : nullptr;
  }
}

void Assembly::upstream_tls(const Fields& fields, Endpoint& endpoint) {
  if (endpoint.kind != "postgres") return;
  UpstreamTls& tls = endpoint.upstream_tls;
  const bool trusting = snapshot_->schema_version < 2 || is_loopback(endpoint.upstream.host);
  tls.mode = trusting ? SslMode::prefer : SslMode::verify_full;
  for (const SslModeName& row : ssl_modes) {
    if (row.name == fields.text("sslmode")) tls.mode = row.mode;
  }
  tls.root_file = path(fields, "sslrootcert");
  tls.cert_file = path(fields, "sslcert");
  tls.key_file = path(fields, "sslkey");
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    const bool has_cert = !tls.cert_file.empty();
    diagnostics_.error(fields.range(has_cert ? "sslcert" : "sslkey"),
                       fmt::format("`{}` is missing", has_cert ? "sslkey" : "sslcert"));
  }
  const bool verifies = tls.mode == SslMode::verify_ca || tls.mode == SslMode::verify_full;
  if (!tls.root_file.empty() && !verifies) {
    diagnostics_.warning(fields.range("sslrootcert"),
                         fmt::format("with sslmode `{}` nothing is verified", name_of(tls.mode)),
                         "write `sslmode = \"verify-full\"`");
  }
}

}  // namespace claw::config
