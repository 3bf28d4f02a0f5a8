// judge.h and simulation.h.
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/targets.h"
#include "trial/judge.h"
#include "trial/simulation.h"

namespace claw::trial {

namespace {

constexpr std::string_view endpoints = R"(
schema_version = 2
credential "postgres_credential" "db" {
  endpoint = postgres.prod
  user     = "app"
  database = "shop"
}
endpoint "postgres" "prod" {
  host   = "db.test:5432"
  listen = "127.0.0.1:5499"
}
endpoint "https" "api" {
  hosts = ["api.test"]
}
endpoint "kubernetes" "k" {
  server = "https://kube.test"
}
profile "p" {
  credentials = [postgres_credential.db]
}
)";

std::shared_ptr<const config::Snapshot> policy(std::string_view rules) {
  auto loaded = config::load_texts({{"policy.hcl", std::string(endpoints) + std::string(rules)}}, {});
  EXPECT_NE(loaded.snapshot, nullptr) << loaded.report();
  return loaded.snapshot;
}

json::Value record(std::string_view text) { return json::parse(text).value(); }

json::Value sql(std::string_view text, std::string_view more = R"("verdict":"allow","rule":"reads")") {
  std::string json =
      R"({"kind":"judged","action":"a","agent":"bot","profile":"p","endpoint":"postgres.prod",)"
      R"("credential":"db","family":"sql","database":"shop","user":"app",)"
                     R"("search_path":["public"],"text":)";
  json::append_string(json, text);
  return record(json + "," + std::string(more) + "}");
}
json::Value http(std::string_view method, std::string_view path,
                 std::string_view more = R"("verdict":"allow")") {
  std::string json =
      R"({"kind":"judged","agent":"bot","endpoint":"https.api","family":"http","host":"api.test",)"
      R"("text":"x","method":)";
  json::append_string(json, method);
  json += ",\"path\":";
  json::append_string(json, path);
  return record(json + "," + std::string(more) + "}");
}
json::Value k8s(std::string_view verb, std::string_view resource, std::string_view path,
                std::string_view method = "GET") {
  return record(
      R"({"kind":"judged","agent":"bot","endpoint":"kubernetes.k","family":"k8s","host":"kube.test",)"
      R"("text":"x","verdict":"allow","verb":")" +
      std::string(verb) + R"(","resource":")" + std::string(resource) +
      R"(","namespace":"shop","name":"web","method":")" + std::string(method) + R"(","path":")" +
      std::string(path) + "\"}");
}

constexpr std::string_view rules = R"HCL(
rule "reads" {
  endpoint  = postgres.prod
  condition = "sql.verb == 'select' && sql.tables.all(t, t in ['users', 'orders'])"
  verdict   = "allow"
}
rule "no-drop" {
  endpoint  = postgres.prod
  condition = "sql.verb == 'drop'"
  verdict   = "deny"
}
rule "values" {
  endpoint  = postgres.prod
  condition = "sql.verb == 'delete' && size(sql.parameters) > 0"
  approve   = [builtin.dashboard]
}
rule "api-reads" {
  endpoint  = https.api
  condition = "http.method == 'get' && http.path.startsWith('/v1/a b') && !('x' in http.query)"
  verdict   = "allow"
}
rule "exec" {
  endpoint  = kubernetes.k
  condition = "k8s.resource == 'pods/exec' && k8s.exec.command == ['ls', '-l']"
  verdict   = "allow"
}
rule "pods" {
  endpoint  = kubernetes.k
  condition = <<-CEL
    k8s.resource == 'pods' && k8s.verb in ['get', 'list'] && k8s.api_version == 'v1' &&
    !('watch' in k8s.params)
  CEL
  verdict   = "allow"
}
rule "objects" {
  endpoint  = kubernetes.k
  condition = "k8s.verb == 'create' && has(k8s.object.kind) && k8s.object.kind == 'ConfigMap'"
  verdict   = "allow"
}
)HCL";

std::vector<json::Value> records() {
  return {
      sql("select * from users"),
      sql("select * from users where id = 41"),
      sql("select * from users where id = 42"),
      sql("select * from secrets"),
      sql("drop table users"),
      sql("delete from users where id = $1", R"("parameters":["1"],"verdict":"allow")"),
      sql("delete from users"),
      sql("insert into orders values (1); drop table orders"),
      http("GET", "/v1/a%20b/c?y=1&z=a+b"),
      http("GET", "/v1/a%20b/c?x=1"),
      http("POST", "/v1/a%20b"),
      k8s("create", "pods/exec", "/api/v1/namespaces/shop/pods/web/exec?command=ls&command=-l&stdout=true"),
      k8s("create", "pods/exec", "/api/v1/namespaces/shop/pods/web/exec?command=rm"),
      k8s("get", "pods", "/api/v1/namespaces/shop/pods/web"),
      k8s("list", "pods", "/api/v1/namespaces/shop/pods?watch=1")};
}

}  // namespace

// The oracle: the long way through the fixture's text, which `clawpatrol test` goes.
TEST(judge, says_what_the_records_own_fixture_gets) {
  const auto snapshot = policy(rules);
  const std::vector<policy::Target> targets = config::targets_of(*snapshot);
  Judge judge(snapshot);
  for (const json::Value& each : records()) {
    const auto fixture = policy::parse_fixture(policy::fixture_of(each).value());
    ASSERT_TRUE(fixture) << fixture.error().text();
    const auto staged = policy::stage(*fixture, targets);
    ASSERT_TRUE(staged) << staged.error().text();
    cel::Arena arena;
    const policy::Decision wanted = staged->target->rules->judge(staged->action, arena);
    const Said said = judge.judge(each);
    ASSERT_EQ(said.not_judged, "") << json::format(each);
    EXPECT_EQ(said.outcome, wanted.outcome) << json::format(each);
    EXPECT_EQ(said.rule, wanted.rule_name) << json::format(each);
  }
}

TEST(judge, decodes_what_rules_see_decoded) {
  Judge judge(policy(rules));
  EXPECT_EQ(judge.judge(http("GET", "/v1/a%20b/c?y=1")).rule, "api-reads");
  EXPECT_EQ(judge.judge(http("GET", "/v1/a%20b/c?%78=1")).rule, "");
  EXPECT_EQ(
      judge.judge(k8s("create", "pods/exec", "/api/v1/namespaces/shop/pods/web/exec?command=ls&command=-l"))
          .rule,
      "exec");
}

TEST(judge, says_what_it_cannot_tell) {
  Judge judge(policy(rules));
  const auto why = [&](const json::Value& each) { return judge.judge(each).not_judged; };
  EXPECT_EQ(why(sql("x", R"("not_understood":"no statement","verdict":"deny")")), "it was not understood");
  EXPECT_EQ(why(sql("select 1", R"("truncated":true,"verdict":"deny")")), "it was cut");
  EXPECT_EQ(why(sql("delete from users", R"("parameters":[{"bytes":3}],"verdict":"deny")")),
            "its values are hidden or cut");
  EXPECT_EQ(why(sql("select 1", R"("budget":"b","verdict":"deny")")), "a budget decided");
  EXPECT_EQ(why(sql("select 1", R"("break_glass":"g","verdict":"allow")")),
            "the glass was broken for its profile");
  EXPECT_EQ(why(http("GET", "/a%2Fb")), "its path is not decodable");
  EXPECT_EQ(why(http("GET", "/a%zz")), "its path is not decodable");
  EXPECT_EQ(why(http("GET", "/a?token=***")), "a rule reads `http.query`, which is not on record");
  EXPECT_EQ(why(k8s("create", "configmaps", "/api/v1/namespaces/shop/configmaps", "POST")),
            "a rule reads `k8s.object`, which is not on record");
  EXPECT_EQ(why(record(R"({"endpoint":"postgres.other","family":"sql","text":"select 1"})")),
            "the policy has no endpoint postgres.other");
  EXPECT_EQ(why(record(R"({"endpoint":"https.api","family":"http","verb":"text"})")),
            "it was a message of a WebSocket");
  EXPECT_EQ(why(record(R"({"endpoint":"https.api","family":"sql","text":"select 1"})")),
            "the endpoint is of another family now");
}

TEST(simulation, groups_what_changes_alike) {
  const auto candidate = policy(R"HCL(
rule "users-only" {
  endpoint  = postgres.prod
  condition = "sql.verb == 'select' && sql.tables.all(t, t == 'users')"
  verdict   = "allow"
}
)HCL");
  Simulation one(candidate);
  Simulation other(candidate);
  for (std::uint64_t seq = 100; seq > 0; --seq) {
    (seq % 2 == 0 ? one : other)
        .take(seq, sql(seq % 10 == 0 ? "select * from orders" : "select * from users"));
  }
  one.take(200, sql("drop table users", R"("verdict":"deny","rule":"no-drop")"));
  one.take(201, sql("delete from users",
                    R"("verdict":"allow","rule":"ask","asked":"2027-01-15T08:00:00.000000Z")"));
  one.take(202, sql("x", R"("not_understood":"x","verdict":"deny")"));
  one.merge(std::move(other));
  const Outcome outcome = one.finish();
  EXPECT_EQ(outcome.records, 103);
  EXPECT_EQ(outcome.judged, 102);
  EXPECT_EQ(outcome.changed, 11);
  EXPECT_EQ(outcome.not_judged, (std::map<std::string, std::int64_t>{{"it was not understood", 1}}));
  ASSERT_EQ(outcome.changes.size(), 2u);
  EXPECT_EQ(outcome.changes[0].count, 10);
  EXPECT_EQ(outcome.changes[0].was, policy::Outcome::allow);
  EXPECT_EQ(outcome.changes[0].would, policy::Outcome::deny);
  EXPECT_EQ(outcome.changes[0].rule_was, "reads");
  EXPECT_EQ(outcome.changes[0].rule_would, "");
  EXPECT_EQ(outcome.changes[0].first.seq, 10u) << "the earliest, whoever took it";
  EXPECT_EQ(outcome.changes[1].was, policy::Outcome::approve);
}

TEST(simulation, nothing_changes_by_the_policy_that_decided) {
  const auto snapshot = policy(rules);
  Judge judge(snapshot);
  Simulation again(snapshot);
  std::uint64_t seq = 0;
  for (json::Value each : records()) {
    const Said said = judge.judge(each);
    for (json::Member& member : *each.object()) {
      if (member.first == "verdict") {
        member.second = said.outcome == policy::Outcome::allow ? "allow" : "deny";
      }
    }
    if (said.outcome == policy::Outcome::approve) each.object()->emplace_back("asked", json::Value("now"));
    again.take(++seq, each);
  }
  EXPECT_EQ(again.finish().changed, 0);
}

}  // namespace claw::trial
