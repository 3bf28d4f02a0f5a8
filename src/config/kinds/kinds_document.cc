// The document, `gateway` and what stands beside it; the other rows are in the other kinds_*.cc.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr std::string_view no_writes = "The policy is changed in its files, never by the dashboard";

constexpr std::string_view keep_help =
    "How long records are kept: all in one journal, so the longest of `session_keep`, `actions_keep` and "
    "longer "
    "`retention` of endpoints is for all. Read at start. For ever";

constexpr AttributeSpec document_attributes[] = {
    {"schema_version", integer,
     "2 denies what no rule allows; 0 and 1, the original's, allow it. 0 where it is missing", "0..2"},
};

constexpr AttributeSpec limits[] = {
    {"body_buffer", size, "How much of a body rules see; what lies beyond is unknown to them. 1MiB"},
    {"bodies", size,
     "Of all bodies together that are held for rules, signatures or a verdict; more are refused. 256MiB"},
    {"body_storage", size, "How much of a body is kept in the record. 4KiB"},
    {"connections", integer, "Open connections, all listeners together. 10000", "1..1000000"},
    {"connections_per_agent", integer,
     "Open connections of one agent, all endpoints together; agents without a token are one. No limit of "
     "their own",
     "1..1000000"},
    {"idle_timeout", duration,
     "A connection on which nothing is said for so long, and nothing runs or waits, is closed. Never"},
    {"connect_timeout", duration, "For an upstream to answer a connection. 10s"},
    {"login_timeout", duration, "From accepting an agent to the end of its handshake. 60s"},
};
constexpr AttributeSpec genai[] = {
    {"include_message_content", boolean, "No telemetry of model calls is kept", "", false, absent},
};
constexpr AttributeSpec wireguard[] = {
    {"subnet_cidr", text, "The agents' addresses", "", true},
    {"listen_port", integer, "51820", "1..65535"},
    {"host_loopback_port", integer, "8443", "1..65535"},
    {"endpoint", text, "Where agents dial"},
    {"interface", text, "A name for it"},
    {"server_pub", text, "The gateway's public key"},
};
constexpr AttributeSpec tailscale[] = {
    {"authkey", text, "Or the environment variable TS_AUTHKEY"},
    {"hostname", text, "clawpatrol-gateway"},
    {"control_url", text, "Another control server"},
    {"tags", texts, "Of the node"},
    {"operators", texts, "Who may use the dashboard"},
    {"funnel", boolean, "Expose the bootstrap routes"},
    {"oauth_client_id", text, "To mint keys"},
    {"oauth_client_secret", text, "To mint keys"},
};
constexpr AttributeSpec audit[] = {
    {"durability", choice,
     "`process`: a record survives the gateway's death; `disk`: also the machine's, at the price of a flush",
     "process|disk"},
    {"parameters", boolean, "Bound values go into the record; false keeps only how many. true"},
    {"redact", texts, redact_help},
};
constexpr AttributeSpec vault[] = {
    {"key_file", path, "File with the key that seals the secret store"},
    {"key_environment", text, "Environment variable with that key"},
    {"key_credential", text, "Name of a systemd credential with that key"},
    {"passphrase_environment", text, "Environment variable with a passphrase the key is derived from"},
    {"folder", path, "Folder of secrets as files `NAME` or `NAME.SLOT`"},
};
constexpr AttributeSpec admin[] = {
    {"socket", path, "Unix socket of the operators' API. `admin.sock` in the state folder"},
    {"metrics", listen, "Address for Prometheus; none by default"},
    {"listen", listen,
     "Address of the dashboard and the operators' API, `127.0.0.1:9443`; none by default: then there is only "
     "the "
     "socket. A change needs a restart, as everything in this block"},
    {"tls", boolean, "False: plain HTTP, for a proxy on this machine that ends TLS. true"},
    {"certificate", path, "Certificate chain, PEM. A leaf of the gateway's own authority"},
    {"private_key", path, "Its key, PEM"},
    {"session_idle", duration, "A session that is not used ends after so long. 12h"},
    {"session_max", duration, "Every session ends after so long. 168h"},
};
constexpr AttributeSpec oidc[] = {
    {"issuer", url, "The provider, exactly as its documents call it", "", true},
    {"client_id", text, "The gateway's name there", "", true},
    {"credential", reference, "Whose secret is the client's, for a provider that wants one", "credential"},
    {"groups_claim", text, "The claim of the ID token that has the groups. groups"},
    {"label", text, "What the button says. The issuer's host"},
};
constexpr AttributeSpec oidc_role[] = {
    {"groups", texts, "Whoever is in one of these, as the provider calls them", "", true},
};
constexpr BlockSpec oidc_blocks[] = {
    {.type = "role",
     .labels = 1,
     .attributes = oidc_role,
     .help = "Who gets a role: viewer, approver, operator or admin. The highest that fits; others are not "
             "let in"},
};
constexpr BlockSpec admin_blocks[] = {
    {.type = "oidc", .once = true, .attributes = oidc, .blocks = oidc_blocks,
     .help = "People sign in at an OpenID Connect provider"},
};

constexpr BlockSpec gateway_blocks[] = {
    {.type = "limits", .once = true, .attributes = limits, .help = "What no agent may exceed"},
    {.type = "audit", .once = true, .attributes = audit, .help = "The record"},
    {.type = "vault", .once = true, .attributes = vault,
     .help = "Where secrets come from; one key source at most"},
    {.type = "admin", .once = true, .attributes = admin, .blocks = admin_blocks,
     .help = "For operators and their tools"},
    {.type = "genai_telemetry", .once = true, .attributes = genai, .help = "Telemetry of model calls"},
    {.type = "wireguard", .once = true, .attributes = wireguard,
     .help = "There is no tunnel into the gateway: agents connect to a `listener` or an endpoint's `listen`",
     .support = absent},
    {.type = "tailscale", .once = true, .attributes = tailscale,
     .help = "There is no tunnel into the gateway: agents connect to a `listener` or an endpoint's `listen`",
     .support = absent},
};

constexpr AttributeSpec gateway[] = {
    {"state_dir", text, "Where the gateway keeps its record and keys. ~/.clawpatrol"},
    {"threads", integer, "That serve agents. One for each core", "1..1024"},
    {"dashboard_listen", listen, "The same as `listen` of the block `admin`"},
    {"dashboard_session_ttl", duration, "The same as `session_max` of the block `admin`"},
    {"dashboard_config_writes", boolean, no_writes, "", false, absent},
    {"public_url", text,
     "Where browsers, channels and agents see the operators' address, `https://gate.example:9443`: links, "
     "passkeys "
     "and logins elsewhere need it"},
    {"approval_timeout", duration,
     "How long a question waits for a person, where its approver does not say. 10m"},
    {"require_approvers", integer, "How many people must allow, where an approver does not say. 1", "1..9"},
    {"session_idle", duration,
     "After such a pause an agent begins a new stint of work: rules' `session.…` and budgets per session are "
     "empty again. 30m"},
    {"resolver", host,
     "Address of the name server that is asked for every upstream, `10.0.0.2` or `10.0.0.2:53`; without it "
     "names are found as the system finds them"},
    {"telemetry", boolean, "Accepted; nothing is ever sent, whatever it says"},
    {"session_keep", keep, keep_help},
    {"actions_keep", keep, keep_help},
    {"log_path", path, "The log goes to standard error", "", false, dead},
};

constexpr AttributeSpec defaults[] = {
    {"unknown_host", choice,
     "What becomes of hosts that no endpoint names, at a `listener`. deny from schema_version 2 on, before "
     "that passthrough",
     "passthrough|deny"},
    {"human_timeout", duration, "The same as the gateway's `approval_timeout`"},
    {"llm_fail_mode", text, "An `llm_approver` says it: `on_failure`", "", false, dead},
    {"llm_cache_ttl", duration, "A model's answer to the same action is good for ten minutes", "", false,
     dead},
    {"human_on_timeout", text, "A person who does not answer has not allowed", "", false, dead},
};

std::vector<BlockSpec> all_blocks() {
  std::vector<BlockSpec> rows;
  append_gateway_rows(rows);
  append_listener_rows(rows);
  append_endpoint_rows(rows);
  append_credential_rows(rows);
  append_rule_rows(rows);
  append_people_rows(rows);
  append_export_rows(rows);
  append_tunnel_rows(rows);
  append_observe_rows(rows);
  append_tool_rows(rows);
  return rows;
}

}  // namespace

void append_gateway_rows(std::vector<BlockSpec>& rows) {
  rows.push_back({.type = "gateway", .once = true, .attributes = gateway, .blocks = gateway_blocks,
                  .help = "The gateway itself; required up to schema_version 1"});
  rows.push_back({.type = "defaults", .once = true, .attributes = defaults,
                  .help = "What holds where nothing else is said"});
  rows.push_back({.type = "plugin", .labels = 1, .help = "there are no plugins here", .support = refused});
}

const BlockSpec& document() {
  static const std::vector<BlockSpec> blocks = all_blocks();
  static const BlockSpec whole{.type = "", .attributes = document_attributes, .blocks = blocks, .help = ""};
  return whole;
}

}  // namespace claw::config
