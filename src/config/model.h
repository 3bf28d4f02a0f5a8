// What a configuration says once it is checked: plain structs, made by the decoder, immutable inside a
// Snapshot. Gateway, admin and main read them. Nothing here refers back to source text except the
// positions of rules; no secret is ever in here, only the names under which the vault keeps them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "action/schema.h"
#include "approval/model/model.h"
#include "audit/redaction.h"
#include "config/observe.h"
#include "config/tools/mcp_server.h"
#include "policy/rule.h"

namespace claw::config {

struct HostPort {
  std::string host;  // Lower case; a name, an IP literal without brackets, or `*.suffix`.
  std::uint16_t port = 0;
  std::string text() const;  // `host:port`, brackets around IPv6.
  bool operator==(const HostPort&) const = default;
};

enum class SslMode : std::uint8_t { disable, prefer, require, verify_ca, verify_full };
enum class ListenTls : std::uint8_t { off, optional, required };
enum class UnknownHost : std::uint8_t { passthrough, deny };

std::string_view name_of(SslMode mode);
std::string_view name_of(ListenTls tls);
std::string_view name_of(UnknownHost policy);

struct Listener {
  HostPort address;  // Port 0: the system chooses.
  bool loopback = false;
  std::string path = {};  // Instead of an address: a Unix socket's.
};

// How agents reach an endpoint through a listener of its own, in that endpoint's protocol.
struct Entrance {
  std::vector<Listener> listeners;
  bool require_token = true;  // The agent proves who it is; otherwise it is `anonymous` in `profile`.
  std::string profile;        // Of agents without a token.
  ListenTls tls = ListenTls::off;
  bool self_made = false;     // `tls_cert = "auto"`: a certificate the gateway makes itself.
  std::string cert_file;      // Otherwise paths, already relative to the config's folder.
  std::string key_file;
};

// Where agents come in for more than one endpoint: an explicit proxy (CONNECT, absolute-form, SOCKS5), or
// connections that the network redirected here.
struct ProxyListener {
  enum class Kind : std::uint8_t { proxy, transparent } kind = Kind::proxy;
  std::string name;            // `dev` of `listener "proxy" "dev"`
  Entrance entrance;
  std::string client_ca_file;  // Agents may show a certificate of this authority: its CN is the agent.
};

enum class UpstreamHttp : std::uint8_t { automatic, http1, http2 };  // What is spoken to the upstream.
enum class SetCookie : std::uint8_t { strip, pass };

std::string_view name_of(UpstreamHttp version);
std::string_view name_of(SetCookie policy);
std::string_view name_of(ProxyListener::Kind kind);

struct HttpSettings {           // Of an endpoint whose protocol is HTTP.
  bool upstream_tls = true;     // False: `upstream = "http://…"`.
  UpstreamHttp upstream_http = UpstreamHttp::automatic;
  std::string roots_pem;        // Certificate authorities to verify the upstream with; empty: the system's.
  SetCookie set_cookie = SetCookie::strip;
  bool scan_answers = true;     // Secrets we put in are taken out of answers.
  bool method_override = false; // X-HTTP-Method-Override and `_method` do not make an action not understood.
  bool private_network = false; // Names of this endpoint may resolve to private addresses.
};

struct KubernetesSettings {
  std::string cluster_name;     // As EKS calls it: its tokens are for this cluster, in this region.
  std::string region;
  std::string read_as_user;     // Reads are sent as this user; empty: as whoever the credential is.
  std::vector<std::string> read_as_groups;
  bool record_streams = true;   // What passes through exec and attach is in the journal.
  bool record_input = true;     // Also what the agent types or pipes in.
};

struct ToolSettings {  // Of an endpoint that takes tool calls: bytes of one call and of its result.
  std::uint64_t arguments_bytes_max = 1024 * 1024, result_bytes_max = 1024 * 1024, calls_per_agent = 16;
};

struct UpstreamTls {
  SslMode mode = SslMode::prefer;
  std::string root_file;  // Empty: the system's roots.
  std::string cert_file;
  std::string key_file;
};

// Of one endpoint; 0: as the gateway's, or none.
struct EndpointLimits {
  std::uint64_t connections = 0;
  std::uint64_t connections_per_agent = 0;
  std::int64_t idle_timeout_us = 0;
};

struct Endpoint {
  std::string name;   // `prod`
  std::string kind;   // `postgres`
  std::string typed;  // `postgres.prod`: what the record, rules and fixtures say.
  action::Family family = action::Family::sql;
  std::string description;
  std::vector<HostPort> hosts;  // As agents name it; port 0 where the config gives none.
  HostPort upstream;            // Where the gateway connects to; empty host: the host the agent asked for.
  UpstreamTls upstream_tls;
  Entrance entrance;
  HttpSettings http;
  KubernetesSettings kubernetes;
  ToolSettings tools;
  McpSettings mcp;
  policy::Mode mode = policy::Mode::enforce;
  bool enforce_read = true;     // A read verdict runs where it cannot write.
  std::string unserved;         // Not empty: no traffic may reach it, and this is why.
  std::string tunnel;           // `local_command.csql`
  EndpointLimits limits;
  std::vector<std::string> packs;
  std::shared_ptr<const policy::Ruleset> ruleset;  // Never null.
  std::shared_ptr<const audit::Redaction> redaction;  // Null: all of an action goes on record.
};

struct Credential {
  std::string name;  // Bare, as rules pin it and the vault knows it.
  std::string kind;  // `postgres_credential`
  std::string description;
  std::string user;      // Upstream's, and what tells this credential from others on the same endpoint.
  std::string database;
  std::string placeholder;           // What agents send in its place: its own, or its kind's (placeholder.h).
  bool chosen_by_placeholder = false;  // It has its own, which tells it from others on the same endpoint.
  std::vector<std::string> endpoints;  // Typed names.
  // What else its kind has, by the attributes' names: lists joined by spaces, objects as JSON, `true`.
  std::map<std::string, std::string> settings;
};

// One way to choose a credential: it applies when every constraint that is set equals what the agent sent.
struct Choice {
  std::string credential;
  std::optional<std::string> placeholder;
  std::optional<std::string> user;
  std::optional<std::string> database;
  std::size_t constraints() const {
    return std::size_t{placeholder.has_value()} + user.has_value() + database.has_value();
  }
};

struct Profile {
  std::string name;
  bool async_grants = true;  // Its agents may be sent away; false: they wait on their connection.
  std::vector<std::string> credentials;  // Bare names, in source order.
  // By typed endpoint; what is not here cannot be reached but through a listener.
  std::map<std::string, std::vector<Choice>, std::less<>> choices;
};

struct Agent {
  std::string name;
  std::string profile;
  std::string token_secret;  // The name its token has in the vault: `agent_<name>`.
  std::string owner = {};    // The person it acts for, who may not allow what it asks; empty: nobody.
  std::optional<std::uint32_t> uid = {};  // Whoever is this user on this machine is it, on Unix sockets.
};

// As guard::AsyncGrant, which is a floor beside this one.
struct AsyncGrant {
  bool enabled = false;
  std::int64_t retry_ttl_us = 5LL * 60 * 1'000'000;
  std::uint64_t body_bytes_max = 1024 * 1024;
};

struct Approver {
  std::string name;   // `ops`; `dashboard` is built in.
  std::string kind;   // `human_approver`, `llm_approver`, `builtin`
  std::int64_t timeout_us = 0;
  std::uint32_t required = 1;            // Distinct people that must allow.
  std::vector<std::string> channels = {};  // Names of the snapshot's; none: only the dashboard shows it.
  std::vector<std::string> people = {};  // `ann`, `group:dba`; empty: whoever may approve.
  std::int64_t remind_every_us = 0;      // 0: never.
  std::string escalate_to = {};          // Another approver's name; empty: nobody.
  std::int64_t escalate_after_us = 0;
  std::int64_t sync_wait_us = 0;         // 0: to the question's end.
  AsyncGrant async = {};
  std::string message = {};              // With `{{name}}` in it.
  bool interactive = true;
  std::optional<model::Settings> llm = {};  // Of an llm_approver.
  std::string unserved = {};             // Not empty: its channel is told nothing, and this is why.
};

struct Rule {
  std::string name;
  std::vector<std::string> endpoints;  // Typed names.
  std::int64_t priority = 0;
  bool disabled = false;
  bool shadow = false;
  bool writes = false;
  std::string condition;               // As judged: `patterns` and `argument` are already in it.
  std::string credential;              // Pins; empty: any.
  std::vector<std::string> profiles;
  std::string verdict;                 // `allow`, `deny` or `approve`
  std::vector<std::string> approvers;  // Bare names, in source order.
  std::string reason;
  std::string hint;
  std::string pack;                    // Not empty: from this built-in pack.
  std::string where;                   // `policy.hcl:4:1`
  std::vector<std::string> labels = {};
  bool marks = false;                  // Has nothing but labels, and decides nothing; its verdict is empty.
  bool break_glass = false;
  bool needs_passkey = false;
  bool llm_may_allow = false;
  bool preview = false;
  std::uint64_t rows_max = 0;
};

enum class Per : std::uint8_t { session, hour, day };
std::string_view name_of(Per per);

// What an agent may use before a person is asked: 0 is a limit, nothing is none.
struct Budget {
  std::string name;
  std::vector<std::string> agents;
  std::vector<std::string> profiles;
  Per per = Per::hour;
  std::map<std::string, std::int64_t, std::less<>> limits;  // By what is counted: `rows_written`.
  std::vector<std::string> approvers;
};

struct Limits {
  std::uint64_t body_buffer = 1024 * 1024;   // Bytes of a call that rules can see; beyond, facts are unknown.
  std::uint64_t bodies = 256ULL * 1024 * 1024;  // Bytes of all that are held until their verdict.
  std::uint64_t body_storage = 4 * 1024;     // Bytes of a body kept in the record.
  std::uint64_t connections = 10'000;        // Open at once, all listeners.
  std::uint64_t connections_per_agent = 0;   // 0: no limit of their own.
  std::int64_t idle_timeout_us = 0;          // 0: connections may be silent for ever.
  std::int64_t connect_timeout_us = 10'000'000;
  std::int64_t login_timeout_us = 60'000'000;   // From accept to the end of the handshake.
};

struct VaultSettings {
  std::string key_file;         // Where the key-encryption key comes from: at most one of these four.
  std::string key_environment;
  std::string key_credential;   // A systemd credential's name.
  std::string passphrase_environment;
  std::string folder;           // Secrets as files; empty: none.
};

// People sign in at somebody else's (OpenID Connect); the provider's groups say what they may.
struct OidcSettings {
  std::string issuer;         // `https://login.example`
  std::string client_id;
  std::string credential;     // Whose secret is the client's; empty: it has none.
  std::string groups_claim = "groups";
  std::string label;          // On the button.
  struct Role {
    std::string role;         // `approver`
    std::vector<std::string> groups;
  };
  std::vector<Role> roles;
};

struct AdminSettings {
  std::string socket;                 // Of the operators' API; empty: `<state_dir>/admin.sock`.
  std::optional<HostPort> metrics;
  std::optional<HostPort> listen;     // Where people and programs sign in; none: only the socket.
  bool tls = true;
  std::string certificate_file;       // Empty: a leaf of the gateway's own authority.
  std::string key_file;
  std::int64_t session_idle_us = 12LL * 3600 * 1'000'000;
  std::int64_t session_max_us = 7LL * 24 * 3600 * 1'000'000;
  std::optional<OidcSettings> oidc;
};

struct Settings {
  std::string state_dir;        // As written; `~/` is main's to expand.
  std::string public_url;       // `https://gate.example:9443`: where browsers and agents see the gateway.
  std::uint32_t threads = 0;    // 0: one for each core.
  HostPort resolver;            // An IP address with its port; no host: as the system does it.
  UnknownHost unknown_host = UnknownHost::deny;
  std::int64_t approval_timeout_us = 600LL * 1'000'000;  // Where an approver has none of its own.
  std::uint32_t require_approvers = 1;
  std::int64_t session_idle_us =
      1800LL * 1'000'000;  // After such a pause an agent's next action begins anew.
  Limits limits;
  AuditSettings audit;
  VaultSettings vault;
  AdminSettings admin;
  std::vector<ProxyListener> listeners;
  TelemetrySettings telemetry;
  AnomalySettings anomalies;
};

}  // namespace claw::config
