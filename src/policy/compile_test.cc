#include <gtest/gtest.h>

#include "policy/rule.h"
#include "policy/ruleset.h"

namespace claw::policy {
namespace {

RuleSource rule(std::string name, std::string condition, Outcome verdict = Outcome::deny) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  return source;
}

std::vector<Issue> issues(std::vector<RuleSource> sources) {
  return compile_rules(action::Family::sql, std::move(sources)).issues;
}

TEST(compile, every_error_is_told_with_its_place) {
  RuleSource bad = rule("bad", "sql.vreb == 'x'");
  bad.where = 7;
  const Compiled made = compile_rules(action::Family::sql, {bad, rule("worse", "sql.verb ==")});
  EXPECT_EQ(made.rules, nullptr);
  ASSERT_EQ(made.issues.size(), 2U);
  EXPECT_TRUE(made.issues[0].error);
  EXPECT_EQ(made.issues[0].where, 7U);
  EXPECT_EQ(made.issues[0].part, Issue::Part::condition);
  EXPECT_EQ(made.issues[0].offset, 0U);
  EXPECT_EQ(made.issues[0].suggestion, "sql.verb");
  EXPECT_EQ(made.issues[1].rule, "worse");
}

TEST(compile, a_condition_is_true_or_false) {
  EXPECT_TRUE(issues({rule("r", "sql.verb")}).at(0).error);
  EXPECT_TRUE(issues({rule("r", "sql.parameters[0]", Outcome::deny)}).empty())
      << "dyn is checked when it runs";
  EXPECT_TRUE(issues({rule("r", " \n ")}).empty()) << "blank is always true";
}

TEST(compile, facts_of_another_family_are_unknown_names) {
  EXPECT_TRUE(issues({rule("r", "http.method == 'get'")}).at(0).error);
  EXPECT_EQ(compile_rules(action::Family::k8s, {rule("r", "http.method == 'get' && k8s.verb == 'get'")})
                .issues.size(),
            0U);
}

TEST(compile, whoever_asks_must_say_whom) {
  EXPECT_TRUE(issues({rule("r", "", Outcome::approve)}).at(0).error);
  RuleSource both = rule("r", "", Outcome::allow);
  both.approvers = {"ops"};
  EXPECT_TRUE(issues({both}).at(0).error);
}

TEST(compile, warns_of_what_never_happens) {
  const auto text = [](std::vector<RuleSource> sources) {
    const std::vector<Issue> found = issues(std::move(sources));
    return found.size() == 1 && !found[0].error ? found[0].text : std::to_string(found.size()) + " issues";
  };
  EXPECT_EQ(text({rule("r", "1 == 2")}), "this is never true, so the rule can never match");
  EXPECT_EQ(text({rule("all", ""), rule("late", "sql.verb == 'x'")}),
            "never reached: rule `all` before it always decides");
  EXPECT_EQ(text({rule("r", "sql.verb.matches('DELETE')")}),
            "this fact is always lower case, and a pattern is compared as it is written");
  EXPECT_NE(text({rule("r", "'Users' in sql.tables")}).find("double quotes"), std::string::npos);
  RuleSource pinned = rule("pinned", "");
  pinned.profiles = {"a"};
  RuleSource other = rule("other", "");
  other.profiles = {"b"};
  EXPECT_EQ(text({pinned, other}), "0 issues");
  RuleSource shadow = rule("shadow", "");
  shadow.shadow = true;
  EXPECT_EQ(text({shadow, rule("after", "")}), "0 issues");
}

TEST(compile, text_compared_with_a_folded_fact_is_folded) {
  EXPECT_TRUE(issues({rule("r", "sql.verb == 'DELETE' || sql.verb in ['Drop']")}).empty());
}

}  // namespace
}  // namespace claw::policy
