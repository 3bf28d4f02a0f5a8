// suggestion.h, conditions.h and kind.h: known proposals for what was seen.
#include "trial/suggestion.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "trial/conditions.h"
#include "trial/kind.h"

namespace claw::trial {

namespace {

json::Value record(std::string_view text) {
  auto parsed = json::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? std::move(*parsed) : json::Value();
}

json::Value sql(std::string_view text, std::string_view more = "") {
  std::string json =
      R"({"kind":"judged","action":"a","time":"2027-01-15T08:00:00.000000Z","agent":"bot",)"
      R"("endpoint":"postgres.prod","family":"sql","database":"shop","user":"app","observed":true,)"
      R"("verdict":"allow","summary":"s","text":)";
  json::append_string(json, text);
  return record(json + std::string(more) + "}");
}
json::Value http(std::string_view method, std::string_view path, std::string_view agent = "bot") {
  return record(
      R"({"kind":"judged","time":"2027-01-16T08:00:00.000000Z","agent":")" + std::string(agent) +
      R"(","endpoint":"https.api","family":"http","host":"api.test","observed":true,"verdict":"allow",)"
      R"("summary":"x","text":"x","verb":")" +
      lower(method) + R"(","method":")" + std::string(method) + R"(","path":")" + std::string(path) + "\"}");
}
json::Value k8s(std::string_view verb, std::string_view resource, std::string_view path,
                std::string_view method = "GET") {
  return record(
      R"({"kind":"judged","time":"2027-01-15T08:00:00.000000Z","agent":"bot","endpoint":"kubernetes.k",)"
      R"("family":"k8s","host":"k.test","observed":true,"verdict":"allow","summary":"x","text":"x",)"
      R"("verb":")" +
      std::string(verb) + R"(","resource":")" + std::string(resource) + R"(","namespace":"shop","method":")" +
      std::string(method) + R"(","path":")" + std::string(path) + "\"}");
}

json::Value mcp(std::string_view method, std::string_view member, std::string_view object,
                std::string_view more = "") {
  return record(
      R"({"kind":"judged","time":"2027-01-15T08:00:00.000000Z","agent":"bot","endpoint":"mcp.linear",)"
      R"("family":"mcp","observed":true,"verdict":"allow","summary":"x","mcp_server":"linear",)"
      R"("mcp_method":")" +
      std::string(method) + R"(",")" + std::string(member) + R"(":")" + std::string(object) +
      R"(","text":")" + std::string(method) + " " + std::string(object) + " {}\"" + std::string(more) + "}");
}

std::vector<json::Value> seen() {
  return {sql("select * from users where id = 1"),
          sql("select u.* from users u join shop.orders o on true"),
          sql("select count(*) from users"),
          sql("delete from orders where id = 3"),
          sql("delete from orders"),
          sql("drop table users"),
          sql("begin; insert into orders values (1); commit"),
          sql("select * from secrets", R"(,"shadows":[{"rule":"no-secrets","outcome":"deny"}])"),
          sql("selec", R"(,"not_understood":"syntax")"),
          http("GET", "/repos/acme/shop/issues/17", "zed"),
          http("GET", "/repos/acme/shop/issues/18"),
          http("GET", "/repos/acme/shop/issues/18/comments"),
          http("GET", "/user"),
          http("GET", "/rate_limit"),
          http("POST", "/repos/acme/shop/issues"),
          http("DELETE", "/repos/acme/shop/issues/17"),
          http("GET", "/a+b(c)$/3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
          k8s("get", "", "/version?timeout=5s"),
          k8s("get", "", "/api"),
          k8s("get", "pods", "/api/v1/namespaces/shop/pods/web"),
          k8s("list", "pods", "/api/v1/namespaces/shop/pods"),
          k8s("delete", "pods", "/api/v1/namespaces/shop/pods/web", "DELETE"),
          k8s("create", "pods/exec", "/api/v1/namespaces/shop/pods/web/exec?command=ls"),
          k8s("get", "secrets", "/api/v1/namespaces/shop/secrets/db"),
          mcp("tools/call", "mcp_tool", "get_issue", R"(,"reads_only":true)"),
          mcp("tools/call", "mcp_tool", "list_issues", R"(,"reads_only":true)"),
          mcp("tools/call", "mcp_tool", "create_issue"),
          mcp("tools/call", "mcp_tool", "delete_issue", R"(,"destructive":true)"),
          mcp("resources/read", "mcp_resource", "issue://team/1234"),
          mcp("resources/read", "mcp_resource", "issue://team/list"),
          mcp("resources/read", "mcp_resource", "issue://*"),
          mcp("prompts/get", "mcp_prompt", "triage")};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST(suggestion, allows_what_was_seen_and_asks_about_what_destroys) {
  for (const Language language : {Language::hcl, Language::yaml}) {
    Suggestion suggestion;
    for (const json::Value& each : seen()) suggestion.collect(each);
    const auto text = suggestion.write(language);
    ASSERT_TRUE(text) << text.error().text();
    for (const json::Value& each : seen()) {
      const Status checked = suggestion.check(each);
      EXPECT_TRUE(checked) << checked.error().text() << "\n" << json::format(each) << "\n" << *text;
    }
    EXPECT_FALSE(suggestion.check(sql("select * from payments"))) << "no rule lets through what was not seen";
  }
}

TEST(suggestion, says_it_in_rules_with_their_evidence) {
  Suggestion suggestion;
  for (const json::Value& each : seen()) suggestion.collect(each);
  const std::string text = suggestion.write(Language::hcl).value();
  const auto line = [](std::string_view condition) { return "  condition = " + policy::hcl_text(condition); };
  EXPECT_TRUE(has(text, "rule \"postgres-prod-select\" {\n  endpoint  = postgres.prod\n"
                        "  condition = \"sql.verb == \\\"select\\\" && sql.tables.all(t, t in [")) << text;
  EXPECT_TRUE(has(text, line("sql.verb == \"drop\"").substr(0, 20)));
  EXPECT_TRUE(
      has(text, "rule \"postgres-prod-ask-drop\" {\n  endpoint  = postgres.prod\n  priority  = 100\n"))
      << text;
  EXPECT_TRUE(has(text, line("http.method == \"get\" && (http.path in [\"/rate_limit\", \"/user\"] || "
                             "http.path.matches(\"^/a\\\\+b\\\\(c\\\\)\\\\$/[^/]+$\") || "
                             "http.path.matches(\"^/repos/acme/shop/issues/[^/]+$\") || "
                             "http.path.matches(\"^/repos/acme/shop/issues/[^/]+/comments$\"))"))) << text;
  EXPECT_TRUE(has(
      text, line("k8s.verb in [\"get\", \"list\"] && k8s.resource == \"pods\" && k8s.api_group == \"\" && "
                 "k8s.namespace == \"shop\"")))
      << text;
  EXPECT_TRUE(has(text, line("k8s.verb == \"get\" && k8s.non_resource_path in [\"/api\", \"/version\"]")))
      << text;
  for (const std::string_view condition :
       {"mcp.method == \"tools/call\" && mcp.tool in [\"get_issue\", \"list_issues\"]",
        "mcp.method == \"tools/call\" && mcp.tool == \"create_issue\"",
        "action.destructive && mcp.method == \"tools/call\" && mcp.tool == \"delete_issue\"",
        "mcp.method == \"resources/read\" && (mcp.resource == \"issue://team/list\" || "
        "mcp.resource.matches(\"^issue://team/[^/]+$\"))",
        "mcp.method == \"prompts/get\" && mcp.prompt == \"triage\""}) {
    EXPECT_TRUE(has(text, line(condition))) << condition << "\n" << text;
  }
  EXPECT_TRUE(has(text, "rule \"mcp-linear-ask-tools-call\" {")) << text;
  EXPECT_TRUE(has(text, "# 6 times by bot, zed, 2027-01-16 to 2027-01-16; first: x\n")) << text;
  EXPECT_TRUE(has(text, "# Asked about, because it is a way in\n")) << text;
  EXPECT_TRUE(has(text, "#   once: postgres.prod select secrets: the rule no-secrets would refuse it\n"))
      << text;
  EXPECT_TRUE(has(text, "#   once: it was not understood, or not all of it is on record\n")) << text;
}

TEST(suggestion, a_fixture_for_each_rule_is_as_the_proposal_says) {
  Suggestion suggestion;
  for (const json::Value& each : seen()) suggestion.collect(each);
  ASSERT_TRUE(suggestion.write(Language::hcl));
  const auto fixtures = suggestion.fixtures();
  EXPECT_GT(fixtures.size(), 8u);
  for (const auto& [name, text] : fixtures) {
    const auto parsed = policy::parse_fixture(text);
    ASSERT_TRUE(parsed) << parsed.error().text() << text;
    EXPECT_EQ(name, parsed->rule + ".json");
  }
}

TEST(suggestion, text_of_agents_cannot_leave_a_comment_or_a_string) {
  Suggestion suggestion;
  json::Value nasty = http("GET", "/x\\\"}${1}\\nrule");
  for (json::Member& member : *nasty.object()) {
    if (member.first == "summary" || member.first == "agent") {
      member.second = json::Value("a\nrule \"all\" {\n}\r\xe2\x80\xa8");
    }
  }
  suggestion.collect(nasty);
  for (const Language language : {Language::hcl, Language::yaml}) {
    const auto text = suggestion.write(language);
    ASSERT_TRUE(text) << text.error().text();
    EXPECT_FALSE(has(*text, "\nrule \"all\""));
    EXPECT_TRUE(suggestion.check(nasty));
  }
}

TEST(suggestion, ids_are_left_out_of_paths_and_words_are_not) {
  EXPECT_EQ(path_pattern("/repos/acme/shop/issues/17"), "/repos/acme/shop/issues/*");
  EXPECT_EQ(path_pattern("/v1/items/3f2504e0-4f89-41d3-9a0c-0305e82c3301/x"), "/v1/items/*/x");
  EXPECT_EQ(path_pattern("/commits/9fceb02d0ae598e95dc970b74767f19372d61af8"), "/commits/*");
  EXPECT_EQ(path_pattern("/v1beta1/decade/face"), "/v1beta1/decade/face");
  EXPECT_EQ(path_pattern("/"), "/");
  EXPECT_EQ(path_pattern(""), "/");
}

}  // namespace claw::trial
