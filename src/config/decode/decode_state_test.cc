#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

constexpr std::string_view start = R"(schema_version = 2
gateway { session_idle = "10m" }
endpoint "postgres" "p" {
  host   = "127.0.0.1:5432"
  listen = "127.0.0.1:0"
}
credential "postgres_credential" "c" { endpoint = postgres.p }
credential "bearer_token" "k" { endpoint = https.a }
endpoint "https" "a" { hosts = ["a.example.com"] }
profile "default" { credentials = [postgres_credential.c] }
agent "bot" {
  profile = profile.default
  owner   = "ann"
}
approver "llm_approver" "ai" {
  model      = "m"
  policy     = "reads are fine"
  credential = bearer_token.k
}
)";

LoadResult with(std::string_view more) { return load_text("a.hcl", std::string(start) + std::string(more)); }

std::string rule(std::string_view attributes) {
  return fmt::format("rule \"r\" {{\n  endpoint = postgres.p\n  {}\n}}\n", attributes);
}

const policy::RuleSource& only_rule(const LoadResult& loaded) {
  return loaded.snapshot->endpoint("postgres.p")->ruleset->rules().at(0).source;
}

TEST(decode_state, what_a_rule_says_reaches_whoever_obeys_it) {
  const LoadResult loaded =
      with(rule("approve = [builtin.dashboard, llm_approver.ai]\n  label = [\"wrote\", \"b\"]\n  "
                "break_glass = true\n  assurance = \"passkey\"\n  llm_may_allow = true"));
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const policy::RuleSource& source = only_rule(loaded);
  EXPECT_EQ(source.labels, (std::vector<std::string>{"wrote", "b"}));
  EXPECT_FALSE(source.marks);
  EXPECT_TRUE(source.break_glass);
  EXPECT_TRUE(source.needs_passkey);
  EXPECT_TRUE(source.llm_may_allow);
  EXPECT_EQ(loaded.snapshot->agents.at(0).owner, "ann");
  EXPECT_EQ(loaded.snapshot->settings.session_idle_us, 600'000'000);
  const std::string json = loaded.snapshot->to_json();
  for (const std::string_view part :
       {"\"label\":[\"wrote\",\"b\"]", "\"break_glass\":true", "\"owner\":\"ann\"",
        "\"assurance\":\"passkey\"", "\"llm_may_allow\":true"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part;
  }
}

TEST(decode_state, a_rule_with_nothing_but_labels_is_a_mark) {
  const LoadResult loaded = with(rule("label = \"seen\""));
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_TRUE(only_rule(loaded).marks);
  EXPECT_NE(loaded.snapshot->to_json().find("\"verdict\":\"mark\""), std::string::npos);
}

TEST(decode_state, budgets) {
  const LoadResult loaded = with(R"(budget "writes" {
  agents       = [agent.bot]
  profiles     = [default]
  per          = "day"
  rows_written = 1000
  destructive  = 0
  bytes_out    = "5MiB"
  approve      = [builtin.dashboard]
}
)" + rule("verdict = \"allow\""));
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const Budget& budget = loaded.snapshot->budgets.at(0);
  EXPECT_EQ(budget.agents, std::vector<std::string>{"bot"});
  EXPECT_EQ(budget.profiles, std::vector<std::string>{"default"});
  EXPECT_EQ(budget.per, Per::day);
  EXPECT_EQ(budget.limits.at("rows_written"), 1000);
  EXPECT_EQ(budget.limits.at("destructive"), 0);
  EXPECT_EQ(budget.limits.at("bytes_out"), 5 * 1024 * 1024);
  EXPECT_EQ(budget.limits.size(), 3U);
  EXPECT_EQ(budget.approvers, std::vector<std::string>{"dashboard"});
  EXPECT_NE(loaded.snapshot->to_json().find("\"per\":\"day\""), std::string::npos);
}

struct Mistake {
  std::string text;
  std::string_view says;
};

TEST(decode_state, what_would_not_do_what_it_says_is_refused) {
  const Mistake mistakes[] = {
      {rule("verdict = \"allow\"\n  preview = true"), "for rules that ask"},
      {rule("verdict = \"deny\"\n  max_rows = 5"), "`max_rows` is for a rule that lets something pass"},
      {rule("verdict = \"allow\"\n  max_rows = 0"), "must be from 1"},
      {rule("verdict = \"allow\"\n  assurance = \"passkey\""), "are for rules that ask"},
      {rule("verdict = \"allow\"\n  llm_may_allow = true"), "are for rules that ask"},
      {rule("approve = [builtin.dashboard]\n  assurance = \"password\""), "`assurance` cannot be `password`"},
      {rule("approve = [llm_approver.ai]"), "nobody could ever allow this"},
      {rule("approve = [builtin.dashboard]\n  llm_may_allow = true"), "no model is asked"},
      {rule("verdict = \"deny\"\n  label = [\"x\"]"), "sets no label"},
      {rule("verdict = \"allow\"\n  label = []"), "no label is named"},
      {rule("verdict = \"allow\"\n  label = [\"Not One\"]"), "is no label"},
      {rule("priority = 1"), "this rule decides nothing"},
      {"agent \"anonymous\" { profile = profile.default }\n", "is what agents without a token are called"},
      {"agent \"b\" {\n  profile = profile.default\n  owner = \"\"\n}\n", "nobody is named"},
      {"budget \"b\" { per = \"hour\" }\n", "limits nothing"},
      {"budget \"b\" { actions = 5 }\n", "`per` is missing"},
      {"budget \"b\" {\n  per = \"week\"\n  actions = 5\n}\n", "`per` cannot be `week`"},
      {"budget \"b\" {\n  per = \"hour\"\n  actions = -1\n}\n", "must be from 0"},
      {"budget \"b\" {\n  per = \"hour\"\n  rows = 1\n}\n", "unknown attribute `rows`"},
      {"budget \"b\" {\n  per = \"hour\"\n  actions = 1\n  agents = [nobody]\n}\n", "nobody"},
      {"budget \"b\" {\n  per = \"hour\"\n  actions = 1\n  agents = []\n}\n", "nobody is named"},
  };
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.text);
    EXPECT_FALSE(loaded.snapshot) << mistake.text;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.text << loaded.report();
  }
}

TEST(decode_state, a_model_alone_may_allow_where_the_rule_says_so) {
  EXPECT_TRUE(with(rule("approve = [llm_approver.ai]\n  llm_may_allow = true")).snapshot);
  const LoadResult old = load_text("a.hcl", std::string(start).replace(0, 18, "schema_version = 1") +
                                                rule("approve = [llm_approver.ai]"));
  EXPECT_TRUE(old.snapshot) << old.report();
  EXPECT_NE(old.report().find("nobody could ever allow this"), std::string::npos);
}

}  // namespace
}  // namespace claw::config
