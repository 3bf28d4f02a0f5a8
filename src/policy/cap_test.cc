// Rules with max_rows: what they say before the rows were counted, and after.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "action/sql.h"
#include "policy/ruleset.h"
#include "sql/postgres.h"

namespace claw::policy {
namespace {

RuleSource rule(std::string name, std::string condition, Outcome verdict, std::uint64_t rows_max = 0) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  source.rows_max = rows_max;
  if (verdict == Outcome::approve) source.approvers = {"ops"};
  return source;
}

std::shared_ptr<const Ruleset> compiled(std::vector<RuleSource> sources, Settings settings = {}) {
  Compiled made = compile_rules(action::Family::sql, std::move(sources), settings);
  for (const Issue& issue : made.issues) ADD_FAILURE() << issue.rule << ": " << issue.text;
  return made.rules;
}

// `allow 10`, `approve [ops] 4212: a person must allow it: it changes 4212 rows, more than 10`
std::string said(const Ruleset& rules, std::string_view text, std::int64_t counted = -1) {
  action::Action action;
  action.subject =
      action::make_sql_subject(text, std::make_shared<const sql::Facts>(sql::read_postgres(text)));
  action.context = action::make_sql_context({{"bot", "ops", ""}, "postgres.p", "c", "s"}, {});
  action.rows_counted = counted;
  cel::Arena arena;
  const Decision decision = rules.judge(action, arena);
  std::string said(name_of(decision.outcome));
  for (const std::string_view each : decision.approvers) said += fmt::format(" [{}]", each);
  if (decision.rows_max > 0) said += fmt::format(" {}", decision.rows_max);
  return decision.reason.empty() ? said : fmt::format("{}: {}", said, decision.reason);
}

TEST(cap, a_rule_that_asks_asks_nobody_up_to_it) {
  const auto rules = compiled({rule("ask", "", Outcome::approve, 10)});
  EXPECT_EQ(said(*rules, "delete from t"), "allow 10");
  EXPECT_EQ(said(*rules, "delete from t", 10), "allow 10");
  EXPECT_EQ(said(*rules, "delete from t", 4212),
            "approve [ops] 4212: a person must allow it: it changes 4212 rows, more than 10");
}

TEST(cap, a_rule_that_allows_denies_beyond_it) {
  const auto rules = compiled({rule("few", "", Outcome::allow, 10)});
  EXPECT_EQ(said(*rules, "update t set a = 1"), "allow 10");
  EXPECT_EQ(said(*rules, "update t set a = 1", 11), "deny: it changes 11 rows, more than 10");
}

TEST(cap, what_changes_no_rows_is_not_held_to_it) {
  const auto rules = compiled({rule("ask", "", Outcome::approve, 10)});
  for (const std::string_view text : {"select f(1)", "begin", "set x = 1", "show x", "lock table t",
                                      "savepoint a; release a", "declare c cursor for select 1"}) {
    EXPECT_EQ(said(*rules, text), "allow") << text;
  }
}

TEST(cap, what_can_be_counted) {
  const auto rules = compiled({rule("ask", "", Outcome::approve, 10)});
  for (const std::string_view text :
       {"insert into t select 1", "merge into t using s on true when matched then delete",
        "with d as (delete from t returning 1) select count(*) from d", "select nextval('s')",
        "select 1 from t for update", "delete from t where current of c", "insert into t values (f())"}) {
    EXPECT_EQ(said(*rules, text), "allow 10") << text;
  }
}

TEST(cap, what_nobody_counts_is_beyond_it) {
  const auto asks = compiled({rule("ask", "", Outcome::approve, 10)});
  const auto allows = compiled({rule("few", "", Outcome::allow, 10)});
  for (const std::string_view text :
       {"truncate t", "drop table t", "copy t from stdin", "call p()", "do $$ begin end $$", "vacuum t",
        "delete from t; delete from t", "begin; delete from t", "explain analyze delete from t",
        "prepare p as delete from t", "execute p", "notify n", "create table t as select 1",
        "select 1 into t", "select pg_notify('a', 'b')", "select dblink('x')", "not a statement",
        "lock table t; delete from t"}) {
    EXPECT_EQ(said(*asks, text).substr(0, 13), "approve [ops]") << text;
    EXPECT_EQ(said(*allows, text).substr(0, 5), "deny:") << text;
  }
}

TEST(cap, the_strictest_part_wins) {
  const auto rules = compiled({rule("inner", "sql.inner", Outcome::approve, 5),
                               rule("outer", "sql.verb == 'insert'", Outcome::allow, 3),
                               rule("rest", "", Outcome::allow)});
  const std::string text = "with d as (delete from t returning 1) insert into u select * from d";
  EXPECT_EQ(said(*rules, text), "allow 3");
  EXPECT_EQ(said(*rules, text, 4), "deny: it changes 4 rows, more than 3");
  EXPECT_EQ(said(*rules, "with d as (delete from t returning 1) select 1", 9),
            "approve [ops] 9: a person must allow it: it changes 9 rows, more than 5");
}

TEST(cap, the_count_is_a_fact) {
  const auto rules = compiled({rule("never", "sql.rows_counted > 1000", Outcome::deny),
                               rule("ask", "", Outcome::approve, 10)});
  EXPECT_EQ(said(*rules, "delete from t"), "allow 10");
  EXPECT_EQ(said(*rules, "delete from t", 1001), "deny: not permitted by policy");
}

TEST(cap, an_endpoint_that_observes_caps_nothing) {
  const auto rules = compiled({rule("ask", "", Outcome::approve, 10)}, {Outcome::deny, Mode::observe});
  EXPECT_EQ(said(*rules, "truncate t"), "allow");
  EXPECT_EQ(said(*rules, "delete from t"), "allow");
}

}  // namespace
}  // namespace claw::policy
