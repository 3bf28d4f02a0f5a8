#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "config/snapshot.h"
#include "shell/command_line.h"

namespace claw::config {

namespace {

void member_unless_zero(json::Writer& out, std::string_view name, std::int64_t value) {
  if (value != 0) out.member(name, value);
}

void member_unless_none(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
  if (!texts.empty()) out.member(name, texts);
}

void write(json::Writer& out, const TelemetrySettings& telemetry) {
  if (telemetry.url.empty()) return;
  out.key("telemetry"), out.begin_object();
  out.member("endpoint", telemetry.url);
  out.member_unless_empty("credential", telemetry.credential);
  out.member("metrics", telemetry.metrics);
  out.member("metrics_every_us", telemetry.metrics_every_us);
  out.member("traces", telemetry.traces);
  out.member("sample", static_cast<std::int64_t>(telemetry.sample_percent));
  out.end_object();
}

void write(json::Writer& out, const AnomalySettings& anomalies) {
  out.key("anomalies"), out.begin_object();
  out.member("enabled", anomalies.enabled);
  out.member("learn_us", anomalies.learn_us);
  out.member("sensitivity", name_of(anomalies.sensitivity));
  member_unless_none(out, "quiet", anomalies.quiet);
  member_unless_none(out, "notify", anomalies.notify);
  out.end_object();
}

void write(json::Writer& out, const Settings& settings) {
  out.key("gateway"), out.begin_object();
  out.member("state_dir", settings.state_dir);
  out.member("threads", static_cast<std::int64_t>(settings.threads));
  out.member("unknown_host", name_of(settings.unknown_host));
  out.member("approval_timeout_us", settings.approval_timeout_us);
  out.member("require_approvers", static_cast<std::int64_t>(settings.require_approvers));
  out.member("session_idle_us", settings.session_idle_us);
  if (!settings.resolver.host.empty()) out.member("resolver", settings.resolver.text());
  out.member_unless_empty("public_url", settings.public_url);
  out.member_unless_empty("admin_socket", settings.admin.socket);
  if (settings.admin.listen) {
    out.member("admin_listen", settings.admin.listen->text());
    out.member("admin_tls", settings.admin.tls);
    out.member("session_idle_us", settings.admin.session_idle_us);
    out.member("session_max_us", settings.admin.session_max_us);
  }
  if (settings.admin.oidc) out.member("oidc_issuer", settings.admin.oidc->issuer);
  if (settings.admin.metrics) out.member("metrics", settings.admin.metrics->text());
  const Limits& limits = settings.limits;
  out.key("limits"), out.begin_object();
  const std::pair<std::string_view, std::uint64_t> counts[] = {
      {"body_buffer_bytes", limits.body_buffer},
      {"bodies_bytes", limits.bodies},
      {"body_storage_bytes", limits.body_storage},
      {"connections", limits.connections},
  };
  for (const auto& [name, count] : counts) out.member(name, static_cast<std::int64_t>(count));
  member_unless_zero(out, "connections_per_agent", static_cast<std::int64_t>(limits.connections_per_agent));
  member_unless_zero(out, "idle_timeout_us", limits.idle_timeout_us);
  out.member("connect_timeout_us", limits.connect_timeout_us);
  out.member("login_timeout_us", limits.login_timeout_us);
  out.end_object();
  out.key("audit"), out.begin_object();
  out.member("durability", name_of(settings.audit.durability));
  out.member("parameters", settings.audit.parameters);
  member_unless_zero(out, "keep_us", settings.audit.keep_us);
  out.end_object();
  write(out, settings.telemetry);
  write(out, settings.anomalies);
  out.end_object();
}

void write(json::Writer& out, const Entrance& entrance) {
  if (entrance.listeners.empty()) return;
  std::vector<std::string> addresses;
  for (const Listener& listener : entrance.listeners) {
    addresses.push_back(listener.path.empty() ? listener.address.text() : "unix:" + listener.path);
  }
  out.key("entrance"), out.begin_object();
  out.member("listen", addresses);
  out.member("require_token", entrance.require_token);
  if (!entrance.require_token) out.member_unless_empty("profile", entrance.profile);
  out.member("tls", name_of(entrance.tls));
  out.end_object();
}

void write(json::Writer& out, const ProxyListener& listener) {
  out.begin_object();
  out.member("name", listener.name);
  out.member("kind", name_of(listener.kind));
  write(out, listener.entrance);
  out.member_unless_empty("client_ca", listener.client_ca_file);
  out.end_object();
}

void write(json::Writer& out, const Endpoint& endpoint, const HttpSettings& http) {
  out.key("http"), out.begin_object();
  if (!endpoint.upstream.host.empty()) out.member("upstream_tls", http.upstream_tls);
  out.member("upstream_http", name_of(http.upstream_http));
  out.member("own_roots", !http.roots_pem.empty());
  out.member("set_cookie", name_of(http.set_cookie));
  out.member("scan_answers", http.scan_answers);
  out.member("method_override", http.method_override);
  out.member("private_network", http.private_network);
  out.end_object();
}

void write(json::Writer& out, const KubernetesSettings& settings) {
  out.key("kubernetes"), out.begin_object();
  out.member_unless_empty("cluster_name", settings.cluster_name);
  out.member_unless_empty("region", settings.region);
  out.member_unless_empty("read_as_user", settings.read_as_user);
  member_unless_none(out, "read_as_groups", settings.read_as_groups);
  out.member("record_streams", settings.record_streams);
  out.member("record_input", settings.record_input);
  out.end_object();
}

void write(json::Writer& out, const Endpoint& endpoint) {
  std::vector<std::string> hosts;
  for (const HostPort& host : endpoint.hosts) hosts.push_back(host.text());
  out.begin_object();
  out.member("name", endpoint.typed);
  out.member("family", action::name_of(endpoint.family));
  out.member_unless_empty("description", endpoint.description);
  out.member("hosts", hosts);
  if (!endpoint.upstream.host.empty()) out.member("upstream", endpoint.upstream.text());
  const bool postgres = endpoint.kind == "postgres";
  if (postgres) out.member("sslmode", name_of(endpoint.upstream_tls.mode));
  if (endpoint.kind == "https" || endpoint.kind == "kubernetes") write(out, endpoint, endpoint.http);
  if (endpoint.kind == "kubernetes") write(out, endpoint.kubernetes);
  write(out, endpoint.entrance);
  out.member("mode", endpoint.mode == policy::Mode::observe ? "observe" : "enforce");
  if (postgres) out.member("enforce_read", endpoint.enforce_read);
  out.member_unless_empty("unserved", endpoint.unserved);
  out.member_unless_empty("tunnel", endpoint.tunnel);
  member_unless_none(out, "packs", endpoint.packs);
  out.end_object();
}

void write(json::Writer& out, const Credential& credential) {
  out.begin_object();
  out.member("name", credential.name);
  out.member("kind", credential.kind);
  out.member_unless_empty("description", credential.description);
  out.member_unless_empty("user", credential.user);
  out.member_unless_empty("database", credential.database);
  out.member_unless_empty("placeholder", credential.placeholder);
  out.member("endpoints", credential.endpoints);
  for (const auto& [name, value] : credential.settings) out.member(name, value);
  out.end_object();
}

void write(json::Writer& out, const Profile& profile) {
  std::vector<std::string> reachable;
  for (const auto& [endpoint, choices] : profile.choices) reachable.push_back(endpoint);
  out.begin_object();
  out.member("name", profile.name);
  if (!profile.async_grants) out.member("hitl_async_grants", false);
  out.member("credentials", profile.credentials);
  out.member("endpoints", reachable);
  out.end_object();
}

void write(json::Writer& out, const Agent& agent) {
  out.begin_object();
  out.member("name", agent.name);
  out.member("profile", agent.profile);
  out.member_unless_empty("owner", agent.owner);
  if (agent.uid) out.member("uid", std::int64_t{*agent.uid});
  out.end_object();
}

void write(json::Writer& out, const model::Settings& model) {
  out.key("model");
  out.begin_object();
  out.member("model", model.model);
  out.member("url", model.url);
  out.member_unless_empty("credential", model.credential);
  out.member("timeout_us", model.timeout_us);
  out.member("on_failure", model.on_failure == model::OnFailure::pass ? "pass" : "deny");
  out.end_object();
}

void write(json::Writer& out, const Approver& approver) {
  out.begin_object();
  out.member("name", approver.name);
  out.member("kind", approver.kind);
  member_unless_none(out, "channels", approver.channels);
  out.member("timeout_us", approver.timeout_us);
  out.member("required", static_cast<std::int64_t>(approver.required));
  member_unless_none(out, "approvers", approver.people);
  member_unless_zero(out, "remind_every_us", approver.remind_every_us);
  out.member_unless_empty("escalate_to", approver.escalate_to);
  member_unless_zero(out, "escalate_after_us", approver.escalate_after_us);
  member_unless_zero(out, "sync_wait_us", approver.sync_wait_us);
  if (approver.async.enabled) out.member("async", true);
  if (approver.llm) write(out, *approver.llm);
  out.member_unless_empty("unserved", approver.unserved);
  out.end_object();
}

void write(json::Writer& out, const channel::Settings& channel) {
  out.begin_object();
  out.member("name", channel.name);
  out.member("kind", channel::name_of(channel.kind));
  out.member_unless_empty("credential", channel.credential);
  out.member_unless_empty("to", channel.to);
  out.member_unless_empty("url", channel.url);
  out.member_unless_empty("host", channel.host);
  member_unless_none(out, "recipients", channel.recipients);
  out.end_object();
}

void write(json::Writer& out, const Rule& rule) {
  out.begin_object();
  out.member("name", rule.name);
  out.member("endpoints", rule.endpoints);
  member_unless_zero(out, "priority", rule.priority);
  if (rule.disabled) out.member("disabled", true);
  if (rule.shadow) out.member("shadow", true);
  if (rule.writes) out.member("writes", true);
  out.member_unless_empty("condition", rule.condition);
  out.member_unless_empty("credential", rule.credential);
  member_unless_none(out, "profiles", rule.profiles);
  out.member("verdict", rule.marks ? "mark" : rule.verdict);
  member_unless_none(out, "approve", rule.approvers);
  out.member_unless_empty("reason", rule.reason);
  out.member_unless_empty("hint", rule.hint);
  member_unless_none(out, "label", rule.labels);
  if (rule.break_glass) out.member("break_glass", true);
  if (rule.needs_passkey) out.member("assurance", "passkey");
  if (rule.llm_may_allow) out.member("llm_may_allow", true);
  if (rule.preview) out.member("preview", true);
  member_unless_zero(out, "max_rows", static_cast<std::int64_t>(rule.rows_max));
  out.member_unless_empty("pack", rule.pack);
  out.member("where", rule.where);
  out.end_object();
}

void write(json::Writer& out, const Budget& budget) {
  out.begin_object();
  out.member("name", budget.name);
  member_unless_none(out, "agents", budget.agents);
  member_unless_none(out, "profiles", budget.profiles);
  out.member("per", name_of(budget.per));
  for (const auto& [name, limit] : budget.limits) out.member(name, limit);
  member_unless_none(out, "approve", budget.approvers);
  out.end_object();
}

void write(json::Writer& out, const Exporter& exporter) {
  out.begin_object();
  out.member("kind", name_of(exporter.kind));
  out.member("name", exporter.name);
  out.member("target", exporter.target());
  out.member_unless_empty("credential", exporter.credential);
  member_unless_none(out, "kinds", exporter.kinds);
  out.member("since", exporter.from_start ? "start" : "now");
  out.member("batch_records", static_cast<std::int64_t>(exporter.batch_records));
  out.member("batch_bytes", static_cast<std::int64_t>(exporter.batch_bytes));
  out.member("batch_every_us", exporter.batch_every_us);
  out.end_object();
}

void write(json::Writer& out, const CommandTool& tool) {
  out.begin_object();
  out.member("name", tool.name);
  out.member_unless_empty("description", tool.description);
  out.member("command", tool.command);
  out.key("allow"), out.begin_array();
  for (const std::vector<std::string>& words : tool.allow) out.string(shell::command_line(words));
  out.end_array();
  member_unless_none(out, "endpoints", tool.endpoints);
  member_unless_none(out, "folders", tool.folders);
  if (tool.takes_input) out.member("stdin", true);
  out.member("read_only", tool.reads_only);
  out.member("timeout_us", tool.timeout_us);
  out.member("memory_bytes", static_cast<std::int64_t>(tool.memory_bytes));
  out.member("scratch_bytes", static_cast<std::int64_t>(tool.scratch_bytes));
  out.member("output_bytes", static_cast<std::int64_t>(tool.output_bytes));
  out.member("processes", static_cast<std::int64_t>(tool.processes));
  out.end_object();
}

template <class T>
void write_all(json::Writer& out, std::string_view name, const std::vector<T>& all) {
  out.key(name), out.begin_array();
  for (const T& one : all) write(out, one);
  out.end_array();
}

}  // namespace

std::string Snapshot::to_json() const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("version", version);
  if (loaded_us != 0) out.member("loaded", format_time(loaded_us));
  out.member("schema_version", schema_version);
  write(out, settings);
  write_all(out, "listeners", settings.listeners);
  write_all(out, "endpoints", endpoints);
  write_all(out, "credentials", credentials);
  write_all(out, "profiles", profiles);
  write_all(out, "agents", agents);
  write_all(out, "channels", channels);
  write_all(out, "approvers", approvers);
  write_all(out, "rules", rules);
  write_all(out, "budgets", budgets);
  write_all(out, "exporters", exporters);
  write_all(out, "commands", commands);
  out.end_object();
  return text;
}

std::string_view name_of(ListenTls tls) {
  switch (tls) {
    case ListenTls::off: return "off";
    case ListenTls::optional: return "optional";
    case ListenTls::required: return "required";
  }
  return "";
}

std::string_view name_of(UnknownHost policy) { return policy == UnknownHost::deny ? "deny" : "passthrough"; }

std::string_view name_of(Durability durability) {
  return durability == Durability::disk ? "disk" : "process";
}

std::string_view name_of(UpstreamHttp version) {
  switch (version) {
    case UpstreamHttp::automatic: return "auto";
    case UpstreamHttp::http1: return "1.1";
    case UpstreamHttp::http2: return "2";
  }
  return "";
}

std::string_view name_of(Per per) {
  switch (per) {
    case Per::session: return "session";
    case Per::hour: return "hour";
    case Per::day: return "day";
  }
  return "";
}

std::string_view name_of(Sensitivity sensitivity) {
  switch (sensitivity) {
    case Sensitivity::low: return "low";
    case Sensitivity::normal: return "normal";
    case Sensitivity::high: return "high";
  }
  return "";
}

std::string_view name_of(SetCookie policy) { return policy == SetCookie::pass ? "pass" : "strip"; }

std::string_view name_of(ProxyListener::Kind kind) {
  return kind == ProxyListener::Kind::transparent ? "transparent" : "proxy";
}

}  // namespace claw::config
