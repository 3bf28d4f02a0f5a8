// Endpoints, credentials and tunnels: what stands between the gateway and production.
#include "config/decode/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr std::string_view not_served =
    "Not served yet: its rules are checked and can be tested, and no traffic reaches it";
constexpr std::string_view no_tunnel = "There are no tunnels yet: an endpoint behind one is not served";

constexpr AttributeSpec endpoint_common[] = {
    {"description", text, "For people"},
    {"listen", listen,
     "Where agents connect to this endpoint, in its own protocol; port 0: the system chooses"},
    {"require_token", boolean,
     "Agents prove who they are. true, unless every `listen` is on loopback and the file declares no agent"},
    {"profile", reference, "Whose credentials agents without a token use. `default`, otherwise the first",
     "profile"},
    {"listen_tls", choice,
     "Whether agents may or must use TLS. optional where there is a `tls_cert`, otherwise off",
     "off|optional|required"},
    {"tls_cert", path, "Certificate chain shown to agents; `auto`: one the gateway makes itself"},
    {"tls_key", path, "Its key"},
    {"mode", choice, "`observe` records what the rules would have done and lets everything pass",
     "enforce|observe"},
    {"use", texts, "Built-in packs of rules, asked after all rules of this file"},
    {"pack_approve", references, "Who answers what the packs ask. `[builtin.dashboard]`", "approver"},
    {"retention", keep, "Records stay for ever", "", false, dormant},
    {"tunnel", reference, no_tunnel, "tunnel", false, dormant},
};

constexpr AttributeSpec hosts_only[] = {
    {"hosts", hosts, "`name`, `name:port` or `*.suffix`", "", true},
};
constexpr AttributeSpec kubernetes[] = {
    {"hosts", hosts, "`name`, `name:port` or `*.suffix`; this or `server`"},
    {"server", host, "The API server"},
    {"ca_cert", text, "Its certificate authority, PEM"},
    {"cluster_name", text, "As EKS calls it"},
    {"region", text, "Of an EKS cluster"},
};
constexpr AttributeSpec postgres[] = {
    {"host", host, "`name:port` of the server; port 5432 if it has none", "", true},
    {"sslmode", choice,
     "As libpq. From schema_version 2 on verify-full, on loopback prefer; before that prefer",
     "disable|prefer|require|verify-ca|verify-full"},
    {"sslrootcert", path, "Certificate authorities to verify the server with. The system's"},
    {"sslcert", path, "Certificate the gateway shows the server"},
    {"sslkey", path, "Its key"},
    {"enforce_read", boolean,
     "What is judged a read runs where it cannot write. true from schema_version 2 on, before that false"},
};
constexpr AttributeSpec clickhouse_native[] = {
    {"hosts", hosts, "`name`, `name:port` or `*.suffix`", "", true},
    {"port", integer, "9000, with `tls` 9440", "1..65535"},
    {"tls", boolean, "Towards the server"},
    {"accept_invalid_certificate", boolean, "Do not verify it; only with `tls`"},
};

BlockSpec endpoint_row(std::string_view kind, std::span<const AttributeSpec> own, std::string_view help,
                       Support support = dormant) {
  return {.type = "endpoint", .kind = kind, .labels = 2, .attributes = own, .common = endpoint_common,
          .help = help, .support = support};
}

constexpr AttributeSpec credential_common[] = {
    {"endpoint", reference, "Where it is used", "endpoint"},
    {"endpoints", references, "The same for several; not both", "endpoint"},
    {"placeholder", text, "What an agent writes instead of the secret, to choose among credentials"},
    {"description", text, "For people"},
};
constexpr AttributeSpec login[] = {
    {"user", text, "To log in as; without it as the agent says. Also chooses among credentials"},
    {"database", text, "The same for the database"},
};
constexpr AttributeSpec basic_auth[] = {{"username", text, "Its user", "", true}};
constexpr AttributeSpec bearer_token[] = {{"idempotency_key", boolean, "Adds a header of that name"}};
constexpr AttributeSpec cookie_token[] = {{"cookie_name", text, "The cookie"}};
constexpr AttributeSpec header_token[] = {
    {"header", text, "The header", "", true},
    {"prefix", text, "What stands before the secret"},
};
constexpr AttributeSpec github_oauth[] = {{"scopes", texts, "To ask for"}};

struct CredentialRow {
  std::string_view kind;
  std::string_view help;
  std::span<const AttributeSpec> own = {};
};
constexpr CredentialRow credentials[] = {
    {"postgres_credential", "Logs in to Postgres; its secret is the password", login},
    {"clickhouse_credential", "Logs in to ClickHouse", login},
    {"passthrough", "Nothing is injected; lets a profile reach an endpoint"},
    {"bearer_token", "`Authorization: Bearer`", bearer_token},
    {"basic_auth", "`Authorization: Basic`", basic_auth},
    {"header_token", "A header of any name", header_token},
    {"cookie_token", "A cookie", cookie_token},
    {"anthropic_manual_key", "An Anthropic API key"},
    {"anthropic_oauth_subscription", "An Anthropic subscription"},
    {"openai_codex_oauth", "An OpenAI Codex login"},
    {"github_oauth", "A GitHub login", github_oauth},
    {"notion_oauth", "A Notion login"},
    {"notion_mcp_oauth", "A Notion MCP login"},
    {"gemini_api_key", "A Gemini API key"},
    {"discord_bot_token", "A Discord bot"},
    {"telegram_bot_token", "A Telegram bot"},
    {"slack_tokens", "A Slack app"},
    {"aws_credential", "Signs AWS requests"},
    {"google_gke_credential", "A Google service account"},
    {"mtls_credential", "A client certificate"},
    {"ssh_key", "A key or password for SSH"},
    {"tailscale_auth", "Joins a tailnet"},
};

constexpr AttributeSpec tunnel_common[] = {
    {"share", choice, "One for all endpoints, or one for each", "singleton|per_endpoint"},
    {"keepalive", duration, "How long it stays unused. 5m"},
    {"via", reference, "Another tunnel it goes through", "tunnel"},
    {"credential", reference, "What it proves itself with", "credential"},
};
constexpr AttributeSpec port_forward[] = {
    {"context", text, "Of the kubeconfig"},
    {"namespace", text, "Of the pod"},
    {"pod", text, "Its name"},
    {"service", text, "Or a service"},
    {"selector", text_map, "Or labels"},
    {"template", text, "Or a pod to make"},
    {"port", integer, "Of the pod", "1..65535", true},
    {"cleanup", text, "What becomes of a pod that was made"},
    {"server", text, "The API server"},
    {"ca_cert", text, "Its certificate authority, PEM"},
    {"cluster_name", text, "As EKS calls it"},
    {"region", text, "Of an EKS cluster"},
};
constexpr AttributeSpec local_command[] = {
    {"command", texts, "What to run", "", true},
    {"listen", listen, "Where it listens", "", true},
    {"ready_probe", text, "How to know that it is up"},
    {"ready_timeout", duration, "30s"},
    {"env", text_map, "Its environment"},
};
constexpr AttributeSpec ssh_forward[] = {
    {"bastion", host, "The host to go through"},
    {"user", text, "To log in as", "", true},
};
constexpr AttributeSpec tailscale[] = {
    {"authkey", text, "Or the environment"},
    {"oauth_client_secret", text, "Or the environment"},
    {"control_url", text, "Another control server"},
    {"hostname", text, "Of the node"},
    {"state_dir", text, "Where it keeps its state"},
    {"tags", texts, "Of the node"},
};

BlockSpec tunnel_row(std::string_view kind, std::span<const AttributeSpec> own) {
  return {.type = "tunnel", .kind = kind, .labels = 2, .attributes = own, .common = tunnel_common,
          .help = no_tunnel, .support = dormant};
}

}  // namespace

void append_endpoint_rows(std::vector<BlockSpec>& rows) {
  rows.push_back(endpoint_row("postgres", postgres, "A PostgreSQL server", done));
  for (const std::string_view kind : {"https", "openai_codex_https", "clickhouse_https", "ssh"}) {
    rows.push_back(endpoint_row(kind, hosts_only, not_served));
  }
  rows.push_back(endpoint_row("kubernetes", kubernetes, not_served));
  rows.push_back(endpoint_row("clickhouse_native", clickhouse_native, not_served));
}

void append_credential_rows(std::vector<BlockSpec>& rows) {
  for (const CredentialRow& row : credentials) {
    rows.push_back({.type = "credential", .kind = row.kind, .labels = 2, .attributes = row.own,
                    .common = credential_common, .help = row.help});
  }
}

void append_tunnel_rows(std::vector<BlockSpec>& rows) {
  rows.push_back(tunnel_row("local_command", local_command));
  rows.push_back(tunnel_row("kubernetes_port_forward", port_forward));
  rows.push_back(tunnel_row("ssh_port_forward", ssh_forward));
  rows.push_back(tunnel_row("tailscale", tailscale));
}

}  // namespace claw::config
