// The command line. Only arguments are read here; what a verb does is in the file of its group.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <span>

#include "main/verbs.h"
#include "sandbox/stage.h"

namespace {

using namespace claw;  // NOLINT: one file, one function below it.

using Action = std::function<int()>;

// Declares a verb that takes a config file first.
CLI::App* with_config(CLI::App& app, const char* name, const char* help, std::string& config) {
  CLI::App* verb = app.add_subcommand(name, help);
  verb->add_option("CONFIG", config, "a policy file, or a folder of them")->required();
  return verb;
}

void add_policy_verbs(CLI::App& app, Action& action) {
  static verbs::Validate validate;
  CLI::App* verb =
      with_config(app, "validate", "check a policy and say everything that is wrong", validate.config);
  verb->add_flag("--json", validate.json, "the checked policy, or the mistakes, as JSON");
  verb->callback([&] { action = [] { return verbs::validate(validate); }; });

  static verbs::Test test;
  verb = with_config(app, "test", "replay action fixtures against a policy", test.config);
  verb->add_option("FIXTURES", test.fixtures, "fixture files or folders")->required();
  verb->callback([&] { action = [] { return verbs::test(test); }; });

  static verbs::Explain explain;
  verb = with_config(app, "explain", "why a statement or request would be allowed, denied or held",
                     explain.config);
  verb->add_option(
      "STATEMENT", explain.statements,
      "SQL, or `METHOD /path`; without one, JSON lines {\"sql\":…} or {\"request\":…} on standard input");
  verb->add_option("--endpoint", explain.endpoint,
                   "which endpoint, e.g. postgres.prod (default: the only one)");
  verb->add_option("--profile", explain.profile, "as which profile");
  verb->add_option("--user", explain.user, "as which database user, where that chooses the credential");
  verb->add_option("--database", explain.database, "which database the agent asks for");
  verb->add_option("--label", explain.labels,
                   "as an agent that a rule has set this label on; may be repeated");
  verb->add_option("--anomaly", explain.anomalies,
                   "as an agent of which this kind was found in the last hour; may be repeated");
  verb->add_option("-H,--header", explain.headers, "of a request, `Name: value`; may be given many times")
      ->take_all()->allow_extra_args(false);
  verb->add_option("-d,--body", explain.body, "of a request, or `@FILE`; for an upgrade, what is piped in");
  verb->add_flag("--json", explain.json, "one JSON object per statement");
  verb->callback([&] { action = [] { return verbs::explain(explain); }; });

  static verbs::Packs packs;
  verb = app.add_subcommand("packs", "list the built-in rule packs, or print one");
  verb->add_option("NAME", packs.name, "the pack to print");
  verb->callback([&] { action = [] { return verbs::packs(packs); }; });

  verb = app.add_subcommand("reference", "every block and attribute a policy may have");
  verb->callback([&] { action = [] { return verbs::reference(); }; });
}

void add_fact_verbs(CLI::App& app, Action& action) {
  static verbs::Facts facts;
  CLI::App* verb = app.add_subcommand("facts", "what a statement yields for rules to name");
  verb->add_option("DIALECT", facts.family, "postgres")->required()->check(CLI::IsMember({"postgres"}));
  verb->add_option("STATEMENT", facts.statements,
                   "SQL; without one, JSON lines {\"sql\":…} on standard input");
  verb->add_flag("--json", facts.json, "one JSON object per statement");
  verb->callback([&] { action = [] { return verbs::facts(facts); }; });

  static verbs::Eval eval;
  verb = app.add_subcommand("eval", "evaluate a CEL expression");
  verb->add_option("EXPRESSION", eval.expression,
                   "CEL; without one, JSON lines {\"expr\":…,\"vars\":{…}} on standard input");
  verb->add_option("--var", eval.variables, "a variable, as name=JSON; repeat for more");
  verb->add_flag("--json", eval.json, "the answer as JSON");
  verb->callback([&] { action = [] { return verbs::eval(eval); }; });
}

void add_control(CLI::App* verb, verbs::Control& control) {
  verb->add_option("--state-dir", control.state_dir, "the gateway's state folder (default: ~/.clawpatrol)");
  verb->add_option("--socket", control.socket, "the gateway's socket, if it is elsewhere");
  verb->add_option("--url", control.url,
                   "a gateway elsewhere, with CLAWPATROL_TOKEN (default: CLAWPATROL_URL)");
  verb->add_option("--ca", control.ca_file, "whose certificates to believe there (default: CLAWPATROL_CA)");
  verb->add_flag("--json", control.json, "JSON instead of a table");
}

void add_gateway_verbs(CLI::App& app, Action& action) {
  static verbs::Gateway gateway;
  CLI::App* verb = app.add_subcommand("gateway", "run the gateway");
  verb->add_option("CONFIG", gateway.config, "a policy file, or a folder of them (default: $POLICY_FILE)");
  verb->add_option("--state-dir", gateway.state_dir, "where the journal, keys and socket live");
  verb->add_flag("-v,--verbose", gateway.verbose, "log more");
  verb->callback([&] { action = [] { return verbs::run_gateway(gateway); }; });

  static verbs::Control control;
  verb = app.add_subcommand("status", "what the running gateway serves, and by which policy");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::status(control); }; });
  verb = app.add_subcommand("exporters",
                            "where the record goes besides the journal, and how far behind that is");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::exporters(control); }; });
  verb = app.add_subcommand("reload", "make the running gateway read its policy again");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::reload(control); }; });

}

void add_pin_verbs(CLI::App& app, Action& action) {
  CLI::App* pins =
      app.add_subcommand("pins", "what MCP servers behind the gateway offer, and what was accepted of it")
          ->require_subcommand(1);
  static verbs::Pins options;
  CLI::App* verb = pins->add_subcommand("list", "what is accepted, and what waits for somebody");
  add_control(verb, options.control);
  verb->add_option("SERVER", options.server, "only of this one");
  verb->callback([&] { action = [] { return verbs::pins_list(options); }; });
  verb = pins->add_subcommand("diff", "what waits, and what is different in it");
  add_control(verb, options.control);
  verb->add_option("SERVER", options.server, "only of this one");
  verb->add_option("NAME", options.name, "and only this");
  verb->callback([&] { action = [] { return verbs::pins_diff(options); }; });
  verb = pins->add_subcommand("accept", "let agents have what waits, as it is now");
  add_control(verb, options.control);
  verb->add_option("SERVER", options.server)->required();
  verb->add_option("NAME", options.name, "a tool, prompt or template of it");
  verb->add_flag("--all", options.all, "all that waits there");
  verb->add_option("--hash", options.hash, "only with a hash that begins so, as `diff` showed it");
  verb->callback([&] { action = [] { return verbs::pins_accept(options); }; });
  verb = pins->add_subcommand("withdraw", "take an acceptance back");
  add_control(verb, options.control);
  verb->add_option("SERVER", options.server)->required();
  verb->add_option("NAME", options.name)->required();
  verb->callback([&] { action = [] { return verbs::pins_withdraw(options); }; });
}

void add_approval_verbs(CLI::App& app, Action& action) {
  CLI::App* approvals =
      app.add_subcommand("approvals", "actions that wait for a person")->require_subcommand(1);
  static verbs::Listing listing;
  static verbs::Control control;
  static std::string id, comment, person;
  CLI::App* verb = approvals->add_subcommand("list", "what is waiting");
  add_control(verb, listing.control);
  verb->add_flag("--all", listing.all, "also what was decided lately");
  verb->add_flag("-f,--follow", listing.follow, "and go on with what changes");
  verb->callback([&] { action = [] { return verbs::approvals_list(listing); }; });
  verb = approvals->add_subcommand("show", "one of them, whole");
  add_control(verb, control);
  verb->add_option("ID", id)->required();
  verb->callback([&] { action = [] { return verbs::approvals_show(control, id); }; });
  verb = approvals->add_subcommand("wait", "until it is decided; exit code 0 when it was allowed");
  add_control(verb, control);
  verb->add_option("ID", id)->required();
  verb->callback([&] { action = [] { return verbs::approvals_wait(control, id); }; });
  for (const bool allow : {true, false}) {
    verb = approvals->add_subcommand(allow ? "approve" : "deny", allow ? "let it run, once" : "refuse it");
    add_control(verb, control);
    verb->add_option("ID", id)->required();
    verb->add_option("-m,--comment", comment, "why; recorded, and told to the agent when denied");
    verb->add_option("--as", person, "who you are, while nobody has an account (default: your user name)");
    verb->callback([&action, allow] {
      action = [allow] { return verbs::approvals_decide(control, id, allow, comment, person); };
    });
  }
}

// `actions`, `sessions`: a list with filters, and one of them by its id.
void add_looking(CLI::App& app, Action& action, const char* name, const char* help,
                 int (*list)(const verbs::Looking&), int (*show)(const verbs::Looking&)) {
  static verbs::Looking looking;
  CLI::App* group = app.add_subcommand(name, help)->require_subcommand(1);
  CLI::App* verb = group->add_subcommand("list", "the latest first");
  add_control(verb, looking.control);
  verb->add_option("-n,--count", looking.count, "how many")->check(CLI::Range(1, 1000));
  verb->add_option("--agent", looking.agent, "only this agent's");
  verb->add_option("--since", looking.since, "from this time on, or how long ago: 2h");
  if (list == verbs::actions_list) {
    verb->add_option("TEXT", looking.text, "words to look for");
    verb->add_option("--endpoint", looking.endpoint, "only on this endpoint");
    verb->add_option("--verdict", looking.verdict, "only `allow` or `deny`");
    verb->add_option("--rule", looking.rule, "only what this rule decided");
    verb->add_option("--until", looking.until, "before this time");
  }
  verb->callback([&action, list] { action = [list] { return list(looking); }; });
  verb = group->add_subcommand("show", "one of them, whole");
  add_control(verb, looking.control);
  verb->add_option("ID", looking.id)->required();
  verb->callback([&action, show] { action = [show] { return show(looking); }; });
}

void add_running_verbs(CLI::App& app, Action& action) {
  add_looking(app, action, "actions", "what agents did, and why it was allowed or not", verbs::actions_list,
              verbs::actions_show);
  add_looking(app, action, "sessions", "connections of agents, and what happened in them",
              verbs::sessions_list, verbs::sessions_show);
  static verbs::Control control;
  CLI::App* verb = app.add_subcommand("agents", "who they are and how they stand");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::agents_list(control); }; });

  CLI::App* policy = app.add_subcommand("policy", "the policy in force")->require_subcommand(1);
  verb = policy->add_subcommand("show", "its rules, and how often each decided");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::policy_show(control); }; });

  CLI::App* glass =
      app.add_subcommand("breakglass", "wider rights for minutes, in an emergency")->require_subcommand(1);
  static verbs::Glass granted;
  static std::string id;
  verb = glass->add_subcommand("list", "what is granted now");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::breakglass_list(control); }; });
  verb = glass->add_subcommand("grant", "for one profile");
  add_control(verb, granted.control);
  verb->add_option("PROFILE", granted.profile)->required();
  verb->add_option("--minutes", granted.minutes, "how long (default: 15)")->check(CLI::Range(1, 60));
  verb->add_option("--reason", granted.reason, "why; recorded")->required();
  verb->callback([&] { action = [] { return verbs::breakglass_grant(granted); }; });
  verb = glass->add_subcommand("end", "before its time");
  add_control(verb, control);
  verb->add_option("ID", id)->required();
  verb->callback([&] { action = [] { return verbs::breakglass_end(control, id); }; });
}

void add_people_verbs(CLI::App& app, Action& action) {
  CLI::App* group = app.add_subcommand("people", "who may sign in as an operator")->require_subcommand(1);
  static verbs::PersonOf person;
  static verbs::Control control;
  const auto add = [&](const char* name, const char* help, int (*run)(const verbs::PersonOf&)) {
    CLI::App* verb = group->add_subcommand(name, help);
    add_control(verb, person.control);
    verb->add_option("NAME", person.name)->required();
    verb->callback([&action, run] { action = [run] { return run(person); }; });
    return verb;
  };
  CLI::App* verb = group->add_subcommand("list", "everybody");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::people_list(control); }; });
  const CLI::IsMember roles({"viewer", "approver", "operator", "admin"});
  verb = add("add", "invite somebody, and print their one-time link", verbs::people_add);
  verb->add_option("--role", person.role, "viewer, approver, operator or admin")->required()->check(roles);
  verb->add_option("--group", person.groups, "a group they are in; repeat for more");
  verb = add("change", "another role, or other groups", verbs::people_change);
  verb->add_option("--role", person.role, "viewer, approver, operator or admin")->check(roles);
  verb->add_option("--group", person.groups, "all the groups they are in");
  for (const bool disable : {true, false}) {
    verb = add(disable ? "disable" : "enable", disable ? "nobody signs in as them" : "they may sign in again",
               verbs::people_change);
    verb->preparse_callback([disable](std::size_t) { person.disabled = disable; });
  }
  add("reset", "take their password and factors away, and print a new link", verbs::people_reset);
  add("remove", "for good", verbs::people_remove);

  group = app.add_subcommand("tokens", "API tokens of operators")->require_subcommand(1);
  static std::string id;
  verb = group->add_subcommand("list", "never the tokens themselves");
  add_control(verb, control);
  verb->callback([&] { action = [] { return verbs::tokens_list(control); }; });
  verb = group->add_subcommand("revoke", "make one worth nothing");
  add_control(verb, control);
  verb->add_option("ID", id)->required();
  verb->callback([&] { action = [] { return verbs::tokens_revoke(control, id); }; });
}

void add_audit_filters(CLI::App* verb, verbs::Audit& audit) {
  verb->add_option("--agent", audit.agent, "only this agent's");
  verb->add_option("--endpoint", audit.endpoint, "only on this endpoint");
  verb->add_option("--verdict", audit.verdict, "only `allow` or `deny`");
  verb->add_option("--rule", audit.rule, "only what this rule decided");
  verb->add_option("--kind", audit.kind, "only records of this kind");
  verb->add_option("--since", audit.since, "from this time on: 2027-01-15T08:00:00Z, or how long ago: 2h");
  verb->add_option("--until", audit.until, "before this time");
}

void add_audit_verbs(CLI::App& app, Action& action) {
  CLI::App* group = app.add_subcommand("audit", "the record of everything")->require_subcommand(1);
  static verbs::Audit audit;
  const auto add = [&](const char* name, const char* help, int (*run)(const verbs::Audit&)) {
    CLI::App* verb = group->add_subcommand(name, help);
    verb->add_option("--state-dir", audit.state_dir, "the gateway's state folder (default: ~/.clawpatrol)");
    verb->add_flag("--json", audit.json, "JSON lines instead of a table");
    verb->callback([&action, run] { action = [run] { return run(audit); }; });
    return verb;
  };
  CLI::App* verb = add("tail", "the latest records", verbs::audit_tail);
  verb->add_option("-n,--count", audit.count, "how many")->check(CLI::Range(0, 100'000));
  verb->add_flag("-f,--follow", audit.follow, "and go on with new ones");
  add_audit_filters(verb, audit);
  verb = add("search", "records that say something", verbs::audit_search);
  verb->add_option("WHAT", audit.what,
                   "words to look for, and conditions, each an argument: sql.tables=orders, path^=/repos/, "
                   "rows>100");
  verb->add_option("-n,--count", audit.count, "how many at most")->check(CLI::Range(0, 100'000));
  add_audit_filters(verb, audit);
  verb = add("facts", "what records can be searched by", verbs::audit_facts);
  verb = add("show", "every record of one action", verbs::audit_show);
  verb->add_option("ID", audit.id, "the action's id")->required();
  verb = add("verify", "prove that nothing was changed or taken out", verbs::audit_verify);
  verb->add_option("--public-key", audit.public_key, "hexadecimal, as kept elsewhere");
  verb->add_option("--checkpoint", audit.checkpoint,
                   "a file of checkpoints kept elsewhere, which the journal must come by");
  add("checkpoint", "the newest signature, to be kept elsewhere", verbs::audit_checkpoint);
  verb = add("export", "write records to standard output", verbs::audit_export);
  verb->add_option("--format", audit.format, "jsonl or ocsf")->check(CLI::IsMember({"jsonl", "ocsf"}));
  add_audit_filters(verb, audit);
  static std::string database;
  verb = group->add_subcommand("schema", "the table an exporter fills, as SQL");
  verb->add_option("DATABASE", database, "clickhouse or postgres")
      ->required()->check(CLI::IsMember({"clickhouse", "postgres"}));
  verb->callback([&action] { action = [] { return verbs::audit_schema(database); }; });
}

void add_back_options(CLI::App* verb, std::string& state_dir, std::string& endpoint, std::string& agent,
                      std::string& since, std::string& until) {
  verb->add_option("--state-dir", state_dir, "the gateway's state folder (default: ~/.clawpatrol)");
  verb->add_option("--endpoint", endpoint, "only on this endpoint");
  verb->add_option("--agent", agent, "only this agent's");
  verb->add_option("--since", since, "from this time on: 2027-01-15T08:00:00Z, or how long ago: 7d");
  verb->add_option("--until", until, "before this time");
}

void add_replay_verbs(CLI::App& app, Action& action) {
  static verbs::Replay replay;
  CLI::App* verb =
      app.add_subcommand("replay", "what an agent did, step by step; or its sessions");
  verb->add_option("ID", replay.id, "a session, an action or an operation");
  add_back_options(verb, replay.state_dir, replay.endpoint, replay.agent, replay.since, replay.until);
  verb->add_option("--speed", replay.speed, "so many times as fast")->check(CLI::Range(1, 100));
  verb->add_flag("--no-wait", replay.no_wait, "all at once, also in a terminal");
  verb->add_option("--cast", replay.cast, "write the streams to this file, as asciicasts; - prints them");
  verb->add_flag("--json", replay.json, "an object a step");
  verb->callback([&] { action = [] { return verbs::replay(replay); }; });
}

void add_simulate_verb(CLI::App& app, Action& action) {
  static verbs::Simulate simulate;
  CLI::App* verb = with_config(app, "simulate", "which recorded verdicts another policy would change",
                               simulate.config);
  add_back_options(verb, simulate.state_dir, simulate.endpoint, simulate.agent, simulate.since,
                   simulate.until);
  verb->add_flag("--json", simulate.json, "one JSON object");
  verb->callback([&] { action = [] { return verbs::simulate(simulate); }; });
}

void add_suggest_verb(CLI::App& app, Action& action) {
  static verbs::Suggest suggest;
  CLI::App* verb = app.add_subcommand("suggest", "rules for what was seen on endpoints that only observe");
  add_back_options(verb, suggest.state_dir, suggest.endpoint, suggest.agent, suggest.since, suggest.until);
  verb->add_flag("--yaml", suggest.yaml, "YAML instead of HCL");
  verb->add_flag("--enforced", suggest.enforced, "also from what was allowed where rules are obeyed");
  verb->add_option("--fixtures", suggest.fixtures, "write a fixture for each rule into this folder");
  verb->callback([&] { action = [] { return verbs::suggest(suggest); }; });
}

void add_credential_verbs(CLI::App& app, Action& action) {
  CLI::App* group = app.add_subcommand("credentials", "the secrets the gateway keeps")->require_subcommand(1);
  static verbs::Credentials credentials;
  const auto add = [&](const char* name, const char* help, int (*run)(const verbs::Credentials&)) {
    CLI::App* verb = with_config(*group, name, help, credentials.config);
    verb->add_option("--state-dir", credentials.state_dir, "instead of the config's");
    verb->callback([&action, run] { action = [run] { return run(credentials); }; });
    return verb;
  };
  CLI::App* verb = add("set", "keep a secret; its value is asked for, or read from standard input",
                       verbs::credentials_set);
  verb->add_option("NAME", credentials.name, "the credential's name")->required();
  verb->add_option("--slot", credentials.slot, "which of its secrets, where it has several");
  verb = add("list", "names, slots and times; never values", verbs::credentials_list);
  verb->add_flag("--json", credentials.json, "JSON instead of a table");
  static verbs::Control running;
  CLI::App* status =
      group->add_subcommand("status", "those of a running gateway: what is set, and last used");
  add_control(status, running);
  status->callback([&] { action = [] { return verbs::credentials_running(running); }; });
  verb = add("remove", "forget a secret", verbs::credentials_remove);
  verb->add_option("NAME", credentials.name, "the credential's name")->required();
  verb->add_option("--slot", credentials.slot, "which of its secrets");
  verb = add("rotate", "seal everything anew under a fresh data key", verbs::credentials_rotate);
  verb->add_option("--new-key", credentials.new_key, "a file with the key that opens the store from then on");
  verb = add("token", "make a new token for an agent and print it once", verbs::credentials_token);
  verb->add_option("AGENT", credentials.name, "the agent's name")->required();
  verb = add("connect", "log in at a vendor's and keep the token", verbs::credentials_connect);
  verb->add_option("NAME", credentials.name, "the credential's name")->required();
}

void add_agent_verbs(CLI::App& app, Action& action) {
  static verbs::Ca ca;
  CLI::App* group = app.add_subcommand("ca", "the certificate that agents must trust");
  const auto add_options = [](CLI::App* verb) {
    verb->add_option("--config", ca.config, "the policy, where it says what opens the vault");
    verb->add_option("--state-dir", ca.state_dir, "instead of the config's");
  };
  add_options(group);
  group->callback([&action, group] {
    if (group->get_subcommands().empty()) action = [] { return verbs::ca_show(ca); };
  });
  CLI::App* verb = group->add_subcommand("fingerprint", "its SHA-256");
  add_options(verb);
  verb->callback([&] { action = [] { return verbs::ca_fingerprint(ca); }; });
  verb = group->add_subcommand("export", "write it to a file everybody may read");
  add_options(verb);
  verb->add_option("FILE", ca.file)->required();
  verb->callback([&] { action = [] { return verbs::ca_export(ca); }; });

  static verbs::Env env;
  verb = with_config(app, "env", "what an agent's environment needs to go through the gateway", env.config);
  verb->add_option("--state-dir", env.state_dir, "instead of the config's");
  verb->add_option("--listener", env.listener, "which proxy listener (default: the first)");
  verb->add_option("--profile", env.profile, "whose placeholders (default: the listener's profile)");
  verb->add_option("--ca-folder", env.ca_folder,
                   "where to write the files agents read (default: the state folder)");
  CLI::Option_group* form = verb->add_option_group("form");
  form->add_flag_callback("--shell", [] { env.form = "shell"; }, "export lines (default)");
  form->add_flag_callback("--json", [] { env.form = "json"; }, "one JSON object");
  form->add_flag_callback("--docker", [] { env.form = "docker"; }, "lines for --env-file");
  form->require_option(0, 1);
  verb->callback([&] { action = [] { return verbs::env(env); }; });
}

void add_kubeconfig_verb(CLI::App& app, Action& action) {
  static verbs::KubeconfigOf options;
  CLI::App* verb = app.add_subcommand("kubeconfig", "how kubectl reaches a cluster through the gateway");
  verb->add_option("ENDPOINT", options.endpoint, "which kubernetes endpoint (default: the only one)");
  verb->add_option("--config", options.config, "a policy file, or a folder of them")->required();
  verb->add_option("--state-dir", options.state_dir, "instead of the config's");
  verb->add_option("--agent", options.agent, "whose token (default: CLAWPATROL_TOKEN, or the only agent's)");
  verb->add_option("--via", options.via, "door or proxy (default: the endpoint's own door, where it has one)")
      ->check(CLI::IsMember({"door", "proxy"}));
  verb->add_option("--listener", options.listener, "which proxy listener (default: the first)");
  verb->add_option("--out", options.file, "a file only you may read, instead of standard output");
  verb->add_flag("--json", options.json, "JSON instead of YAML");
  verb->callback([&] { action = [] { return verbs::kubeconfig(options); }; });
}

void add_mcp_verb(CLI::App& app, Action& action) {
  static verbs::Mcp options;
  CLI::App* verb = app.add_subcommand("mcp", "a tool endpoint as an MCP server on standard input and output");
  verb->add_option("--url", options.url,
                   "http://HOST:PORT or unix:/PATH (default: TOOL_PROXY_URL, or http://localhost:8080)");
  verb->add_option("--token-file", options.token_file,
                   "a file with the agent's token (default: CLAWPATROL_TOKEN)");
  verb->callback([&action] { action = [] { return verbs::mcp(options); }; });
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (sandbox::is_stage(arguments)) return sandbox::run_stage(arguments.subspan(2));
  CLI::App app("Claw Patrol: a firewall between AI agents and production systems.", "clawpatrol");
  app.require_subcommand(1);
  app.set_version_flag("--version", "clawpatrol " CLAW_VERSION);
  app.footer("Exit codes: 0 it worked, 1 it did not or the answer is no, 2 it was asked wrongly.");
  Action action;
  app.add_subcommand("version", "print the version")->callback([&] {
    action = [] { return std::puts("clawpatrol " CLAW_VERSION) < 0 ? verbs::failed : verbs::ok; };
  });
  add_gateway_verbs(app, action);
  add_approval_verbs(app, action);
  add_pin_verbs(app, action);
  add_running_verbs(app, action);
  add_people_verbs(app, action);
  add_policy_verbs(app, action);
  add_fact_verbs(app, action);
  add_audit_verbs(app, action);
  add_replay_verbs(app, action);
  add_simulate_verb(app, action);
  add_suggest_verb(app, action);
  add_credential_verbs(app, action);
  add_agent_verbs(app, action);
  add_kubeconfig_verb(app, action);
  add_mcp_verb(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? verbs::ok : verbs::wrong_usage;
  }
  return action();
}
