#include "guard/calls.h"

#include <gtest/gtest.h>

#include "action/sql.h"
#include "action/tool/tool.h"
#include "base/crypto.h"
#include "sql/postgres.h"

namespace claw::guard {
namespace {

constexpr std::string_view endpoint = "postgres.db";
constexpr std::string_view text = "delete from orders where id = $1";

class CallsTest : public testing::Test {
 protected:
  CallsTest() {
    calls_.open(call_, [this](const Under& under) { told_.push_back(under); }, "the alert says so");
    decision_.approvers = {"ops"};
  }

  action::Action under(std::string_view sql, std::vector<action::Parameter> parameters) const {
    action::Action action;
    action.subject = action::make_sql_subject(
        sql, std::make_shared<const sql::Facts>(sql::read_postgres(sql)));
    action::Principal principal{"bot", "agents", ""};
    principal.call = call_.view();
    action.context = action::make_sql_context({principal, std::string(endpoint), "db", "s"}, {});
    action.parameters = std::move(parameters);
    return action;
  }
  void allow() { calls_.allowed(call_, action::covered_sql(endpoint, text, {"7"}), decision_, "ann"); }

  Calls calls_;
  Id call_ = make_id(1'000'000);
  policy::Decision decision_;
  std::vector<Under> told_;
};

TEST_F(CallsTest, one_answer_is_for_exactly_that_once) {
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), std::nullopt) << "nobody was asked";
  allow();
  EXPECT_EQ(calls_.take(under(text, {"8"}), decision_), std::nullopt);
  EXPECT_EQ(calls_.take(under(text, {std::nullopt}), decision_), std::nullopt);
  EXPECT_EQ(calls_.take(under("delete from orders", {}), decision_), std::nullopt);
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), "ann");
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), std::nullopt) << "it was good once";
}

TEST_F(CallsTest, nobody_is_passed_over_who_would_have_been_asked) {
  allow();
  const action::Action action = under(text, {"7"});
  policy::Decision more = decision_;
  more.approvers = {"ops", "dba"};
  EXPECT_EQ(calls_.take(action, more), std::nullopt);
  more = decision_;
  more.needs_passkey = true;
  EXPECT_EQ(calls_.take(action, more), std::nullopt);
  more = decision_;
  more.budget = "hourly";
  EXPECT_EQ(calls_.take(action, more), std::nullopt);
  more = decision_;
  more.behind_glass = true;
  EXPECT_EQ(calls_.take(action, more), std::nullopt);
  more = decision_;
  more.preview = true;
  EXPECT_EQ(calls_.take(action, more), std::nullopt);
  action::Action counted = action;
  counted.rows_counted = 4000;
  EXPECT_EQ(calls_.take(counted, decision_), std::nullopt);
  EXPECT_EQ(calls_.take(action, decision_), "ann");
}

TEST_F(CallsTest, what_a_model_allowed_is_not_what_a_person_must) {
  decision_.models_may_allow = true;
  allow();
  policy::Decision people = decision_;
  people.models_may_allow = false;
  EXPECT_EQ(calls_.take(under(text, {"7"}), people), std::nullopt);
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), "ann");
}

TEST_F(CallsTest, a_call_that_is_over_leaves_nothing) {
  allow();
  calls_.close(call_);
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), std::nullopt);
  calls_.tell(under(text, {"7"}), true, {});
  EXPECT_TRUE(told_.empty());
  allow();
  EXPECT_EQ(calls_.take(under(text, {"7"}), decision_), std::nullopt) << "an answer that came too late";
}

TEST_F(CallsTest, whoever_runs_the_call_is_told_of_what_is_under_it) {
  calls_.tell(under(text, {"7"}), true, {});
  action::Action foreign = under(text, {"7"});
  action::Principal other{"bot", "agents", ""};
  foreign.context = action::make_sql_context({other, std::string(endpoint), "db", "s"}, {});
  calls_.tell(foreign, true, {});
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_TRUE(told_[0].held);
  EXPECT_EQ(told_[0].endpoint, endpoint);
}

TEST_F(CallsTest, what_is_under_a_call_has_its_reasoning) {
  EXPECT_EQ(calls_.reasoning_of(under(text, {})), "the alert says so");
  calls_.close(call_);
  EXPECT_EQ(calls_.reasoning_of(under(text, {})), "");
}

}  // namespace
}  // namespace claw::guard
