// Every verb of the command line as a function that returns the exit code: 0 it worked, 1 it did not
// (or the answer is no), 2 it was asked wrongly. main.cc reads the arguments and calls one of these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace claw::verbs {

constexpr int ok = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

struct Gateway {
  std::string config;
  std::string state_dir;  // Instead of the config's.
  bool verbose = false;
};
int run_gateway(const Gateway& options);

struct Validate {
  std::string config;
  bool json = false;
};
int validate(const Validate& options);

struct Test {
  std::string config;
  std::vector<std::string> fixtures;
};
int test(const Test& options);

struct Explain {
  std::string config;
  std::vector<std::string> statements;  // None: JSON lines on standard input.
  std::string endpoint;
  std::string profile;
  std::string user;      // As the agent connects, where that chooses among credentials.
  std::string database;
  std::vector<std::string> labels;  // That rules have set on the agent.
  std::vector<std::string> anomalies;  // Kinds that were found of it.
  std::vector<std::string> headers;  // Of a request.
  std::string body;      // Of one too; `@FILE` is what the file holds.
  bool json = false;
};
int explain(const Explain& options);

struct Packs {
  std::string name;
};
int packs(const Packs& options);
int reference();

struct Facts {
  std::string family;
  std::vector<std::string> statements;
  bool json = false;
};
int facts(const Facts& options);

struct Eval {
  std::string expression;
  std::vector<std::string> variables;  // `name=JSON`
  bool json = false;
};
int eval(const Eval& options);

// What talks to a running gateway: by its socket, found by the state folder, or by its address and a token.
struct Control {
  std::string state_dir;
  std::string socket;
  std::string url;      // None: CLAWPATROL_URL, where neither of those above is given.
  std::string ca_file;  // Of the authority it shows a certificate of; none: CLAWPATROL_CA, or the system's.
  bool json = false;
};
int status(const Control& control);
int exporters(const Control& control);
int reload(const Control& control);
struct Pins {
  Control control;
  std::string server;  // `linear`, or `mcp.linear`; empty: all.
  std::string name;    // Empty: all.
  std::string hash;    // What the hash must begin with; empty: anything.
  bool all = false;
};
int pins_list(const Pins& options);
int pins_diff(const Pins& options);
int pins_accept(const Pins& options);
int pins_withdraw(const Pins& options);

struct Listing {
  Control control;
  bool all = false;
  bool follow = false;
};
int approvals_list(const Listing& listing);
int approvals_show(const Control& control, const std::string& id);
int approvals_wait(const Control& control,
                   const std::string& id);  // Until it is decided; 1 if it is not allowed.
int approvals_decide(const Control& control, const std::string& id, bool allow, const std::string& comment,
                     const std::string& person);

struct Looking {  // For what agents did.
  Control control;
  std::size_t count = 50;
  std::string id, agent, endpoint, verdict, rule, text, since, until;
};
int actions_list(const Looking& looking);
int actions_show(const Looking& looking);
int sessions_list(const Looking& looking);
int sessions_show(const Looking& looking);
int agents_list(const Control& control);
int credentials_running(const Control& control);
int policy_show(const Control& control);

struct PersonOf {
  Control control;
  std::string name;
  std::string role;
  std::vector<std::string> groups;
  std::optional<bool> disabled = {};
};
int people_list(const Control& control);
int people_add(const PersonOf& person);  // Prints their one-time link.
int people_reset(const PersonOf& person);
int people_change(const PersonOf& person);
int people_remove(const PersonOf& person);
int tokens_list(const Control& control);
int tokens_revoke(const Control& control, const std::string& id);

struct Glass {
  Control control;
  std::string profile;
  std::string reason;
  std::int64_t minutes = 15;
};
int breakglass_list(const Control& control);
int breakglass_grant(const Glass& glass);
int breakglass_end(const Control& control, const std::string& id);

struct Audit {
  std::string state_dir;
  bool json = false;
  bool follow = false;
  std::size_t count = 20;
  std::vector<std::string> what;  // Of search: words and conditions.
  std::string agent, endpoint, verdict, rule, kind, since, until, id;
  std::string format = "jsonl";  // Of export: `jsonl` or `ocsf`.
  std::string public_key;        // Of verify: instead of the journal's own.
  std::string checkpoint;        // Of verify: a file of checkpoints that were kept elsewhere.
};
int audit_tail(const Audit& options);
int audit_search(const Audit& options);
int audit_facts(const Audit& options);
int audit_show(const Audit& options);
int audit_verify(const Audit& options);
int audit_checkpoint(const Audit& options);
int audit_export(const Audit& options);
int audit_schema(const std::string& database);  // The table exporters fill, as SQL.

// What an agent did, step by step.
struct Replay {
  std::string state_dir;
  std::string id;    // A session's, an action's or an operation's.
  std::string agent, endpoint, since, until;
  std::string cast;  // Where the streams go as asciicasts; `-`: standard output.
  std::uint32_t speed = 1;
  bool json = false;
  bool no_wait = false;
};
int replay(const Replay& options);

// Recorded actions, judged by another policy.
struct Simulate {
  std::string config;  // The candidate.
  std::string state_dir;
  std::string endpoint, agent, since, until;
  bool json = false;
};
int simulate(const Simulate& options);  // 0: no verdict changes, 1: some do, 2: it could not be told.

// Rules for what was seen where an endpoint only observes.
struct Suggest {
  std::string state_dir;
  std::string endpoint, agent, since, until;
  std::string fixtures;  // A folder for fixtures of the proposal.
  bool yaml = false;
  bool enforced = false;  // Also from what was allowed where rules are obeyed.
};
int suggest(const Suggest& options);

struct Credentials {
  std::string config;
  std::string state_dir;
  std::string name;
  std::string slot;
  std::string new_key;  // Of rotate: the file of the key that opens the store from then on.
  bool json = false;
};
int credentials_set(const Credentials& options);  // The value from a prompt or standard input, never argv.
int credentials_list(const Credentials& options);
int credentials_remove(const Credentials& options);
int credentials_rotate(const Credentials& options);
int credentials_token(const Credentials& options);  // A new token for an agent, printed once.
int credentials_connect(const Credentials& options);  // With a person's consent at the vendor's.

// The certificate agents must trust; made where there is none yet.
struct Ca {
  std::string config;     // Says where the vault's key is, if there is a sealed store.
  std::string state_dir;  // Instead of the config's.
  std::string file;       // Of export.
};
int ca_show(const Ca& options);
int ca_fingerprint(const Ca& options);
int ca_export(const Ca& options);

struct Env {
  std::string config;
  std::string state_dir;
  std::string listener;         // None: the first proxy listener.
  std::string profile;          // None: the listener's.
  std::string ca_folder;        // Where the files that agents read go; none: the state folder.
  std::string form = "shell";   // `shell`, `json` or `docker`.
};
int env(const Env& options);

// A tool endpoint on standard input and output, for MCP clients that start programs.
struct Mcp {
  std::string url;         // None: TOOL_PROXY_URL, or `http://localhost:8080`.
  std::string token_file;  // None: CLAWPATROL_TOKEN, if it is set.
};
int mcp(const Mcp& options);

struct KubeconfigOf {
  std::string config;
  std::string state_dir;
  std::string endpoint;  // None: the only kubernetes endpoint.
  std::string agent;     // Whose token is in it; none: CLAWPATROL_TOKEN, or the only agent's.
  std::string via;       // `door` or `proxy`; none: the endpoint's own door, where it has one.
  std::string listener;  // None: the first proxy listener.
  std::string file;      // None: standard output.
  bool json = false;
};
int kubeconfig(const KubeconfigOf& options);

}  // namespace claw::verbs
