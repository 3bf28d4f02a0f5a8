#include "action/schema.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"

namespace claw::action {
namespace {

using cel::Type;
using Facts = std::vector<Fact>;

constexpr bool folded = true;
constexpr bool truncatable = true;
constexpr bool unparsable = true;

Type texts() { return Type::list(Type::string()); }
Type text_lists() { return Type::map(Type::string(), texts()); }

// Every family has these. The order of a table is the order of its slots: the builders of subjects and
// contexts fill them in this order, and a test reads each back by name.
Facts common_own() {
  return {
      {"action.destructive", Type::boolean(), Run::own, false, truncatable, unparsable,
       "loses data or objects at a stroke: DROP, TRUNCATE, DELETE without WHERE, HTTP DELETE"},
      {"action.understood", Type::boolean(), Run::own, false, false, false,
       "the gateway read all of it; other facts may be unknown when it did not"},
      {"action.truncated", Type::boolean(), Run::own, false, false, false,
       "longer than the gateway inspects; facts of the whole text are unknown"},
  };
}

Facts common_context() {
  return {
      {"agent.name", Type::string(), Run::context, false, false, false,
       "who acts, as the configuration names it"},
      {"agent.profile", Type::string(), Run::context, false, false, false, "the agent's profile"},
      {"agent.address", Type::string(), Run::context, false, false, false,
       "where the agent came from, `ip:port`"},
      {"action.endpoint", Type::string(), Run::context, false, false, false, "the endpoint, `postgres.prod`"},
      {"action.credential", Type::string(), Run::context, false, false, false,
       "the credential that will be used, by its bare name; empty when none"},
  };
}

Facts sql_own() {
  return {
      {"sql.verb", Type::string(), Run::own, folded, truncatable, unparsable,
       "what the statement does: `select`, `delete`, `create`, `set role`"},
      {"sql.statement", Type::string(), Run::own, false, truncatable, false, "the statement's own text"},
      {"sql.tables", texts(), Run::own, false, truncatable, unparsable,
       "relations it names, each as `table` and, when written so, `schema.table`"},
      {"sql.functions", texts(), Run::own, false, truncatable, unparsable,
       "functions it calls, each as `f` and, when written so, `schema.f`"},
      {"sql.effects", texts(), Run::own, folded, truncatable, unparsable,
       "what it does to the server: `read`, `write`, `modify`, `delete`, `destroy`, `file`, …"},
      {"sql.reads", texts(), Run::own, false, truncatable, unparsable, "the tables it reads"},
      {"sql.writes", texts(), Run::own, false, truncatable, unparsable, "the tables it changes"},
      {"sql.columns", texts(), Run::own, false, truncatable, unparsable,
       "column names the text shows; `*` for a star"},
      {"sql.objects", texts(), Run::own, false, truncatable, unparsable,
       "what else it acts on: indexes, functions, roles, schemas, databases"},
      {"sql.has_where", Type::boolean(), Run::own, false, truncatable, unparsable,
       "it has a WHERE of its own"},
      {"sql.inner", Type::boolean(), Run::own, false, truncatable, unparsable,
       "it is inside another statement: a CTE, an EXPLAIN, a function body"},
      {"sql.statements", texts(), Run::own, folded, truncatable, unparsable,
       "the verbs of all statements sent together"},
  };
}

Facts sql_context() {
  return {
      {"sql.database", Type::string(), Run::context, false, false, false, "the database of the connection"},
      {"sql.user", Type::string(), Run::context, false, false, false, "the user the upstream knows"},
      {"sql.role", Type::string(), Run::context, false, false, false,
       "the role in force after SET ROLE; unknown when it cannot be told"},
      {"sql.search_path", texts(), Run::context, false, false, false,
       "where names without a schema are looked up; unknown when it cannot be told"},
  };
}

Facts sql_call() {
  return {
      {"sql.parameters", Type::list(Type::dyn()), Run::call, false, false, false,
       "the bound values in order: text, or null"},
      {"sql.rows_counted", Type::int64(), Run::call, false, false, false,
       "how many rows it changed when it was run and rolled back, because a rule has `max_rows`; 0 before"}};
}

// How the agent stands, for every family: the builder is in call.h, in this order.
Facts common_call() {
  return {
      {"session.actions", Type::int64(), Run::call, false, false, false,
       "how many actions the agent had judged before this one, in this stint of work: over all its "
       "connections and endpoints, until it pauses for `session_idle`"},
      {"session.denied", Type::int64(), Run::call, false, false, false, "how many of them were denied"},
      {"session.destructive", Type::int64(), Run::call, false, false, false,
       "how many of them were destructive, and allowed"},
      {"session.labels", texts(), Run::call, false, false, false,
       "labels that rules set on the agent in this stint of work: `untrusted-input`"},
      {"agent.owner", Type::string(), Run::call, false, false, false,
       "the person the agent acts for, as the configuration says; empty when nobody is named"},
      {"session.anomalies", texts(), Run::call, false, false, false,
       "kinds of anomalies found in what the agent did in the last hour: `new_object`, `rate`, `denials`"},
  };
}

Facts http_own() {
  return {
      {"http.method", Type::string(), Run::own, folded, false, unparsable,
       "the method: `get`, `post`; unknown when the request asks for another one beside it"},
      {"http.host", Type::string(), Run::own, folded, false, false,
       "the host that was asked, without a port"},
      {"http.path", Type::string(), Run::own, false, false, unparsable,
       "the canonical, decoded path, without the query"},
      {"http.query", text_lists(), Run::own, false, false, unparsable,
       "query parameters, each a list of values"},
      {"http.headers", text_lists(), Run::own, false, false, false,
       "headers, each a list of values; names are found in any spelling"},
      {"http.body", Type::string(), Run::own, false, truncatable, unparsable, "the decoded body"},
      {"http.body_json", Type::dyn(), Run::own, false, truncatable, unparsable,
       "the body as JSON; an empty object when it is none"},
      {"http.scheme", Type::string(), Run::own, folded, false, false, "`https` or `http`"},
      {"http.path_segments", texts(), Run::own, false, false, unparsable,
       "the path divided at its slashes first and decoded then: `a%2Fb` is one segment"},
      {"http.content_type", Type::string(), Run::own, folded, false, unparsable,
       "the body's media type without parameters; empty when none is said"},
      {"http.form", text_lists(), Run::own, false, truncatable, unparsable,
       "fields of a form, each a list of values; empty when the body is no form"},
      {"http.cookies", text_lists(), Run::own, false, false, false, "cookies, each a list of values"},
      {"http.override", Type::string(), Run::own, folded, truncatable, unparsable,
       "the method that an override header or `_method` asks for; empty when none does"},
      {"http.grpc_service", Type::string(), Run::own, false, false, unparsable,
       "of a gRPC call: `package.Service`; empty when it is none"},
      {"http.grpc_method", Type::string(), Run::own, false, false, unparsable, "of a gRPC call: its method"},
  };
}

// What a request carries that has a language of its own. A batch has one part for each of its operations;
// the messages of a WebSocket are actions after the one that opened it, and have its http facts.
Facts http_inner_own() {
  return {
      {"http.graphql.operation", Type::string(), Run::own, folded, truncatable, unparsable,
       "`query`, `mutation` or `subscription`; empty when the request is not GraphQL"},
      {"http.graphql.name", Type::string(), Run::own, false, truncatable, unparsable,
       "the operation's name; empty when it has none"},
      {"http.graphql.fields", texts(), Run::own, false, truncatable, unparsable,
       "the fields it selects at the top, through fragments, without aliases"},
      {"ws.direction", Type::string(), Run::own, folded, false, false,
       "who sent the WebSocket message: `client` or `upstream`; absent for requests"},
      {"ws.opcode", Type::string(), Run::own, folded, false, false,
       "`text`, `binary`, `close`, `ping` or `pong`"},
      {"ws.text", Type::string(), Run::own, false, truncatable, unparsable, "the message's text"},
      {"ws.json", Type::dyn(), Run::own, false, truncatable, unparsable,
       "the message as JSON; an empty object when it is none"},
  };
}

// All of the target is unknown when the path, or the query, is not understood.
Facts k8s_own() {
  return {
      {"k8s.verb", Type::string(), Run::own, folded, false, unparsable,
       "`get`, `list`, `create`, `deletecollection`, …; `create` for exec, attach and port-forward"},
      {"k8s.resource", Type::string(), Run::own, false, false, unparsable, "`pods`, or `pods/exec`"},
      {"k8s.namespace", Type::string(), Run::own, false, false, unparsable,
       "empty for cluster-wide resources"},
      {"k8s.name", Type::string(), Run::own, false, false, unparsable,
       "the object's name; empty for collections"},
      {"k8s.params", Type::map(Type::string(), Type::string()), Run::own, false, false, unparsable,
       "query parameters, the first value of each"},
      {"k8s.param_values", text_lists(), Run::own, false, false, unparsable,
       "query parameters, each a list of values"},
      {"k8s.api_group", Type::string(), Run::own, false, false, unparsable, "`apps`; empty for the core"},
      {"k8s.api_version", Type::string(), Run::own, false, false, unparsable, "`v1`"},
      {"k8s.non_resource_path", Type::string(), Run::own, false, false, unparsable,
       "`/healthz`: a path that is no resource's; empty for resources"},
      {"k8s.proxy_path", Type::string(), Run::own, false, false, unparsable,
       "what a proxy of the API passes on: path and query; empty otherwise"},
      {"k8s.impersonate_user", Type::string(), Run::own, false, false, unparsable,
       "the user it asks to act as; empty for none"},
      {"k8s.impersonate_groups", texts(), Run::own, false, false, unparsable, "and the groups"},
      {"k8s.dry_run", Type::boolean(), Run::own, false, truncatable, unparsable,
       "it changes nothing: every part says `dryRun=All` and nothing else"},
      {"k8s.field_manager", Type::string(), Run::own, false, false, unparsable,
       "who owns the fields it sets; empty when it does not say"},
  };
}

Facts k8s_inner_own() {
  return {
      {"k8s.exec.command", texts(), Run::own, false, false, unparsable,
       "the whole command of an exec; empty for other requests"},
      {"k8s.exec.container", Type::string(), Run::own, false, false, unparsable,
       "the container it runs in; empty for the first"},
      {"k8s.exec.tty", Type::boolean(), Run::own, false, false, unparsable, "with a terminal"},
      {"k8s.exec.takes_stdin", Type::boolean(), Run::own, false, false, unparsable, "it is given input"},
      {"k8s.exec.stdin", Type::string(), Run::own, false, truncatable, unparsable,
       "what is piped in, taken in before it runs; unknown where it cannot be"},
      {"k8s.object", Type::dyn(), Run::own, false, truncatable, unparsable,
       "the object or patch in the body, JSON or YAML; an empty object when there is none"},
  };
}

Facts ssh_own() {
  return {
      {"ssh.verb", Type::string(), Run::own, folded, false, false,
       "`exec`, `shell`, `pty`, `subsystem` or `forward`"},
      {"ssh.command", Type::string(), Run::own, false, false, false, "the command of an exec"},
      {"ssh.subsystem", Type::string(), Run::own, false, false, false, "the subsystem: `sftp`"},
      {"ssh.forward_host", Type::string(), Run::own, false, false, false, "where a forward leads"},
      {"ssh.forward_port", Type::int64(), Run::own, false, false, false, "and to which port"},
      {"ssh.user", Type::string(), Run::own, false, false, false, "the user on the remote host"},
      {"ssh.stdin", Type::string(), Run::own, false, truncatable, false,
       "what was piped in before it started"},
  };
}

Facts tool_own() {
  return {
      {"tool.name", Type::string(), Run::own, false, false, false,
       "the tool that is called: `postgres.query`"},
      {"tool.args", Type::dyn(), Run::own, false, truncatable, false,
       "its arguments as JSON, with what was left out filled in: `tool.args.endpoint`"},
      {"tool.argv", texts(), Run::own, false, truncatable, unparsable,
       "the words of a tool that runs a command; empty for others"},
      {"tool.program", Type::string(), Run::own, false, truncatable, unparsable,
       "the program of `tool.argv`, without its folder, behind what only starts it: `git` of `nohup git "
       "push`"},
      {"tool.effects", texts(), Run::own, false, truncatable, unparsable,
       "what `tool.argv` does as far as words tell: `read`, `work`, `change`, `destroy`, `secret`, `system`, "
       "`run`, `unknown`"},
      {"tool.command", Type::string(), Run::own, false, truncatable, false,
       "the command as a line; for tools that run none, the arguments as text, each on lines of its own"},
      {"tool.reasoning", Type::string(), Run::own, false, false, false,
       "why the agent wants it, in its own words: a claim and no fact; empty when it says nothing"},
  };
}

Facts mcp_own() {
  return {
      {"mcp.method", Type::string(), Run::own, false, false, false,
       "what the MCP server is asked: `tools/call`, `resources/read`, `prompts/get`"},
      {"mcp.server", Type::string(), Run::own, false, false, false,
       "which server, by its endpoint's bare name: `linear`"},
      {"mcp.tool", Type::string(), Run::own, false, false, false,
       "the tool as the server calls it, without our prefix: `create_issue`; empty for other methods"},
      {"mcp.args", Type::dyn(), Run::own, false, truncatable, false,
       "the arguments as JSON, of a tool or a prompt; an empty object when there are none"},
      {"mcp.resource", Type::string(), Run::own, false, truncatable, false,
       "the URI that is read; empty for other methods"},
      {"mcp.prompt", Type::string(), Run::own, false, false, false,
       "the prompt that is got; empty for other methods"},
      {"mcp.text", Type::string(), Run::own, false, truncatable, false,
       "the arguments, or the URI, as text, each on lines of its own: `patterns` look here"},
      {"mcp.values", texts(), Run::own, false, truncatable, false,
       "each text among the arguments, at any depth, without its name"},
      {"mcp.reads_only", Type::boolean(), Run::own, false, false, false,
       "it only reads, by the operator's word (`reads_only` of the endpoint) or by its method's"},
      {"mcp.claims", texts(), Run::own, false, false, false,
       "what the server says of the tool: `read_only`, `destructive`, `idempotent`, `closed_world`; its "
       "claims, as they were accepted, and no facts"},
      {"mcp.reasoning", Type::string(), Run::own, false, false, false,
       "why the agent wants it, in its own words: a claim and no fact; empty when it says nothing"},
  };
}

struct Schema {
  explicit Schema(std::initializer_list<Facts> tables)
      : facts(joined(tables)), environment(variables(facts)) {
    for (const Fact& fact : facts) {
      ++(fact.run == Run::own ? runs.own : fact.run == Run::context ? runs.context : runs.call);
    }
  }

  static Facts joined(std::initializer_list<Facts> tables) {
    Facts all;
    for (const Facts& table : tables) all.insert(all.end(), table.begin(), table.end());
    const auto in_order = [](const Fact& a, const Fact& b) { return a.run < b.run; };
    CLAW_CHECK(std::is_sorted(all.begin(), all.end(), in_order));
    return all;
  }

  static std::vector<cel::Variable> variables(const Facts& facts) {
    std::vector<cel::Variable> declared;
    for (const Fact& fact : facts) declared.push_back({std::string(fact.name), fact.type, fact.folded});
    return declared;
  }

  Facts facts;
  cel::Environment environment;
  Runs runs{};
};

const Schema& of(Family family) {
  static const Schema sql({common_own(), sql_own(), common_context(), sql_context(), sql_call(),
                           common_call()});
  static const Schema http({common_own(), http_own(), http_inner_own(), common_context(), common_call()});
  static const Schema k8s({common_own(), http_own(), http_inner_own(), k8s_own(), k8s_inner_own(),
                           common_context(), common_call()});
  static const Schema ssh({common_own(), ssh_own(), common_context(), common_call()});
  static const Schema tool({common_own(), tool_own(), common_context(), common_call()});
  static const Schema mcp({common_own(), mcp_own(), common_context(), common_call()});
  switch (family) {
    case Family::sql: return sql;
    case Family::http: return http;
    case Family::k8s: return k8s;
    case Family::ssh: return ssh;
    case Family::tool: return tool;
    case Family::mcp: return mcp;
  }
  check_failed("every family has a schema", __FILE__, __LINE__);
}

}  // namespace

std::string_view name_of(Family family) {
  switch (family) {
    case Family::sql: return "sql";
    case Family::http: return "http";
    case Family::k8s: return "k8s";
    case Family::ssh: return "ssh";
    case Family::tool: return "tool";
    case Family::mcp: return "mcp";
  }
  check_failed("every family has a name", __FILE__, __LINE__);
}

std::optional<Family> family_named(std::string_view name) {
  for (const Family family : families) {
    if (name_of(family) == name) return family;
  }
  return std::nullopt;
}

std::span<const Fact> schema(Family family) { return of(family).facts; }
const cel::Environment& environment(Family family) { return of(family).environment; }
std::optional<std::uint32_t> slot_of(Family family, std::string_view fact) {
  return environment(family).find(fact);
}
Runs runs(Family family) { return of(family).runs; }
bool is_standing(Family family, std::uint32_t slot) {
  return slot >= of(family).facts.size() - common_call().size();
}

}  // namespace claw::action
