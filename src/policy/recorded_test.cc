#include "policy/recorded.h"

#include <gtest/gtest.h>

#include "policy/fixture.h"

namespace claw::policy {

namespace {

json::Value record(std::string_view text) { return json::parse(text).value(); }

std::shared_ptr<const Ruleset> rules(action::Family family, std::string condition) {
  RuleSource source;
  source.name = "x";
  source.condition = std::move(condition);
  return compile_rules(family, {source}).rules;
}

constexpr std::string_view of_sql =
    R"({"kind":"judged","agent":"a","profile":"p","endpoint":"postgres.prod","credential":"db",)"
    R"("family":"sql",)"
    R"("verb":"delete","text":"delete from orders where id = $1","tables":["orders"],"database":"shop",)"
    R"("parameters":["7"],"rows_counted":4212,"verdict":"deny","rule":"no"})";

}  // namespace

TEST(recorded, a_statement_is_a_fixture_that_parses) {
  const auto text = fixture_of(record(of_sql));
  ASSERT_TRUE(text.ok()) << text.error().text();
  const auto fixture = parse_fixture(*text);
  ASSERT_TRUE(fixture.ok()) << fixture.error().text();
  EXPECT_EQ(fixture->statement, "delete from orders where id = $1");
  EXPECT_EQ(fixture->endpoint, "postgres.prod");
  EXPECT_EQ(fixture->sql.database, "shop");
  ASSERT_EQ(fixture->parameters.size(), 1U);
  EXPECT_EQ(fixture->rows_counted, 4212);
}

TEST(recorded, a_request_is_a_fixture_that_parses) {
  const auto text =
      fixture_of(record(R"({"kind":"judged","endpoint":"https.x","family":"http","method":"post",)"
                        R"("host":"x.example","path":"/a?b=1&b=2","verdict":"allow"})"));
  ASSERT_TRUE(text.ok());
  EXPECT_TRUE(parse_fixture(*text).ok()) << parse_fixture(*text).error().text();
}

TEST(recorded, a_kubernetes_call_is_a_fixture_that_parses) {
  const auto text =
      fixture_of(record(R"({"kind":"judged","endpoint":"kubernetes.x","family":"k8s","verb":"get",)"
                        R"("resource":"pods","namespace":"shop","name":"a","verdict":"allow"})"));
  ASSERT_TRUE(text.ok());
  EXPECT_TRUE(parse_fixture(*text).ok()) << parse_fixture(*text).error().text();
}

TEST(recorded, what_cannot_be_told_again_says_so) {
  EXPECT_FALSE(fixture_of(record(R"({"kind":"session"})")).ok());
}

TEST(recorded, rules_that_read_what_is_not_kept_cannot_be_asked_again) {
  const json::Value request = record(R"({"family":"http","method":"post","path":"/a","verdict":"allow"})");
  EXPECT_TRUE(is_whole(request, *rules(action::Family::http, "http.method == 'post'")));
  EXPECT_FALSE(is_whole(request, *rules(action::Family::http, "'x' in http.headers")));
  const auto by_value = rules(action::Family::sql, "sql.parameters.size() > 0");
  EXPECT_TRUE(is_whole(record(of_sql), *by_value));
  EXPECT_FALSE(is_whole(record(R"({"family":"sql","text":"x","parameters":[{"bytes":3}]})"), *by_value));
  EXPECT_FALSE(is_whole(record(R"({"family":"sql","text":"x","truncated":true})"),
                        *rules(action::Family::sql, "sql.verb == 'drop'")));
}

TEST(recorded, a_draft_quotes_what_came_from_outside) {
  const auto draft = draft_rule(
      record(R"({"family":"http","method":"get","path":"/${x}\"/a","endpoint":"https.x","verdict":"deny"})"),
      "deny");
  ASSERT_TRUE(draft.ok());
  EXPECT_NE(draft->hcl.find("$${x}"), std::string::npos) << draft->hcl;
  EXPECT_NE(draft->hcl.find("verdict   = \"deny\""), std::string::npos) << draft->hcl;
  const auto asks = draft_rule(record(of_sql), "approve");
  EXPECT_NE(asks->yaml.find("builtin.dashboard"), std::string::npos);
}

}  // namespace claw::policy
