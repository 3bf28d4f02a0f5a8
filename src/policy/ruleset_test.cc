#include "policy/ruleset.h"

#include <gtest/gtest.h>

#include "action/requests.h"
#include "action/sql.h"

namespace claw::policy {
namespace {

using action::Family;

RuleSource rule(std::string name, std::string condition, Outcome verdict) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  if (verdict == Outcome::approve) source.approvers = {"ops"};
  return source;
}

std::shared_ptr<const Ruleset> compiled(std::vector<RuleSource> sources, Settings settings = {}) {
  Compiled made = compile_rules(Family::sql, std::move(sources), settings);
  for (const Issue& issue : made.issues) {
    if (issue.error) ADD_FAILURE() << issue.rule << ": " << issue.text;
  }
  return made.rules;
}

sql::Statement statement(std::string verb, std::vector<std::string> tables) {
  sql::Statement made;
  made.verb = std::move(verb);
  made.text = made.verb;
  for (std::string& table : tables) made.tables.push_back({"", "", std::move(table)});
  return made;
}

action::Action does(std::vector<sql::Statement> statements, std::string credential = {},
                    std::string profile = {}) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = statements.size();
  facts->statements = std::move(statements);
  action::Action made;
  made.subject = action::make_sql_subject("…", facts);
  made.context = action::make_sql_context({{"bot", profile, ""}, "postgres.prod", credential, "s"}, {});
  return made;
}

action::Action select(std::string table) { return does({statement("select", {std::move(table)})}); }

action::Action not_understood(std::string text, bool truncated = false) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = false;
  facts->why = "syntax error";
  action::Action made = does({});
  made.subject = action::make_sql_subject(text, facts, truncated);
  return made;
}

// `deny no-ddl`, as a person would say it.
std::string said(const Decision& decision) {
  std::string text(name_of(decision.outcome));
  if (!decision.rule_name.empty()) text += " " + std::string(decision.rule_name);
  return text;
}

std::string verdict(const Ruleset& rules, const action::Action& action) {
  cel::Arena arena;
  return said(rules.judge(action, arena));
}

TEST(ruleset, highest_priority_first_then_source_order) {
  RuleSource low = rule("low", "", Outcome::deny);
  low.priority = -100;
  RuleSource high = rule("high", "sql.verb == 'select'", Outcome::allow);
  high.priority = 10;
  const auto rules = compiled({low, rule("first", "'users' in sql.tables", Outcome::deny),
                               rule("second", "'users' in sql.tables", Outcome::allow), high});
  EXPECT_EQ(verdict(*rules, select("users")), "allow high");
  EXPECT_EQ(verdict(*rules, does({statement("delete", {"users"})})), "deny first");
  EXPECT_EQ(verdict(*rules, does({statement("delete", {"orders"})})), "deny low");
}

TEST(ruleset, no_rule_no_leave) {
  const auto strict = compiled({rule("reads", "sql.verb == 'select'", Outcome::allow)});
  EXPECT_EQ(verdict(*strict, does({statement("drop", {"users"})})), "deny");
  const auto legacy =
      compiled({rule("reads", "sql.verb == 'select'", Outcome::deny)}, {Outcome::allow, Mode::enforce});
  EXPECT_EQ(verdict(*legacy, does({statement("drop", {"users"})})), "allow");
}

TEST(ruleset, pins_are_asked_before_the_condition) {
  RuleSource pinned = rule("pinned", "1 / 0 == 1", Outcome::allow);  // An error, were it asked.
  pinned.credentials = {"pg_rw", "pg_admin"};
  pinned.profiles = {"ops"};
  const auto rules = compiled({pinned, rule("rest", "", Outcome::allow)});
  EXPECT_EQ(verdict(*rules, does({statement("select", {})}, "pg_ro", "ops")), "allow rest");
  EXPECT_EQ(verdict(*rules, does({statement("select", {})}, "pg_rw", "dev")), "allow rest");
  EXPECT_EQ(verdict(*rules, does({statement("select", {})}, "", "")), "allow rest");
  EXPECT_EQ(verdict(*rules, does({statement("select", {})}, "pg_rw", "ops")), "deny pinned");
}

TEST(ruleset, what_cannot_be_evaluated_denies_under_its_own_name) {
  const auto rules =
      compiled({rule("reads", "sql.verb == 'select'", Outcome::allow), rule("all", "", Outcome::allow)});
  cel::Arena arena;
  const Decision decision = rules->judge(not_understood("frobnicate"), arena);
  EXPECT_EQ(said(decision), "deny reads");  // The rule that allows everything is never reached.
  EXPECT_EQ(decision.cause, Cause::unparsed);
  EXPECT_EQ(decision.detail, "sql.verb could not be read");
  EXPECT_EQ(decision.reason.find("sql.verb"), std::string_view::npos)
      << "the agent learns only the coarse cause";
}

TEST(ruleset, the_four_causes_are_told_apart) {
  const auto rules =
      compiled({rule("r", "sql.verb == 'x' || [1][size(sql.parameters)] == 2", Outcome::allow)});
  cel::Arena arena;
  EXPECT_EQ(rules->judge(not_understood("x"), arena).cause, Cause::unparsed);
  EXPECT_EQ(rules->judge(not_understood("x", true), arena).cause, Cause::truncated_and_unparsed);
  action::Action cut = select("t");
  cut.subject =
      action::make_sql_subject("select", std::make_shared<sql::Facts>(sql::Facts{true, "", {}, 0, {}}), true);
  EXPECT_EQ(rules->judge(cut, arena).cause, Cause::truncated);
  action::Action bound = select("t");
  bound.parameters = {"a", "b"};
  const Decision failed = rules->judge(bound, arena);
  EXPECT_EQ(failed.cause, Cause::evaluation_error);
  EXPECT_EQ(said(failed), "deny r");
  EXPECT_FALSE(failed.detail.empty());
}

TEST(ruleset, of_an_action_that_is_understood_only_a_part_is_not_known) {
  const auto rules = compiled({rule("no-drops", "sql.tables.exists(t, t == 'x')", Outcome::deny)});
  const auto judged = [&](bool understood, std::string_view hint) {
    action::Action made = does({statement("select", {"x"})});
    auto subject = std::make_shared<action::Subject>(*made.subject);
    subject->understood = understood;
    subject->unread = "a table in a cipher";
    subject->unread_hint = hint;
    const std::uint32_t slot = *action::slot_of(Family::sql, "sql.tables");
    subject->parts.front().facts[slot] = cel::Value::unknown(cel::Cause::unparsed);
    made.subject = subject;
    cel::Arena arena;
    return rules->judge(made, arena);
  };
  const Decision decision = judged(true, "write it plainly");
  EXPECT_EQ(decision.outcome, Outcome::deny);
  EXPECT_EQ(decision.cause, Cause::unparsed);
  EXPECT_EQ(decision.reason,
            "this rule could not be decided, so it refuses: a part of the action that it reads is not known");
  EXPECT_EQ(decision.hint, "write it plainly");
  EXPECT_EQ(decision.detail, "sql.tables could not be read: a table in a cipher") << "for the operator";
  const Decision whole = judged(false, "write it plainly");
  EXPECT_EQ(whole.reason, "this rule could not be decided, so it refuses: the action was not understood");
  EXPECT_EQ(whole.hint, "");
}

TEST(ruleset, an_unknown_that_does_not_matter_does_not_matter) {
  const auto rules = compiled(
      {rule("text", "sql.statement.contains('drop') || sql.verb == 'drop'", Outcome::deny),
       rule("never", "false && sql.verb == 'select'", Outcome::deny), rule("rest", "", Outcome::allow)});
  EXPECT_EQ(verdict(*rules, not_understood("frob drop")), "deny text");
  const auto has = compiled({rule("has", "has(sql.verb)", Outcome::allow)});
  cel::Arena arena;
  EXPECT_EQ(has->judge(not_understood("x"), arena).cause, Cause::unparsed) << "has() does not rescue";
}

TEST(ruleset, nothing_half_seen_passes_by_default) {
  const auto legacy =
      compiled({rule("db", "sql.database == 'other'", Outcome::deny)}, {Outcome::allow, Mode::enforce});
  cel::Arena arena;
  EXPECT_EQ(legacy->judge(not_understood("x"), arena).cause, Cause::backstop_unparsed);
  EXPECT_EQ(legacy->judge(not_understood("x", true), arena).cause, Cause::backstop_truncated);
  const auto open = compiled({rule("all", "", Outcome::allow)});
  EXPECT_EQ(verdict(*open, not_understood("x")), "allow all") << "somebody said so explicitly";
}

TEST(ruleset, of_a_batch_the_strictest_part_decides) {
  const auto rules = compiled({rule("reads", "sql.verb == 'select'", Outcome::allow),
                               rule("ask", "sql.verb == 'delete'", Outcome::approve),
                               rule("ddl", "sql.verb == 'drop'", Outcome::deny)});
  const auto select = statement("select", {"a"});
  const auto remove = statement("delete", {"b"});
  const auto drop = statement("drop", {"c"});
  EXPECT_EQ(verdict(*rules, does({select, select})), "allow reads");
  EXPECT_EQ(verdict(*rules, does({select, remove, select})), "approve ask");
  EXPECT_EQ(verdict(*rules, does({remove, drop, select})), "deny ddl");
  cel::Arena arena;
  EXPECT_EQ(rules->judge(does({remove, select, drop}), arena).part, 2U);
}

TEST(ruleset, approvers_of_all_parts_are_asked_together) {
  RuleSource security = rule("users", "'users' in sql.tables", Outcome::approve);
  security.approvers = {"security", "ops"};
  const auto rules = compiled({security, rule("deletes", "sql.verb == 'delete'", Outcome::approve)});
  cel::Arena arena;
  const Decision decision =
      rules->judge(does({statement("delete", {"orders"}), statement("delete", {"users"})}), arena);
  EXPECT_EQ(decision.approvers, (std::vector<std::string_view>{"ops", "security"}));
}

TEST(ruleset, a_shadow_is_reported_and_not_obeyed) {
  RuleSource shadow = rule("would-deny", "'users' in sql.tables", Outcome::deny);
  shadow.shadow = true;
  RuleSource failing = rule("would-fail", "[1][5] == 1", Outcome::allow);
  failing.shadow = true;
  const auto rules = compiled({shadow, failing, rule("reads", "", Outcome::allow)});
  cel::Arena arena;
  const Decision decision = rules->judge(select("users"), arena);
  EXPECT_EQ(said(decision), "allow reads");
  ASSERT_EQ(decision.shadows.size(), 2U);
  EXPECT_EQ(decision.shadows[0].rule, "would-deny");
  EXPECT_EQ(decision.shadows[0].would, Outcome::deny);
  EXPECT_EQ(decision.shadows[1].would, Outcome::deny) << "what cannot be evaluated would have denied";
  EXPECT_TRUE(rules->judge(select("orders"), arena).shadows.size() == 1);
}

TEST(ruleset, an_endpoint_that_observes_refuses_nothing) {
  const auto rules =
      compiled({rule("ddl", "sql.verb == 'drop'", Outcome::deny)}, {Outcome::deny, Mode::observe});
  cel::Arena arena;
  for (const action::Action& action : {does({statement("drop", {"t"})}), select("t"), not_understood("x")}) {
    const Decision decision = rules->judge(action, arena);
    EXPECT_EQ(decision.outcome, Outcome::allow);
    EXPECT_EQ(decision.cause, Cause::observed);
    ASSERT_EQ(decision.shadows.size(), 1U);
    EXPECT_EQ(decision.shadows[0].would, Outcome::deny);
  }
  EXPECT_EQ(rules->judge(does({statement("drop", {"t"})}), arena).shadows[0].rule, "ddl");
}

TEST(ruleset, a_disabled_rule_is_not_there) {
  RuleSource off = rule("off", "", Outcome::allow);
  off.disabled = true;
  const auto rules = compiled({off});
  EXPECT_EQ(verdict(*rules, select("t")), "deny");
  EXPECT_FALSE(rules->inspects_truncatable());
}

TEST(ruleset, bound_values_can_be_asked) {
  const auto rules = compiled({rule("bound", "sql.parameters.exists(p, p == 'root')", Outcome::deny),
                               rule("rest", "", Outcome::allow)});
  action::Action action = select("t");
  EXPECT_EQ(verdict(*rules, action), "allow rest");
  action.parameters = {std::nullopt, "root"};
  EXPECT_EQ(verdict(*rules, action), "deny bound");
}

TEST(ruleset, it_knows_which_facts_it_reads) {
  const auto rules = compiled({rule("r", "sql.database == 'x'", Outcome::deny)});
  EXPECT_TRUE(rules->reads(*action::slot_of(Family::sql, "sql.database")));
  EXPECT_FALSE(rules->reads(*action::slot_of(Family::sql, "sql.verb")));
  EXPECT_FALSE(rules->inspects_truncatable());
}

TEST(ruleset, explains_every_rule) {
  RuleSource off = rule("off", "", Outcome::deny);
  off.disabled = true;
  RuleSource other = rule("other", "", Outcome::deny);
  other.profiles = {"nobody"};
  const auto rules = compiled({off, other, rule("no", "sql.verb == 'drop'", Outcome::deny),
                               rule("yes", "sql.verb == 'select'", Outcome::allow),
                               rule("error", "[1][5] == 1", Outcome::deny)});
  const Explanation explanation = rules->explain(select("t"));
  std::string kinds;
  for (const Answer& answer : explanation.answers) kinds += std::string(name_of(answer.kind)) + ";";
  EXPECT_EQ(kinds, "disabled;pinned to another profile;false;true;error;");
  EXPECT_EQ(said(explanation.decision), "allow yes");
}

}  // namespace
}  // namespace claw::policy
