#include "policy/fixture.h"

#include <gtest/gtest.h>

namespace claw::policy {
namespace {

// Reads `verb table`, one statement per `;`. The real grammar is tried in sql/; here only the fixture is.
sql::Facts toy_reader(std::string_view text) {
  sql::Facts facts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t space = one.find(' ');
    if (space == std::string_view::npos) return facts.why = "syntax error", facts;
    sql::Statement& made = facts.statements.emplace_back();
    made.verb = one.substr(0, space);
    made.text = one;
    made.tables.push_back({"", "", std::string(one.substr(space + 1))});
    ++facts.top_level;
  }
  facts.understood = true;
  return facts;
}

RuleSource rule(std::string name, std::string condition, Outcome verdict) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  return source;
}

std::vector<Target> targets() {
  const auto compiled = [](action::Family family, std::vector<RuleSource> sources) {
    return compile_rules(family, std::move(sources)).rules;
  };
  return {
      {"https.github",
       action::Family::http,
       {"api.github.com", "*.github.com"},
       compiled(action::Family::http,
                {rule("writes", "http.method == 'DELETE'", Outcome::deny),
                 rule("mutations", "http.graphql.operation == 'MUTATION'", Outcome::deny),
                 rule("forms", "'secret' in http.form", Outcome::deny),
                 rule("plain", "http.scheme == 'HTTP'", Outcome::deny),
                 rule("chat", "has(ws.text) && ws.text.contains('rm')", Outcome::deny),
                 rule("rest", "", Outcome::allow)}),
       toy_reader},
      {"postgres.prod",
       action::Family::sql,
       {"db.example.com:5432"},
       compiled(action::Family::sql, {rule("users", "'users' in sql.tables", Outcome::deny),
                                      rule("reads", "sql.verb == 'select'", Outcome::allow)}),
       toy_reader},
      {"kubernetes.prod",
       action::Family::k8s,
       {"k8s.example.com"},
       compiled(action::Family::k8s, {rule("exec", "k8s.resource == 'pods/exec'", Outcome::deny),
                                      rule("rest", "", Outcome::allow)}),
       toy_reader},
      {"ssh.build",
       action::Family::ssh,
       {"build.example.com"},
       compiled(action::Family::ssh, {rule("stdin", "ssh.stdin.contains('rm -rf')", Outcome::deny),
                                      rule("rest", "", Outcome::allow)}),
       toy_reader},
  };
}

std::string played(std::string action, std::string match) {
  const std::vector<Target> all = targets();
  const Played result = play("f", R"({"action":)" + action + R"(,"match":)" + match + "}", all);
  if (!result.error.empty()) return result.error;
  return result.passed ? "ok" : result.got;
}

TEST(fixture, every_family_is_played) {
  EXPECT_EQ(played(R"({"host":"API.github.com:443","http":{"method":"DELETE","path":"/x"}})",
                   R"({"verdict":"deny","rule":"writes","reason":"any"})"), "ok");
  EXPECT_EQ(played(R"({"host":"db.example.com","sql":{"statement":"select orders","database":"shop"}})",
                   R"({"verdict":"allow","rule":"reads","endpoint":"postgres.prod"})"), "ok");
  EXPECT_EQ(
      played(
          R"({"host":"k8s.example.com","k8s":{"verb":"create","resource":"pods/exec","params":{"a":"b"}}})",
          R"({"verdict":"deny","rule":"exec"})"),
      "ok");
  EXPECT_EQ(
      played(R"({"host":"build.example.com","ssh":{"verb":"shell","stdin":"rm -rf /","forward_port":22}})",
             R"({"verdict":"deny","rule":"stdin"})"),
      "ok");
}

TEST(fixture, what_an_http_request_carries_is_read_as_on_the_wire) {
  const auto with = [](std::string http, std::string rule) {
    return played(R"({"host":"api.github.com","http":{)" + http + "}}",
                  R"({"verdict":"deny","rule":")" + rule + "\"}");
  };
  EXPECT_EQ(with(R"("method":"POST","body":"{\"query\":\"mutation{a}\"}")", "mutations"), "ok");
  EXPECT_EQ(with(R"("method":"POST","headers":{"Content-Type":["application/x-www-form-urlencoded"]},)"
                 R"("body":"secret=1")", "forms"), "ok");
  EXPECT_EQ(with(R"("method":"GET","scheme":"http")", "plain"), "ok");
  EXPECT_EQ(with(R"("method":"GET","websocket":{"direction":"client","text":"rm -rf"})", "chat"), "ok");
  EXPECT_EQ(with(R"("method":"GET","websocket":{"text":"rm -rf"})", "chat"),
            "action.http.websocket.direction is `client` or `upstream`");
  EXPECT_EQ(with(R"("method":"POST","query":{"_method":["delete"]})", "writes"), "ok")
      << "not understood, denied";
  EXPECT_EQ(played(R"({"host":"api.github.com","http":{"method":"GET","path":"/x"}})",
                   R"({"verdict":"allow","rule":"rest"})"), "ok");
}

TEST(fixture, a_kubernetes_call_says_what_a_live_one_would) {
  const auto verdict = [](std::string condition, std::string call) {
    const std::vector<Target> one{
        {"kubernetes.prod",
         action::Family::k8s,
         {"k8s.example.com"},
         compile_rules(action::Family::k8s, {rule("r", condition, Outcome::allow)}).rules,
         toy_reader}};
    const Played result = play("f", R"({"action":{"host":"k8s.example.com","k8s":)" + call +
                                        R"(},"match":{"verdict":"allow","rule":"r"}})", one);
    return result.error.empty() ? (result.passed ? "ok" : result.got) : result.error;
  };
  EXPECT_EQ(
      verdict("k8s.api_group == 'apps' && k8s.api_version == 'v1' && k8s.dry_run && k8s.field_manager == 'm'",
              R"({"verb":"patch","resource":"deployments","api_group":"apps","api_version":"v1",)"
              R"("dry_run":true,"field_manager":"m"})"),
      "ok");
  EXPECT_EQ(verdict("k8s.exec.command == ['rm', '-rf'] && k8s.exec.stdin == 'y' && k8s.exec.takes_stdin && "
                    "k8s.exec.container == 'app' && !k8s.exec.tty && k8s.params.command == 'rm'",
                    R"({"verb":"create","resource":"pods/exec","name":"web",)"
                    R"("exec":{"command":["rm","-rf"],"container":"app","stdin":"y"}})"), "ok");
  EXPECT_EQ(
      verdict(
          "k8s.impersonate_user == 'bob' && 'ops' in k8s.impersonate_groups && "
          "k8s.object.spec.replicas == 0 && k8s.param_values.a == ['b', 'c']",
          R"({"verb":"update","resource":"deployments","impersonate_user":"bob",)"
          R"("impersonate_groups":["ops"],"object":{"spec":{"replicas":0}},"param_values":{"a":["b","c"]}})"),
      "ok");
  EXPECT_EQ(verdict("k8s.non_resource_path == '/healthz' && k8s.resource == '' && k8s.proxy_path == ''",
                    R"({"verb":"get","non_resource_path":"/healthz"})"), "ok");
  EXPECT_EQ(verdict("k8s.exec.tty", R"({"verb":"create","exec":{"argv":["x"]}})"),
            "unknown key `argv` in action.k8s.exec");
}

TEST(fixture, a_whole_batch_is_judged) {
  EXPECT_EQ(played(R"({"host":"db.example.com","sql":{"statement":"select orders;drop orders"}})",
                   R"({"verdict":"allow","rule":"reads"})"), "deny rule=(none) endpoint=postgres.prod");
}

TEST(fixture, a_cut_action_can_be_said) {
  EXPECT_EQ(played(R"({"host":"db.example.com","truncated":true,"sql":{"statement":"select orders"}})",
                   R"({"verdict":"deny","rule":"users"})"), "ok");
  EXPECT_EQ(played(R"({"host":"build.example.com","truncated":true,"ssh":{"verb":"exec"}})",
                   R"({"verdict":"deny","rule":"stdin"})"), "ok");
}

TEST(fixture, claims_about_a_statement_must_be_so) {
  const auto with = [](std::string claims) {
    return played(R"({"host":"db.example.com","sql":{"statement":"select s","verb":"SELECT")" + claims + "}}",
                  R"({"verdict":"allow","rule":"reads"})");
  };
  EXPECT_EQ(with(""), "ok");
  EXPECT_EQ(with(R"(,"tables":["s"])"), "ok");
  EXPECT_EQ(with(R"(,"tables":["t"])"), "sql.tables are not those of the statement: t");
  EXPECT_EQ(with(R"(,"functions":["f"])"), "sql.functions are not those of the statement: ");
  EXPECT_EQ(
      played(R"({"host":"db.example.com","sql":{"statement":"nonsense","verb":"select","tables":["users"]}})",
             R"({"verdict":"deny","rule":"users"})"),
      "ok")
      << "what was not understood is taken as said";
  EXPECT_EQ(played(R"({"host":"db.example.com","sql":{"statement":"nonsense"}})",
                   R"({"verdict":"deny","rule":"users"})"),
            "ok")
      << "and without claims is unknown";
}

TEST(fixture, the_endpoint_must_be_one) {
  EXPECT_EQ(played(R"({"host":"x","http":{}})", R"({"verdict":"allow"})"), "no endpoint has the host `x`");
  EXPECT_EQ(played(R"({"host":"foo.github.com","http":{}})", R"({"verdict":"allow"})"),
            "no endpoint has the host `foo.github.com`") << "wildcards are not expanded";
  EXPECT_EQ(played(R"({"http":{}})", R"({"verdict":"allow","endpoint":"https.gitlab"})"),
            "no endpoint `https.gitlab`");
  EXPECT_EQ(played(R"({"host":"x","http":{}})", R"({"verdict":"allow","endpoint":"ssh.build"})"),
            "ssh.build is an endpoint of family ssh, and the action is http");
  EXPECT_EQ(played(R"({"host":"api.github.com","http":{}})", R"({"verdict":"passthrough"})"),
            "passthrough cannot be replayed: no rule is asked");
}

TEST(fixture, what_it_does_not_know_is_an_error) {
  const auto error = [](std::string_view text) {
    const auto parsed = parse_fixture(text);
    return parsed ? "none" : parsed.error().what;
  };
  EXPECT_EQ(error(R"({"action":{"host":"x"},"match":{"verdict":"allow"}})"),
            "action needs exactly one of http/k8s/sql/ssh/tool/mcp");
  EXPECT_EQ(error(R"({"action":{"http":{},"sql":{"statement":"x"}},"match":{"verdict":"allow"}})"),
            "action needs exactly one of http/k8s/sql/ssh/tool/mcp");
  EXPECT_EQ(error(R"({"action":{"http":{"methud":"x"}},"match":{"verdict":"allow"}})"),
            "unknown key `methud` in action.http, did you mean `method`");
  EXPECT_EQ(error(R"({"action":{"http":{"body":"a","body_b64":"YQ=="}},"match":{"verdict":"allow"}})"),
            "body and body_b64 are mutually exclusive");
  EXPECT_EQ(error(R"({"action":{"sql":{"statement":7}},"match":{"verdict":"allow"}})"),
            "action.sql.statement is not a text");
  EXPECT_EQ(error(R"({"action":{"http":{}}})"), "match is required");
  EXPECT_EQ(error("[]"), "the fixture is not an object");
  EXPECT_NE(error(R"({"action":{"http":{}},"match":{"verdict":"maybe"}})").find("match.verdict"),
            std::string::npos);
}

TEST(fixture, the_report_counts_and_says_what_came_instead) {
  const std::vector<Target> all = targets();
  const FixtureFile good{"a.json", R"({"action":{"host":"api.github.com","http":{"method":"GET"}},
                                       "match":{"verdict":"allow","rule":"rest"}})"};
  const FixtureFile bad{"b.json", R"({"action":{"host":"api.github.com","http":{"method":"DELETE"}},
                                      "match":{"verdict":"allow"}})"};
  const FixtureFile files[] = {good, bad};
  const Report report = play_all(files, all);
  EXPECT_EQ(report.text, "ok   a.json\nFAIL b.json\n     want allow rule=(none)\n"
                         "     got  deny rule=writes endpoint=https.github\n1 of 2 as wanted\n");
  EXPECT_EQ(report.exit_code, 1);
  EXPECT_EQ(play_all(std::span(files, 1), all).exit_code, 0);
  EXPECT_EQ(play_all({}, all).exit_code, 2);
}

TEST(fixture, ports_do_not_matter) {
  EXPECT_EQ(host_of("db:5432"), "db");
  EXPECT_EQ(host_of("[::1]:5432"), "::1");
  EXPECT_EQ(host_of("::1"), "::1");
  EXPECT_EQ(host_of("db"), "db");
}

}  // namespace
}  // namespace claw::policy
