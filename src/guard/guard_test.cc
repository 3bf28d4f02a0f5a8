#include "guard/guard.h"

#include <gtest/gtest.h>

#include <thread>

#include "approval/fingerprint.h"
#include "action/sql.h"
#include "audit/memory.h"
#include "base/json.h"

namespace claw::guard {
namespace {

using policy::RuleSource;

RuleSource rule(std::string name, std::string condition, policy::Outcome verdict) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  if (verdict == policy::Outcome::approve) source.approvers = {"ops"};
  return source;
}

// A gateway's worth of parts, and an agent that runs statements.
class World : public testing::Test {
 protected:
  static Endpoint endpoint(policy::Settings settings = {}) {
    RuleSource ddl = rule("no-ddl", "sql.verb == 'drop'", policy::Outcome::deny);
    ddl.reason = "no DDL in production";
    ddl.hint = "open a migration";
    RuleSource stranger = rule("stranger", "sql.verb == 'grant'", policy::Outcome::approve);
    stranger.approvers = {"nobody-knows"};
    RuleSource capped = rule("updates", "sql.verb == 'update'", policy::Outcome::approve);
    capped.rows_max = 100;
    auto made = policy::compile_rules(
        action::Family::sql,
        {ddl, rule("deletes", "sql.verb == 'delete'", policy::Outcome::approve), stranger, capped,
         rule("reads", "sql.verb == 'select'", policy::Outcome::allow)},
        settings);
    return {"postgres.prod", "postgres", "v7", made.rules, {{{.name = "ops"}, 60'000'000}}};
  }

  static action::Action does(std::string verb) {
    auto facts = std::make_shared<sql::Facts>();
    facts->understood = true;
    facts->top_level = 1;
    facts->statements.emplace_back().verb = verb;
    if (verb == "update") facts->statements[0].effects = {sql::Effect::modify};
    action::Action made;
    made.subject = action::make_sql_subject(verb, facts);
    made.context = action::make_sql_context({{"bot", "ops", ""}, "postgres.prod", "rw", "s1"},
                                            {"app", "shop", "clerk", {}});
    return made;
  }

  Ruling judge(std::string verb) {
    return guard_.judge(gate_, does(std::move(verb)),
                        [this](action::Verdict verdict) { later_.push_back(verdict); });
  }

  std::string kinds() const {  // `held;judged:allow;…`
    std::string kinds;
    for (const std::string& record : sink_.records()) {
      const json::Value parsed = json::parse(record).value();
      kinds += parsed.text_or("kind", "") + ";";
    }
    return kinds;
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  approval::Queue questions_;
  metrics::Registry registry_;
  std::vector<action::Verdict> later_;  // Before the guard, whose end still tells.
  Guard guard_{clock_, sink_, questions_, registry_};
  std::shared_ptr<const Gate> gate_ = guard_.open(endpoint());
};

TEST_F(World, an_allowed_action_is_recorded_and_counted) {
  const Ruling ruling = judge("select");
  EXPECT_TRUE(ruling.verdict.allowed());
  EXPECT_EQ(ruling.verdict.rule, "reads");
  EXPECT_FALSE(ruling.held);
  EXPECT_FALSE(ruling.action == Id{});
  EXPECT_EQ(kinds(), "judged;");
  EXPECT_NE(sink_.records()[0].find(ruling.action.view()), std::string::npos);
  EXPECT_NE(registry_.text().find(
                "claw_actions_total{endpoint=\"postgres.prod\",protocol=\"postgres\",rule=\"reads\","
                "verdict=\"allow\"} 1"),
            std::string::npos)
      << registry_.text();
}

TEST_F(World, a_refusal_says_the_rule_the_reason_and_what_to_do) {
  const Ruling ruling = judge("drop");
  EXPECT_FALSE(ruling.verdict.allowed());
  EXPECT_EQ(ruling.verdict.rule, "no-ddl");
  EXPECT_EQ(ruling.verdict.reason, "no DDL in production");
  EXPECT_EQ(ruling.verdict.hint, "open a migration");
  EXPECT_EQ(kinds(), "judged;");
  EXPECT_FALSE(judge("insert").verdict.allowed()) << "no rule allows it";
}

TEST_F(World, what_is_no_action_is_a_refusal_on_record) {
  guard_.refuse(*gate_, does("select"), "there is no such tool", 0);
  const json::Value one = json::parse(sink_.records().at(0)).value();
  EXPECT_EQ(one.text_or("verdict", ""), "deny");
  EXPECT_EQ(one.text_or("reason", ""), "there is no such tool");
  EXPECT_EQ(one.text_or("rule", ""), "");
  EXPECT_FALSE(one.text_or("action", "").empty());
  guard_.refuse(*gate_, does("select"), "again", 7);
  EXPECT_EQ(json::parse(sink_.records().at(1)).value().text_or("detail", ""),
            "stands for 7 more, refused since the last one");
  const std::string text = registry_.text();
  EXPECT_NE(text.find("rule=\"\",verdict=\"deny\"} 9"), std::string::npos) << text;
  EXPECT_NE(text.find("claw_policy_refusals_total{cause=\"backstop_unparsed\"} 9"), std::string::npos)
      << text;
}

TEST_F(World, no_record_no_action) {
  sink_.fail(true);
  const Ruling ruling = judge("select");
  EXPECT_FALSE(ruling.verdict.allowed());
  EXPECT_NE(ruling.verdict.reason.find("not recorded"), std::string::npos);
  EXPECT_FALSE(judge("delete").held);
  EXPECT_EQ(questions_.open(), 0U) << "a person is not asked about what could not be recorded";
  EXPECT_EQ(judge("drop").verdict.rule, "no-ddl");
  EXPECT_NE(registry_.text().find("claw_audit_failures_total 4"), std::string::npos) << registry_.text();
  sink_.fail(false);
  EXPECT_TRUE(judge("select").verdict.allowed());
}

TEST_F(World, a_person_allows) {
  const Ruling ruling = judge("delete");
  EXPECT_TRUE(ruling.held);
  EXPECT_EQ(kinds(), "held;");
  const approval::Entry entry = questions_.list().at(0);
  EXPECT_EQ(entry.question.id, ruling.action.view());
  EXPECT_EQ(entry.question.rule, "deletes");
  EXPECT_EQ(entry.question.deadline_us, clock_.monotonic_us() + 60'000'000);
  ASSERT_EQ(entry.question.session.size(), 4U) << "what names in it mean";
  EXPECT_EQ(entry.question.session[2].name, "role");
  EXPECT_EQ(action::shown(entry.question.session[2]), "clerk");
  clock_.advance_us(3'000'000);
  ASSERT_TRUE(questions_.answer(ruling.action.view(), {"ann", approval::Choice::allow, "ok", ""}, 0));
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_TRUE(later_[0].allowed());
  EXPECT_EQ(later_[0].rule, "deletes");
  EXPECT_EQ(kinds(), "held;judged;");
  EXPECT_NE(sink_.records()[1].find("ann"), std::string::npos);
}

TEST_F(World, more_rows_than_the_cap_are_another_action_and_its_question_has_the_number) {
  const Ruling first = judge("update");
  ASSERT_FALSE(first.held);
  EXPECT_TRUE(first.verdict.allowed());
  EXPECT_EQ(first.verdict.rows_max, 100U);
  guard_.finished(*gate_, {first.action, Ending::cancelled, 0, 1, "rolled back: 4212 rows, more than 100"});
  action::Action again = does("update");
  again.rows_counted = 4212;
  const Ruling second =
      guard_.judge(gate_, again, [this](action::Verdict verdict) { later_.push_back(verdict); });
  ASSERT_TRUE(second.held);
  EXPECT_FALSE(second.action == first.action);
  const approval::Question question = questions_.list().at(0).question;
  EXPECT_NE(question.reason.find("it changes 4212 rows, more than 100"), std::string::npos)
      << question.reason;
  ASSERT_EQ(question.evidence.size(), 1U);
  EXPECT_EQ(question.evidence[0].text, "4212");
  EXPECT_NE(question.fingerprint, approval::fingerprint(does("update"), "v7")) << "the number is part of it";
  ASSERT_TRUE(questions_.answer(question.id, {"ann", approval::Choice::allow, "", ""}, 0));
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_EQ(later_[0].rows_max, 4212U) << "no more than the number that was seen";
  EXPECT_EQ(kinds(), "judged;ended;held;judged;");
  EXPECT_NE(sink_.records()[2].find("\"rows_counted\":4212"), std::string::npos) << sink_.records()[2];
}

TEST_F(World, a_person_says_no) {
  const Ruling ruling = judge("delete");
  ASSERT_TRUE(
      questions_.answer(ruling.action.view(), {"ann", approval::Choice::deny, "use the archive job", ""}, 0));
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_FALSE(later_[0].allowed());
  EXPECT_EQ(later_[0].reason, "a person was asked and said no: use the archive job");
}

TEST_F(World, nobody_answers) {
  judge("delete");
  clock_.advance_us(59'999'999);
  guard_.tick();
  EXPECT_TRUE(later_.empty());
  clock_.advance_us(1);
  guard_.tick();
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_FALSE(later_[0].allowed());
  EXPECT_EQ(kinds(), "held;judged;");
}

TEST_F(World, the_agent_leaves) {
  const Ruling ruling = judge("delete");
  guard_.withdraw(ruling.action);
  guard_.withdraw(ruling.action);
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_FALSE(later_[0].allowed());
  EXPECT_FALSE(questions_.answer(ruling.action.view(), {"ann", approval::Choice::allow, "", ""}, 0));
}

TEST_F(World, an_approval_that_cannot_be_recorded_is_none) {
  const Ruling ruling = judge("delete");
  sink_.fail(true);
  ASSERT_TRUE(questions_.answer(ruling.action.view(), {"ann", approval::Choice::allow, "", ""}, 0));
  ASSERT_EQ(later_.size(), 1U);
  EXPECT_FALSE(later_[0].allowed());
}

TEST_F(World, an_approver_that_is_not_there_cannot_be_waited_for) {
  const Ruling ruling = judge("grant");
  EXPECT_FALSE(ruling.held);
  EXPECT_FALSE(ruling.verdict.allowed());
  EXPECT_EQ(ruling.verdict.rule, "stranger");
}

TEST_F(World, the_same_statement_again_is_another_question) {
  const Ruling first = judge("delete");
  const Ruling second = judge("delete");
  ASSERT_TRUE(questions_.answer(first.action.view(), {"ann", approval::Choice::allow, "", ""}, 0));
  EXPECT_EQ(later_.size(), 1U);
  EXPECT_EQ(questions_.open(), 1U);
  guard_.withdraw(second.action);
}

TEST_F(World, only_a_rule_for_changes_that_is_obeyed_gives_leave_for_them) {
  RuleSource changes = rule("changes", "sql.verb == 'update'", policy::Outcome::allow);
  changes.writes = true;
  RuleSource asked = rule("asked", "sql.verb == 'delete'", policy::Outcome::approve);
  asked.writes = true;
  Endpoint made = endpoint();
  const auto open = [&](policy::Settings settings) {
    made.rules = policy::compile_rules(action::Family::sql,
                                       {changes, asked, rule("rest", "sql.verb == 'select'",
                                                             policy::Outcome::allow)},
                                       settings).rules;
    gate_ = guard_.open(made);
  };
  open({});
  EXPECT_TRUE(judge("update").verdict.may_write);
  EXPECT_FALSE(judge("select").verdict.may_write);
  EXPECT_FALSE(judge("drop").verdict.may_write);
  const Ruling held = judge("delete");
  ASSERT_TRUE(questions_.answer(held.action.view(), {"ann", approval::Choice::allow, "ok", ""}, 0));
  EXPECT_TRUE(later_.at(0).allowed() && later_.at(0).may_write);
  const Ruling refused = judge("delete");
  ASSERT_TRUE(questions_.answer(refused.action.view(), {"ann", approval::Choice::deny, "no", ""}, 0));
  EXPECT_FALSE(later_.at(1).may_write);
  open({policy::Outcome::allow, policy::Mode::enforce});
  const Ruling unruled = judge("drop");
  EXPECT_TRUE(unruled.verdict.allowed());
  EXPECT_FALSE(unruled.verdict.may_write) << "the default knows of no changes";
  open({policy::Outcome::deny, policy::Mode::observe});
  EXPECT_TRUE(judge("update").verdict.allowed());
  EXPECT_FALSE(judge("update").verdict.may_write) << "no rule is obeyed";
}

TEST_F(World, an_observed_endpoint_allows_and_says_what_would_have_been) {
  const auto watched = guard_.open(endpoint({policy::Outcome::deny, policy::Mode::observe}));
  const Ruling ruling = guard_.judge(watched, does("drop"), {});
  EXPECT_TRUE(ruling.verdict.allowed());
  EXPECT_NE(sink_.records().at(0).find("no-ddl"), std::string::npos) << sink_.records()[0];
}

TEST_F(World, how_it_ended_is_recorded) {
  const Ruling ruling = judge("select");
  guard_.finished(*gate_, {ruling.action, Ending::ok, 3, 1200, "SELECT 3"});
  EXPECT_EQ(kinds(), "judged;ended;");
  EXPECT_NE(sink_.records()[1].find("SELECT 3"), std::string::npos);
}

TEST(guard, its_end_ends_its_questions) {
  const FakeClock clock;
  audit::MemorySink sink;
  approval::Queue questions;
  metrics::Registry registry;
  int told = 0;
  {
    Guard guard(clock, sink, questions, registry);
    Endpoint endpoint{
        "e",
        "postgres",
        "v",
        policy::compile_rules(action::Family::sql, {rule("ask", "", policy::Outcome::approve)}).rules,
        {{{.name = "ops"}, 1'000'000}}};
    action::Action action;
    action.subject = action::make_sql_subject("x", std::make_shared<sql::Facts>());
    action.context = action::make_sql_context({}, {});
    EXPECT_TRUE(guard.judge(guard.open(endpoint), action, [&](action::Verdict verdict) {
      EXPECT_FALSE(verdict.allowed());
      ++told;
    }).held);
  }
  EXPECT_EQ(told, 1);
}

TEST_F(World, many_threads_judge_and_people_answer) {
  std::atomic<int> allowed = 0;
  std::atomic<int> told = 0;
  constexpr int rounds = 100;
  const auto work = [&] {
    for (int i = 0; i < rounds; ++i) {
      allowed += guard_.judge(gate_, does("select"), {}).verdict.allowed() ? 1 : 0;
      guard_.judge(gate_, does("delete"), [&](action::Verdict) { ++told; });
    }
  };
  std::thread one(work);
  std::thread two(work);
  std::thread person([&] {
    while (told < 2 * rounds) {
      for (const approval::Entry& entry : questions_.list()) {
        if (entry.state != approval::State::open) continue;
        std::ignore = questions_.answer(entry.question.id, {"ann", approval::Choice::allow, "", ""}, 0);
      }
    }
  });
  one.join();
  two.join();
  person.join();
  EXPECT_EQ(allowed, 2 * rounds);
  EXPECT_EQ(told, 2 * rounds);
}

}  // namespace
}  // namespace claw::guard
