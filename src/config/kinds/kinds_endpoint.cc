// Listeners, endpoints and tunnels: where agents come in, and what stands between the gateway and production.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr std::string_view not_served =
    "Not served yet: its rules are checked and can be tested, and no traffic reaches it";
constexpr std::string_view no_tunnel = "There are no tunnels yet: an endpoint behind one is not served";

constexpr std::string_view token_help =
    "Agents prove who they are. true, unless every `listen` is on loopback and the file declares no agent";
constexpr std::string_view profile_help =
    "Whose credentials agents without a token use. `default`, otherwise the first";
constexpr std::string_view tls_help =
    "Whether agents may or must use TLS. optional where there is a `tls_cert`, otherwise off";
constexpr std::string_view cert_help =
    "Certificate chain shown to agents; `auto`: one the gateway makes itself, for HTTP of its own authority";

constexpr std::string_view retention_help =
    "After this time what its records say leaves the journal, and their places in the chain stay; longer "
    "than the "
    "gateway's, it keeps the whole journal so long. Read at start. As the gateway's";

constexpr AttributeSpec proxy[] = {
    {"listen", listen, "Where agents connect; they speak CONNECT, plain HTTP to a proxy, or SOCKS5", "",
     true},
    {"require_token", boolean, token_help},
    {"profile", reference, profile_help, "profile"},
    {"listen_tls", choice, tls_help, "off|optional|required"},
    {"tls_cert", path, cert_help},
    {"tls_key", path, "Its key"},
    {"client_ca", path,
     "Certificate authorities of agents' own certificates: the common name is the agent. Needs `tls_cert`"},
    {"description", text, "For people"},
};
constexpr AttributeSpec transparent[] = {
    {"listen", listen, "Where the network redirects connections to; they keep their destination", "", true},
    {"profile", reference, "Whose credentials are used; nobody shows a token here. `default`", "profile"},
    {"description", text, "For people"},
};

constexpr AttributeSpec endpoint_common[] = {
    {"description", text, "For people"},
    {"listen", listen,
     "Where agents connect to this endpoint, in its own protocol; port 0: the system chooses"},
    {"require_token", boolean, token_help},
    {"profile", reference, profile_help, "profile"},
    {"listen_tls", choice, tls_help, "off|optional|required"},
    {"tls_cert", path, cert_help},
    {"tls_key", path, "Its key"},
    {"mode", choice, "`observe` records what the rules would have done and lets everything pass",
     "enforce|observe"},
    {"use", texts, "Built-in packs of rules, asked after all rules of this file"},
    {"pack_approve", references, "Who answers what the packs ask. `[builtin.dashboard]`", "approver"},
    {"retention", keep, retention_help},
    {"redact", texts, redact_help},
    {"tunnel", reference, no_tunnel, "tunnel", false, dormant},
};

constexpr std::string_view upstream_http_help =
    "Which HTTP is spoken to the upstream. auto: what it offers";
constexpr std::string_view ca_cert_help =
    "Certificate authorities to verify the upstream with, PEM. The system's";
constexpr std::string_view set_cookie_help = "Whether agents see the cookies the upstream sets. strip";
constexpr std::string_view scan_answers_help = "Secrets that were put in are taken out of answers. true";

constexpr AttributeSpec hosts_only[] = {
    {"hosts", hosts, "`name`, `name:port` or `*.suffix`", "", true},
};
constexpr AttributeSpec https[] = {
    {"hosts", hosts, "`name`, `name:port` or `*.suffix`; port 443 if it has none", "", true},
    {"upstream", origin,
     "Where requests really go, `https://name:port` or `http://…`. The host that was asked"},
    {"upstream_http", choice, upstream_http_help, "auto|1.1|2"},
    {"ca_cert", text, ca_cert_help},
    {"set_cookie", choice, set_cookie_help, "strip|pass"},
    {"scan_answers", boolean, scan_answers_help},
    {"method_override", boolean,
     "An `X-HTTP-Method-Override` or `_method` is for rules to judge; otherwise such a request is not "
     "understood. false"},
    {"private_network", boolean,
     "Its names may resolve to private addresses. true where `upstream` is an address, otherwise false"},
    {"repositories", texts,
     "For `github-guarded`: the only repositories, `owner/name` or `owner/*`. Without it all the login sees"},
};
constexpr AttributeSpec kubernetes[] = {
    {"hosts", hosts, "How agents name it: `name`, `name:port` or `*.suffix`; this or `server`"},
    {"server", server,
     "The API server, `https://name:port`, `name:port` or an address; port 443 if it has none. The host that "
     "was asked"},
    {"ca_cert", text, ca_cert_help},
    {"cluster_name", text, "As EKS calls it; for an aws_credential, with `region`"},
    {"region", text, "Of an EKS cluster"},
    {"read_as_user", text,
     "Reads are sent as this user, by impersonation, so that they cannot write. As the credential's own"},
    {"read_as_groups", texts, "And as these groups; with `read_as_user`"},
    {"record_streams", boolean,
     "What passes through exec and attach is in the journal, to be replayed: up to 8 MiB of an action. true"},
    {"record_input", boolean,
     "Also what the agent types or pipes in, passwords that are not shown among it. As `record_streams`"},
    {"upstream_http", choice, upstream_http_help, "auto|1.1|2"},
    {"set_cookie", choice, set_cookie_help, "strip|pass"},
    {"scan_answers", boolean, scan_answers_help},
    {"private_network", boolean,
     "Its names may resolve to private addresses. true where `server` is an address, otherwise false"},
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

constexpr AttributeSpec tools_common[] = {
    {"description", text, "For people"},
    {"listen", doors, "Where agents call tools: HTTP at an address, or at `unix:/path`", "", true},
    {"require_token", boolean, token_help},
    {"profile", reference, profile_help, "profile"},
    {"mode", choice, "`observe` records what the rules would have done and lets everything pass",
     "enforce|observe"},
    {"retention", keep, retention_help},
    {"redact", texts, redact_help},
    {"use", texts, "Built-in packs of rules, asked after all rules of this file"},
    {"pack_approve", references, "Who answers what the packs ask. `[builtin.dashboard]`", "approver"},
};
constexpr AttributeSpec tools[] = {
    {"body_buffer", size, "Bytes of one call's arguments; a longer call is refused. 1MiB", ""},
    {"result_buffer", size, "Bytes of one call's result; what is beyond is cut off, and said so. 1MiB", ""},
    {"calls_per_agent", integer, "Calls of one agent at once, those that wait for a person included. 16",
     "1..1000"},
};

constexpr AttributeSpec mcp_common[] = {
    {"description", text, "For people"},
    {"mode", choice, "`observe` records what the rules would have done and lets everything pass",
     "enforce|observe"},
    {"use", texts, "Built-in packs of rules, asked after all rules of this file"},
    {"pack_approve", references, "Who answers what the packs ask. `[builtin.dashboard]`", "approver"},
    {"retention", keep, retention_help},
    {"redact", texts, redact_help},
};
constexpr AttributeSpec mcp[] = {
    {"url", service, "Where the server is, spoken to by Streamable HTTP; this or `command`"},
    {"command", texts, "The program and its arguments, without a shell: run in a sandbox, by its pipes"},
    {"endpoints", references,
     "Where the program may connect, through the gateway, as the agent `mcp.NAME`; `profile` must reach "
     "them. Left out: nowhere", "endpoint"},
    {"profile", reference, "Whose credentials are lent to what the program asks of `endpoints`", "profile"},
    {"environment", text_map, "The program's environment, beside `PATH`, `HOME` and the like; no secrets"},
    {"folders", texts, "Folders of this machine that the program may read, beside `/usr` and its like"},
    {"memory", size, "Bytes of the program and what it starts. 512MiB"},
    {"prefix", text, "What its tools' names begin with, before a dot. The endpoint's name"},
    {"pins", choice,
     "`accept_first`: what it offers when nothing of it was accepted yet needs nobody; changes do. review",
     "review|accept_first"},
    {"notify", references, "Approvers whose channels are told of what is held for review. Nobody",
     "approver"},
    {"reads_only", texts, "Tools that only read, as you know them; `get_*` is all that begin so"},
    {"destroys", texts, "Tools that lose data or objects at a stroke, as you know them"},
    {"timeout", duration, "How long it may take over one request. 1m"},
    {"body_buffer", size, "Bytes of one call's arguments; a longer call is refused. 1MiB"},
    {"result_buffer", size, "Bytes of one answer; a longer one is refused. 1MiB"},
    {"ca_cert", text, ca_cert_help},
    {"private_network", boolean,
     "Its name may resolve to private addresses. true where `url` has an address, otherwise false"},
    {"scan_answers", boolean, "Secrets in answers are taken out: lent ones, and what looks like one. true"},
};

constexpr AttributeSpec endpoint_limits[] = {
    {"connections", integer, "Open connections to this endpoint, all agents together. No limit of its own",
     "1..1000000"},
    {"connections_per_agent", integer, "Open connections of one agent to this endpoint. No limit of its own",
     "1..1000000"},
    {"idle_timeout", duration, "As the gateway's, for connections to this endpoint. The gateway's"},
};
constexpr BlockSpec endpoint_blocks[] = {
    {.type = "limits", .once = true, .attributes = endpoint_limits,
     .help = "What agents may not exceed here"},
};

BlockSpec endpoint_row(std::string_view kind, std::span<const AttributeSpec> own, std::string_view help,
                       Support support = dormant) {
  return {.type = "endpoint", .kind = kind, .labels = 2, .attributes = own, .common = endpoint_common,
          .blocks = endpoint_blocks, .help = help, .support = support};
}

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

void append_listener_rows(std::vector<BlockSpec>& rows) {
  rows.push_back({.type = "listener", .kind = "proxy", .labels = 2, .attributes = proxy,
                  .help = "Where agents come in for all endpoints their profile reaches, through a proxy"});
  rows.push_back({.type = "listener", .kind = "transparent", .labels = 2, .attributes = transparent,
                  .help = "The same for connections that the network redirects here"});
}

void append_endpoint_rows(std::vector<BlockSpec>& rows) {
  rows.push_back(endpoint_row("postgres", postgres, "A PostgreSQL server", done));
  rows.push_back(endpoint_row("https", https, "An HTTPS service", done));
  rows.push_back(endpoint_row("kubernetes", kubernetes, "A Kubernetes cluster", done));
  rows.push_back({.type = "endpoint", .kind = "tools", .labels = 2, .attributes = tools,
                  .common = tools_common,
                  .help = "Where agents call tools, and the gateway does what they call"});
  rows.push_back({.type = "endpoint", .kind = "mcp", .labels = 2, .attributes = mcp, .common = mcp_common,
                  .help = "An MCP server behind the gateway: agents have its tools at every tool endpoint"});
  for (const std::string_view kind : {"openai_codex_https", "clickhouse_https", "ssh"}) {
    rows.push_back(endpoint_row(kind, hosts_only, not_served));
  }
  rows.push_back(endpoint_row("clickhouse_native", clickhouse_native, not_served));
}

void append_tunnel_rows(std::vector<BlockSpec>& rows) {
  rows.push_back(tunnel_row("local_command", local_command));
  rows.push_back(tunnel_row("kubernetes_port_forward", port_forward));
  rows.push_back(tunnel_row("ssh_port_forward", ssh_forward));
  rows.push_back(tunnel_row("tailscale", tailscale));
}

}  // namespace claw::config
