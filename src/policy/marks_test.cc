// Rules that set labels, and rules that are there only while the glass is broken.
#include <gtest/gtest.h>

#include "action/sql.h"
#include "base/text.h"
#include "policy/fixture.h"
#include "policy/ruleset.h"

namespace claw::policy {
namespace {

RuleSource rule(std::string name, std::string condition, Outcome verdict,
                std::vector<std::string> labels = {}) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  source.labels = std::move(labels);
  if (verdict == Outcome::approve) source.approvers = {"ops"};
  return source;
}

RuleSource mark(std::string name, std::string condition, std::vector<std::string> labels) {
  RuleSource source = rule(std::move(name), std::move(condition), Outcome::deny, std::move(labels));
  source.marks = true;
  return source;
}

std::shared_ptr<const Ruleset> compiled(std::vector<RuleSource> sources, Settings settings = {}) {
  Compiled made = compile_rules(action::Family::sql, std::move(sources), settings);
  for (const Issue& issue : made.issues) ADD_FAILURE() << issue.rule << ": " << issue.text;
  return made.rules;
}

action::Action does(std::vector<std::string> verbs) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = verbs.size();
  for (std::string& verb : verbs) facts->statements.emplace_back().verb = std::move(verb);
  action::Action made;
  made.subject = action::make_sql_subject("…", facts);
  made.context = action::make_sql_context({{"bot", "ops", ""}, "postgres.prod", "rw", "s"}, {});
  return made;
}

// `allow reads +seen`
std::string said(const Ruleset& rules, const action::Action& action, const action::Standing& standing = {}) {
  cel::Arena arena;
  const Decision decision = rules.judge(action, arena, standing);
  std::string text = std::string(name_of(decision.outcome)) + " " + std::string(decision.rule_name);
  for (const std::string_view label : decision.labels) text += " +" + std::string(label);
  for (const Shadow& shadow : decision.shadows) text += " ~" + std::string(shadow.rule);
  return text;
}

TEST(marks, a_rule_that_decides_sets_its_labels) {
  const auto rules = compiled({rule("reads", "sql.verb == 'select'", Outcome::allow, {"seen"}),
                               rule("writes", "sql.verb == 'insert'", Outcome::approve, {"wrote"})});
  EXPECT_TRUE(rules->sets_labels());
  EXPECT_FALSE(rules->reads_standing());
  EXPECT_EQ(said(*rules, does({"select"})), "allow reads +seen");
  EXPECT_EQ(said(*rules, does({"insert"})), "approve writes +wrote");
  EXPECT_EQ(said(*rules, does({"select", "insert", "select"})), "approve writes +seen +wrote");
  EXPECT_EQ(said(*rules, does({"drop"})), "deny ");
}

TEST(marks, a_mark_is_asked_whatever_decides_and_wherever_it_stands) {
  const auto rules =
      compiled({rule("all", "", Outcome::allow), mark("last", "sql.verb == 'select'", {"seen"}),
                mark("always", "", {"here"})});
  EXPECT_EQ(said(*rules, does({"select"})), "allow all +seen +here");
  EXPECT_EQ(said(*rules, does({"insert"})), "allow all +here");
  const auto alone = compiled({mark("only", "", {"seen"})});
  EXPECT_EQ(said(*alone, does({"select"})), "deny ") << "a mark allows nothing";
  const auto lax = compiled({mark("only", "", {"seen"})}, {Outcome::allow, Mode::enforce});
  EXPECT_EQ(said(*lax, does({"select"})), "allow  +seen");
}

TEST(marks, a_mark_that_cannot_be_evaluated_refuses_under_its_name) {
  const auto rules =
      compiled({rule("all", "", Outcome::allow), mark("m", "sql.parameters[0] == '1'", {"seen"})});
  EXPECT_EQ(said(*rules, does({"select"})), "deny m");
  const auto denied = compiled({rule("no", "", Outcome::deny), mark("m", "sql.parameters[0] == '1'", {"x"})});
  EXPECT_EQ(said(*denied, does({"select"})), "deny no");
}

TEST(marks, shadows_and_endpoints_that_observe_set_none) {
  RuleSource shadow = mark("m", "", {"seen"});
  shadow.shadow = true;
  EXPECT_EQ(said(*compiled({rule("all", "", Outcome::allow), shadow}), does({"select"})), "allow all ~m");
  const auto observed = compiled({rule("all", "", Outcome::allow, {"a"}), mark("m", "", {"b"})},
                                 {Outcome::deny, Mode::observe});
  EXPECT_EQ(said(*observed, does({"select"})), "allow  ~all");
}

TEST(marks, rules_read_how_the_agent_stands) {
  const auto rules =
      compiled({rule("ask", "sql.verb != 'select' && 'untrusted-input' in session.labels", Outcome::approve),
                rule("tired", "session.denied >= 3 || session.destructive > 1 || session.actions > 100",
                     Outcome::deny),
                rule("hers", "agent.owner == 'ann'", Outcome::allow),
                rule("reads", "sql.verb == 'select'", Outcome::allow)});
  EXPECT_TRUE(rules->reads_standing());
  action::Standing standing;
  EXPECT_EQ(said(*rules, does({"insert"}), standing), "deny ");
  standing.owner = "ann";
  EXPECT_EQ(said(*rules, does({"insert"}), standing), "allow hers");
  standing.labels = {"seen", "untrusted-input"};
  EXPECT_EQ(said(*rules, does({"insert"}), standing), "approve ask");
  EXPECT_EQ(said(*rules, does({"select"}), standing), "allow hers");
  standing.denied = 3;
  EXPECT_EQ(said(*rules, does({"select"}), standing), "deny tired");
}

TEST(marks, rules_behind_the_glass_are_not_there_while_it_is_whole) {
  RuleSource drop = rule("emergency", "sql.verb == 'drop'", Outcome::allow, {"emergency"});
  RuleSource seen = mark("m", "", {"glass"});
  drop.break_glass = seen.break_glass = true;
  const auto rules = compiled({drop, seen, rule("ddl", "sql.verb == 'drop'", Outcome::approve)});
  EXPECT_TRUE(rules->reads_standing());
  EXPECT_EQ(said(*rules, does({"drop"})), "approve ddl");
  action::Standing standing;
  standing.break_glass = true;
  EXPECT_EQ(said(*rules, does({"drop"}), standing), "allow emergency +emergency +glass");
  cel::Arena arena;
  EXPECT_TRUE(rules->judge(does({"drop"}), arena, standing).behind_glass);
  EXPECT_EQ(rules->explain(does({"drop"})).answers[0].kind, Answer::Kind::no_break_glass);
  EXPECT_EQ(rules->explain(does({"drop"}), standing).answers[0].kind, Answer::Kind::yes);
}

std::string error(RuleSource source) {
  const Compiled made = compile_rules(action::Family::sql, {std::move(source)});
  return made.issues.empty() ? "" : made.issues.front().text;
}

TEST(marks, what_contradicts_itself_does_not_load) {
  EXPECT_NE(error(rule("r", "", Outcome::deny, {"x"})).find("sets no label"), std::string::npos);
  RuleSource sure = rule("r", "", Outcome::allow);
  sure.needs_passkey = true;
  EXPECT_NE(error(sure).find("are for rules that ask"), std::string::npos);
  sure = rule("r", "", Outcome::approve);
  sure.needs_passkey = sure.llm_may_allow = sure.preview = true;
  EXPECT_EQ(error(sure), "");
  RuleSource asks = mark("m", "", {"x"});
  asks.approvers = {"ops"};
  EXPECT_NE(error(asks), "");
}

TEST(marks, a_fixture_says_how_the_agent_stands) {
  const auto rules = compiled({rule("ask",
                                    "'untrusted-input' in session.labels && session.actions == 3 && "
                                    "agent.owner == 'ann' && !('rate' in session.anomalies)",
                                    Outcome::approve)});
  const Target target{"postgres.p", action::Family::sql, {"db"}, rules};
  const auto played = [&](std::string session) {
    const std::string text =
        R"json({"action":{"host":"db","sql":{"statement":"insert into t values (1)"},"session":)json" +
        session + R"json(},"match":{"verdict":"approve","rule":"ask"}})json";
    const Played one = play("f", text, std::span(&target, 1));
    return one.error.empty() ? (one.passed ? "passed" : one.got) : one.error;
  };
  EXPECT_EQ(played(R"({"labels":["untrusted-input"],"actions":3,"owner":"ann"})"), "passed");
  EXPECT_NE(played(R"({"labels":["untrusted-input"],"actions":3,"owner":"ann","anomalies":["rate"]})"),
            "passed");
  EXPECT_NE(played(R"({"labels":[],"actions":3,"owner":"ann"})"), "passed");
  EXPECT_NE(played(R"({"label":[]})").find("did you mean `labels`"), std::string::npos);
  EXPECT_NE(played("7").find("is not an object"), std::string::npos);
}

}  // namespace
}  // namespace claw::policy
