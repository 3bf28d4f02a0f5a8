#include "approval/operations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "approval/keep_for_test.h"

namespace claw::approval {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

Question question(std::string id) {
  Question made;
  made.id = std::move(id);
  made.fingerprint = "print";
  made.agent = "bot";
  made.family = "http";
  made.text = "DELETE api.test/users/7";
  made.parameters = {std::nullopt, "x"};
  made.asked_us = 1;
  Approver ops;
  ops.name = "ops";
  ops.people = {"ann", "group:dba"};
  ops.escalation = {"managers", {"mia"}, minute_us};
  made.approvers = {ops};
  made.evidence = {{"target", Evidence::Kind::json, "{}"}};
  return made;
}

Answer allowed() { return {State::allowed, {"ann"}, "go on", "print"}; }

using Kind = Operations::Found::Kind;

class Kept : public testing::Test {
 protected:
  Kept() {
    EXPECT_TRUE(operations_.begin(question("a"), 10 * minute_us, 5 * minute_us));
    token_ = *operations_.send_away("a", true).value();
  }
  Kind take(std::string_view id, std::string_view agent = "bot", std::string_view print = "print",
            std::int64_t wall_us = 3 * minute_us) {
    return operations_.take(id, agent, print, wall_us).kind;
  }
  Stage stage() { return operations_.show("a", token_)->stage; }

  std::shared_ptr<KeepForTest> memory_ = std::make_shared<KeepForTest>();
  Operations operations_{memory_};
  std::string token_;
};

TEST_F(Kept, an_allowed_operation_runs_once) {
  EXPECT_EQ(take("a"), Kind::pending);
  operations_.answered("a", allowed(), "", 2 * minute_us);
  EXPECT_EQ(stage(), Stage::approved_waiting_for_retry);
  const auto found = operations_.take("a", "bot", "print", 3 * minute_us);
  EXPECT_EQ(found.kind, Kind::allowed);
  EXPECT_EQ(found.answer.people, std::vector<std::string>{"ann"});
  EXPECT_EQ(found.decided_us, 2 * minute_us);
  EXPECT_EQ(take("a"), Kind::spent) << "while it runs";
  operations_.ended("a", true, "204", 4 * minute_us);
  EXPECT_EQ(take("a"), Kind::spent);
  EXPECT_EQ(stage(), Stage::upstream_succeeded);
  EXPECT_EQ(memory_->texts.at("a").find("users/7"), std::string::npos) << "what it was is not kept on";
}

TEST_F(Kept, operators_need_no_token) {
  EXPECT_FALSE(operations_.show("a", "guessed"));
  ASSERT_TRUE(operations_.find("a"));
  EXPECT_EQ(operations_.find("a")->stage, Stage::pending_approval);
  EXPECT_FALSE(operations_.find("b"));
}

TEST_F(Kept, what_comes_back_must_be_the_same_of_the_same_agent) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  EXPECT_EQ(take("a", "bot", "other"), Kind::other_action);
  EXPECT_EQ(take("a", "eve"), Kind::none) << "another agent is not even told that there is one";
  EXPECT_EQ(take("b"), Kind::none);
  EXPECT_EQ(take(""), Kind::none) << "who was told an id names it";
  EXPECT_EQ(take("a"), Kind::allowed) << "and none of that has used it up";
}

TEST_F(Kept, the_time_for_the_retry_counts_from_the_decision) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  EXPECT_EQ(take("a", "bot", "print", 7 * minute_us + 1), Kind::denied);
  EXPECT_EQ(stage(), Stage::expired);
}

TEST_F(Kept, a_clock_set_back_makes_no_approval_last) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  EXPECT_EQ(take("a", "bot", "print", minute_us), Kind::denied);
}

TEST_F(Kept, an_approval_that_nobody_comes_back_for_expires_and_is_forgotten) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  operations_.expire(8 * minute_us);
  EXPECT_EQ(stage(), Stage::expired);
  operations_.expire(8 * minute_us + operation_kept_us);
  EXPECT_FALSE(operations_.show("a", token_));
  EXPECT_TRUE(memory_->texts.empty());
}

TEST_F(Kept, what_is_over_makes_room_and_what_is_not_stays) {
  for (std::size_t i = 1; i < operations_max; ++i) {
    ASSERT_TRUE(operations_.begin(question("n" + std::to_string(i)), minute_us, minute_us));
  }
  EXPECT_FALSE(operations_.begin(question("z"), minute_us, minute_us)) << "all of them still wait";
  operations_.answered("n7", {State::denied, {"ann"}, "", "print"}, "no", 2 * minute_us);
  operations_.answered("n8", {State::denied, {"ann"}, "", "print"}, "no", minute_us);
  EXPECT_TRUE(operations_.begin(question("z"), minute_us, minute_us));
  EXPECT_FALSE(memory_->texts.contains("n8")) << "the oldest leaves first";
  EXPECT_TRUE(memory_->texts.contains("n7"));
  EXPECT_EQ(take("a"), Kind::pending);
}

TEST_F(Kept, a_denial_is_told_whenever_asked) {
  operations_.answered("a", {State::denied, {"ann"}, "no", "print"}, "ann said no", 2 * minute_us);
  const auto found = operations_.take("a", "bot", "print", 3 * minute_us);
  EXPECT_EQ(found.kind, Kind::denied);
  EXPECT_EQ(found.reason, "ann said no");
  operations_.answered("a", allowed(), "", 2 * minute_us);
  EXPECT_EQ(take("a"), Kind::denied) << "it ends once";
}

TEST_F(Kept, its_state_is_for_who_has_the_token) {
  EXPECT_TRUE(operations_.show("a", token_));
  EXPECT_FALSE(operations_.show("a", ""));
  EXPECT_FALSE(operations_.show("a", token_ + "0"));
  EXPECT_FALSE(operations_.show("b", token_));
}

TEST_F(Kept, a_restart_asks_again_and_an_equal_request_is_the_retry_of_one_that_was_told_nothing) {
  ASSERT_TRUE(operations_.begin(question("b"), 10 * minute_us, 5 * minute_us));
  EXPECT_EQ(take(""), Kind::pending) << "a was sent away, b's connection waits and is no match";
  Operations next(memory_);
  const auto open = next.restore(minute_us).value();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[1].question.id, "b");
  EXPECT_EQ(open[1].question.approvers.at(0).escalation.people, std::vector<std::string>{"mia"});
  EXPECT_EQ(open[1].question.parameters.at(0), std::nullopt);
  EXPECT_TRUE(open[1].question.waits_for_retry);
  next.answered("a", allowed(), "", 2 * minute_us);
  next.answered("b", allowed(), "", 2 * minute_us);
  EXPECT_EQ(next.take("", "eve", "print", 3 * minute_us).kind, Kind::none);
  EXPECT_EQ(next.take("", "bot", "print", 3 * minute_us).id, "b");
  EXPECT_EQ(next.take("", "bot", "print", 3 * minute_us).kind, Kind::none) << "once";
  EXPECT_EQ(next.take("a", "bot", "print", 3 * minute_us).kind, Kind::allowed);
}

TEST_F(Kept, who_cannot_name_it_comes_back_with_an_equal_request) {
  ASSERT_TRUE(operations_.begin(question("b"), 10 * minute_us, 5 * minute_us));
  ASSERT_TRUE(operations_.send_away("b", false));
  operations_.answered("b", allowed(), "", 2 * minute_us);
  EXPECT_EQ(take("", "bot", "other"), Kind::none);
  EXPECT_EQ(take(""), Kind::allowed);
  EXPECT_EQ(take(""), Kind::pending) << "b has run; a is equal and still waits";
}

TEST_F(Kept, what_ran_when_the_gateway_died_is_not_run_again) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  ASSERT_EQ(take("a"), Kind::allowed);
  Operations next(memory_);
  EXPECT_TRUE(next.restore(4 * minute_us)->empty());
  const auto found = next.take("a", "bot", "print", 5 * minute_us);
  EXPECT_EQ(found.kind, Kind::spent);
  EXPECT_NE(found.reason.find("not known"), std::string::npos);
}

TEST_F(Kept, nothing_counts_that_cannot_be_kept) {
  memory_->fails = true;
  EXPECT_FALSE(operations_.begin(question("b"), minute_us, minute_us));
  EXPECT_FALSE(operations_.send_away("a", true));
  memory_->fails = false;
  operations_.answered("a", allowed(), "", 2 * minute_us);
  memory_->fails = true;
  EXPECT_EQ(take("a"), Kind::denied) << "a restart would let it run twice";
  memory_->fails = false;
  EXPECT_EQ(take("a"), Kind::allowed);
}

TEST_F(Kept, an_answer_that_cannot_be_kept_denies) {
  memory_->fails = true;
  operations_.answered("a", allowed(), "", 2 * minute_us);
  memory_->fails = false;
  EXPECT_EQ(take("a"), Kind::denied);
}

TEST_F(Kept, a_file_that_makes_no_sense_is_an_error) {
  const std::string whole = memory_->texts.at("a");
  ASSERT_TRUE(decode_operation(whole));
  EXPECT_EQ(encode(decode_operation(whole).value()), whole);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) EXPECT_FALSE(decode_operation(whole.substr(0, cut)));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"format\":1", "\"format\":2"},
                                                        {"pending_approval", "approved"},
                                                        {"\"required\":1", "\"required\":0"},
                                                        {"\"was_told\":true", "\"was_told\":1"},
                                                        {"\"assurance\":\"none\"", "\"assurance\":\"\""}}) {
    std::string changed = whole;
    changed.replace(changed.find(from), from.size(), to);
    memory_->texts.at("a") = changed;
    EXPECT_FALSE(Operations(memory_).restore(0)) << to;
  }
}

TEST_F(Kept, races_of_retries_run_it_once) {
  operations_.answered("a", allowed(), "", 2 * minute_us);
  std::atomic<int> ran = 0;
  std::vector<std::thread> agents;
  for (int i = 0; i < 8; ++i) {
    agents.emplace_back([&] { ran += take("a") == Kind::allowed ? 1 : 0; });
  }
  for (std::thread& agent : agents) agent.join();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace claw::approval
