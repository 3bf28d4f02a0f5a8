// What agents did before, in the whole of a decision: labels, budgets, broken glass, owners.
#include <gtest/gtest.h>

#include "action/sql.h"
#include "audit/memory.h"
#include "base/json.h"
#include "guard/guard.h"

namespace claw::guard {
namespace {

using policy::Outcome;

policy::RuleSource rule(std::string name, std::string condition, Outcome verdict,
                        std::vector<std::string> labels = {}) {
  policy::RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  source.labels = std::move(labels);
  if (verdict == Outcome::approve) source.approvers = {"ops"};
  return source;
}

class Standing : public testing::Test {
 protected:
  std::shared_ptr<const Gate> open(std::vector<policy::RuleSource> sources, policy::Settings settings = {}) {
    Endpoint made;
    made.name = "postgres.prod";
    made.protocol = "postgres";
    made.policy_version = "v7";
    made.rules = policy::compile_rules(action::Family::sql, std::move(sources), settings).rules;
    for (const std::string_view name : {"ops", "bosses"}) {
      made.approvers.emplace_back().asked.name = name;
    }
    terms_.owners = {{"bot", "ann"}};
    made.terms = std::make_shared<const Terms>(terms_);
    return guard_.open(std::move(made));
  }

  Ruling judge(const std::shared_ptr<const Gate>& gate, std::string verb, std::string profile = "ops") {
    auto facts = std::make_shared<sql::Facts>();
    facts->understood = true;
    facts->top_level = 1;
    sql::Statement& made = facts->statements.emplace_back();
    made.effects.add(verb == "select" ? sql::Effect::read : sql::Effect::write);
    made.destructive = verb == "drop";
    made.verb = verb;
    action::Action action;
    action.subject = action::make_sql_subject(verb, facts);
    action.context =
        action::make_sql_context({{"bot", std::move(profile), "10.0.0.1:1"}, "postgres.prod", "rw", "s1"},
                                 {"app", "shop", "clerk", {}});
    return guard_.judge(gate, std::move(action),
                        [this](action::Verdict verdict) { later_.push_back(verdict); });
  }

  bool answer(const Ruling& ruling, approval::Choice choice) {
    return static_cast<bool>(
        questions_.answer(ruling.action.view(), {"bob", choice, "", ""}, clock_.wall_us()));
  }

  json::Value record() const { return json::parse(sink_.records().back()).value(); }

  static Budget budget(Use use, std::int64_t limit, std::vector<std::string> approvers = {"bosses"}) {
    Budget made;
    made.name = "small";
    made.limits[static_cast<std::size_t>(use)] = limit;
    made.approvers = std::move(approvers);
    return made;
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  approval::Queue questions_;
  metrics::Registry registry_;
  std::vector<action::Verdict> later_;
  Terms terms_{true, session_idle_default_us, {}, {}};
  Guard guard_{clock_, sink_, questions_, registry_};
};

TEST_F(Standing, after_reading_what_strangers_wrote_writes_need_a_person) {
  const auto gate =
      open({rule("ask", "sql.verb != 'select' && 'untrusted-input' in session.labels", Outcome::approve),
            rule("reads", "sql.verb == 'select'", Outcome::allow, {"untrusted-input"}),
            rule("writes", "sql.verb == 'insert'", Outcome::allow)});
  EXPECT_TRUE(judge(gate, "insert").verdict.allowed());
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
  EXPECT_EQ(record().find("labels")->array()->at(0).string()->c_str(), std::string("untrusted-input"));
  const Ruling held = judge(gate, "insert");
  EXPECT_TRUE(held.held);
  EXPECT_EQ(questions_.list().at(0).question.owner, "ann");
  EXPECT_TRUE(answer(held, approval::Choice::allow));
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_TRUE(later_[0].allowed());
}

TEST_F(Standing, what_was_refused_marks_nobody_and_is_counted) {
  const auto gate = open({rule("tired", "session.denied >= 2", Outcome::deny),
                          rule("asks", "sql.verb == 'insert'", Outcome::approve, {"wrote"}),
                          rule("reads", "sql.verb == 'select'", Outcome::allow)});
  const Ruling held = judge(gate, "insert");
  EXPECT_TRUE(answer(held, approval::Choice::deny));
  EXPECT_EQ(record().find("labels"), nullptr);
  EXPECT_TRUE(guard_.ledger().list(terms_).at(0).labels.empty());
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
  EXPECT_FALSE(judge(gate, "drop").verdict.allowed());
  EXPECT_EQ(judge(gate, "select").verdict.rule, "tired");
  const Ruling gone = judge(open({rule("asks", "", Outcome::approve)}), "insert");
  guard_.withdraw(gone.action);
  EXPECT_EQ(guard_.ledger().list(terms_).at(0).denied, 3) << "who takes a question back was not denied";
}

TEST_F(Standing, beyond_a_budget_its_people_are_asked_and_told_the_numbers) {
  terms_.budgets = {budget(Use::rows_written, 10)};
  const auto gate = open({rule("all", "", Outcome::allow)});
  const Ruling first = judge(gate, "insert");
  EXPECT_TRUE(first.verdict.allowed());
  guard_.finished(*gate, {first.action, Ending::ok, 12, 5, "INSERT 0 12"});
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
  const Ruling held = judge(gate, "insert");
  ASSERT_TRUE(held.held);
  const approval::Question question = questions_.list().at(0).question;
  EXPECT_EQ(question.reason, "budget `small`: 12 of 10 rows written this hour");
  EXPECT_EQ(question.rule, "all");
  ASSERT_EQ(question.approvers.size(), 1U);
  EXPECT_EQ(question.approvers[0].name, "bosses");
  EXPECT_TRUE(answer(held, approval::Choice::allow));
  EXPECT_EQ(record().text_or("budget", ""), "small");
  EXPECT_NE(registry_.text().find("claw_over_budget_total 1"), std::string::npos);
  guard_.finished(*gate, {held.action, Ending::ok, 3, 5, ""});
  EXPECT_EQ(guard_.ledger().list(terms_).at(0).budgets.at(0).used, 15) << "what a person allows is used too";
}

TEST_F(Standing, a_question_that_is_asked_anyhow_is_asked_of_the_budgets_people_too) {
  terms_.budgets = {budget(Use::actions, 0)};
  const auto gate = open({rule("ask", "", Outcome::approve)});
  ASSERT_TRUE(judge(gate, "select").held);
  const approval::Question question = questions_.list().at(0).question;
  EXPECT_EQ(question.approvers.size(), 2U);
  EXPECT_EQ(question.reason, "a person must allow it; budget `small`: 0 of 0 actions this hour");
}

TEST_F(Standing, a_budget_that_names_nobody_refuses) {
  terms_.budgets = {budget(Use::destructive, 1, {})};
  const auto gate = open({rule("all", "", Outcome::allow)});
  EXPECT_TRUE(judge(gate, "drop").verdict.allowed());
  const action::Verdict refused = judge(gate, "drop").verdict;
  EXPECT_FALSE(refused.allowed());
  EXPECT_EQ(refused.reason, "budget `small`: 1 of 1 destructive actions this hour");
  EXPECT_NE(registry_.text().find("claw_policy_refusals_total{cause=\"budget\"} 1"), std::string::npos);
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
}

TEST_F(Standing, an_endpoint_that_observes_is_counted_and_never_stopped) {
  terms_.budgets = {budget(Use::actions, 1)};
  const auto gate = open({rule("no", "", Outcome::deny)}, {Outcome::deny, policy::Mode::observe});
  EXPECT_TRUE(judge(gate, "drop").verdict.allowed());
  EXPECT_TRUE(judge(gate, "drop").verdict.allowed());
  EXPECT_EQ(guard_.ledger().list(terms_).at(0).budgets.at(0).used, 2);
}

TEST_F(Standing, what_is_not_recorded_does_not_run_for_ever) {
  terms_.budgets = {budget(Use::actions, 10)};
  const auto gate = open({rule("all", "", Outcome::allow)});
  sink_.fail(true);
  EXPECT_FALSE(judge(gate, "insert").verdict.allowed());
  EXPECT_EQ(guard_.ledger().list(terms_).at(0).running, 0);
}

TEST_F(Standing, nothing_is_counted_where_nobody_asks) {
  terms_.counts = false;
  const auto gate = open({rule("all", "", Outcome::allow)});
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
  EXPECT_TRUE(guard_.ledger().list(terms_).empty());
  EXPECT_EQ(record().find("charged"), nullptr);
}

TEST_F(Standing, a_broken_glass_widens_and_flags_until_it_ends) {
  policy::RuleSource emergency = rule("emergency", "sql.verb == 'drop'", Outcome::approve);
  emergency.break_glass = true;
  const auto gate = open({emergency, rule("reads", "sql.verb == 'select'", Outcome::allow)});
  EXPECT_FALSE(judge(gate, "drop").held);
  EXPECT_EQ(record().find("break_glass"), nullptr);
  const std::string id = guard_.break_glass().grant("ops", "ann", 5, "the shop is down").value();
  EXPECT_TRUE(judge(gate, "select").verdict.allowed());
  EXPECT_EQ(record().text_or("break_glass", ""), id) << "everything is flagged, whatever rule decided";
  EXPECT_FALSE(judge(gate, "drop", "guests").held);
  const Ruling in_time = judge(gate, "drop");
  const Ruling too_late = judge(gate, "drop");
  EXPECT_TRUE(answer(in_time, approval::Choice::allow));
  EXPECT_TRUE(later_.at(0).allowed());
  EXPECT_TRUE(guard_.break_glass().end(id, "ann"));
  EXPECT_TRUE(answer(too_late, approval::Choice::allow));
  EXPECT_FALSE(later_.at(1).allowed());
  EXPECT_EQ(later_.at(1).reason, "the emergency was over before this was allowed");
}

}  // namespace
}  // namespace claw::guard
