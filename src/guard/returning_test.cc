// Agents that are sent away and come back, restarts while a person is being asked, and those who would make
// one approval run two actions.
#include <gtest/gtest.h>

#include "action/requests.h"
#include "action/sql.h"
#include "approval/keep_for_test.h"
#include "audit/memory.h"
#include "base/json.h"
#include "guard/guard.h"

namespace claw::guard {
namespace {

constexpr std::int64_t second_us = 1'000'000;
using State = action::Operation::State;

// One run of a gateway; the journal and the kept operations outlive it.
struct Gateway {
  Gateway(FakeClock& clock, audit::MemorySink& sink, const std::shared_ptr<approval::KeepForTest>& memory,
          std::string version = "v1", std::set<std::string, std::less<>> waiting = {})
      : operations(memory), guard(clock, sink, questions, registry, &operations) {
    policy::RuleSource asks;
    asks.name = "writes-ask";
    asks.condition = "http.method != 'get'";
    asks.verdict = policy::Outcome::approve;
    asks.approvers = {"ops"};
    policy::RuleSource never = asks;
    never.name = "never";
    never.condition = "http.path == '/never'";
    never.verdict = policy::Outcome::deny;
    never.approvers.clear();
    never.priority = 1;
    Approver ops{{.name = "ops"}, 600 * second_us, 10 * second_us, {true, 60 * second_us, 1024}};
    Endpoint endpoint{"https.api", "https", std::move(version),
                      policy::compile_rules(action::Family::http, {asks, never}).rules, {ops}};
    Terms terms;
    terms.waiting = std::move(waiting);
    endpoint.terms = std::make_shared<const Terms>(std::move(terms));
    gate = guard.open(std::move(endpoint));
    EXPECT_TRUE(guard.restore());
  }

  Ruling send(std::string body, std::string operation = {}, std::string agent = "bot",
              std::string path = "/users") {
    action::HttpRequest request;
    request.method = "POST";
    request.host = "api.test";
    request.path = std::move(path);
    request.body = std::move(body);
    action::Action made;
    made.subject = action::make_http_subject(std::move(request));
    const std::string session = "connection " + std::to_string(++connections);
    made.context =
        action::make_context(action::Family::http, {{agent, "ops", ""}, "https.api", "key", session});
    made.operation = std::move(operation);
    made.can_return = true;
    return guard.judge(gate, std::move(made), [this](action::Verdict verdict) { later.push_back(verdict); });
  }
  std::string asked() const { return questions.list().at(0).question.id; }
  void answer(const std::string& id, approval::Choice choice = approval::Choice::allow) {
    approval::Reply reply;
    reply.person = "ann";
    reply.choice = choice;
    EXPECT_TRUE(questions.answer(id, reply, 0));
  }

  approval::Queue questions;
  approval::Operations operations;
  metrics::Registry registry;
  std::vector<action::Verdict> later;
  Guard guard;
  std::shared_ptr<const Gate> gate;
  int connections = 0;
};

class Returning : public testing::Test {
 protected:
  std::string last() const { return sink_.records().back(); }
  std::size_t judged() const {
    return static_cast<std::size_t>(std::ranges::count_if(sink_.records(), [](const std::string& record) {
      return json::parse(record).value().text_or("kind", "") == "judged";
    }));
  }
  // An agent whose connection has waited long enough; its operation's id.
  std::string send_away(Gateway& gateway) {
    EXPECT_TRUE(gateway.send("x").held);
    clock_.advance_us(10 * second_us);
    gateway.guard.tick();
    return gateway.asked();
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  std::shared_ptr<approval::KeepForTest> memory_ = std::make_shared<approval::KeepForTest>();
};

TEST_F(Returning, is_sent_away_after_a_while_and_runs_once_when_it_comes_back) {
  Gateway gateway(clock_, sink_, memory_);
  ASSERT_TRUE(gateway.send("x").held);
  clock_.advance_us(10 * second_us - 1);
  gateway.guard.tick();
  EXPECT_TRUE(gateway.later.empty());
  clock_.advance_us(1);
  gateway.guard.tick();
  ASSERT_EQ(gateway.later.size(), 1U);
  ASSERT_NE(gateway.later[0].operation, nullptr);
  EXPECT_FALSE(gateway.later[0].allowed());
  const std::string id = gateway.later[0].operation->id;
  EXPECT_EQ(gateway.questions.show(id)->question.waits_for_retry, true);
  EXPECT_EQ(gateway.send("x", id).verdict.operation->state, State::pending);
  EXPECT_EQ(gateway.send("x").verdict.operation->id, id) << "the same again is the same question";
  EXPECT_EQ(gateway.questions.open(), 1U);
  EXPECT_EQ(judged(), 0U);

  gateway.answer(id);
  EXPECT_EQ(gateway.later.size(), 1U) << "nothing runs by itself";
  EXPECT_EQ(judged(), 0U);
  const Ruling ruling = gateway.send("x", id);
  EXPECT_TRUE(ruling.verdict.allowed());
  const json::Value record = json::parse(last()).value();
  EXPECT_EQ(record.text_or("operation", ""), id);
  EXPECT_EQ(record.text_or("approver", ""), "ann");
  EXPECT_EQ(gateway.send("x", id).verdict.operation->state, State::spent);
  gateway.guard.finished(*gateway.gate, {ruling.action, Ending::ok, -1, 5, "201"});
  EXPECT_EQ(gateway.operations.show(id, gateway.later[0].operation->token)->stage,
            approval::Stage::upstream_succeeded);
}

TEST_F(Returning, agents_of_a_profile_that_waits_are_not_sent_away) {
  Gateway gateway(clock_, sink_, memory_, "v1", {"ops"});
  ASSERT_TRUE(gateway.send("x").held);
  clock_.advance_us(60 * second_us);
  gateway.guard.tick();
  EXPECT_TRUE(gateway.later.empty());
  gateway.answer(gateway.asked());
  EXPECT_TRUE(gateway.later.at(0).allowed());
}

TEST_F(Returning, an_answer_in_time_is_as_it_always_was) {
  Gateway gateway(clock_, sink_, memory_);
  ASSERT_TRUE(gateway.send("x").held);
  EXPECT_EQ(memory_->texts.size(), 1U) << "a restart would not forget it";
  gateway.answer(gateway.asked());
  ASSERT_EQ(gateway.later.size(), 1U);
  EXPECT_TRUE(gateway.later[0].allowed());
  EXPECT_TRUE(memory_->texts.empty());
  EXPECT_TRUE(gateway.send("x").held) << "the next one is a question of its own";
}

TEST_F(Returning, two_connections_with_the_same_request_are_two_questions) {
  Gateway gateway(clock_, sink_, memory_);
  ASSERT_TRUE(gateway.send("x").held);
  ASSERT_TRUE(gateway.send("x").held);
  EXPECT_EQ(gateway.questions.open(), 2U);
}

TEST_F(Returning, what_comes_back_must_be_what_was_allowed) {
  Gateway gateway(clock_, sink_, memory_);
  const std::string id = send_away(gateway);
  gateway.answer(id);
  EXPECT_EQ(gateway.send("y", id).verdict.operation->state, State::another_action);
  EXPECT_EQ(gateway.send("x", id, "eve").verdict.operation->state, State::unknown);
  EXPECT_EQ(gateway.send("x", "no-such").verdict.operation->state, State::unknown);
  EXPECT_EQ(gateway.send("x", id, "bot", "/never").verdict.rule, "never") << "today's rules come first";
  EXPECT_TRUE(gateway.send("x").held) << "without the id it is another action";
  EXPECT_TRUE(gateway.send("x", id).verdict.allowed());
}

TEST_F(Returning, a_denial_waits_for_it) {
  Gateway gateway(clock_, sink_, memory_);
  const std::string id = send_away(gateway);
  gateway.answer(id, approval::Choice::deny);
  EXPECT_EQ(judged(), 1U);
  const Ruling ruling = gateway.send("x", id);
  EXPECT_FALSE(ruling.verdict.allowed());
  EXPECT_EQ(ruling.verdict.operation, nullptr);
  EXPECT_NE(ruling.verdict.reason.find("said no"), std::string::npos);
}

TEST_F(Returning, the_retry_must_come_in_time) {
  Gateway gateway(clock_, sink_, memory_);
  const std::string id = send_away(gateway);
  clock_.advance_us(300 * second_us);
  gateway.answer(id);
  clock_.advance_us(61 * second_us);
  gateway.guard.tick();
  const json::Value record = json::parse(last()).value();
  EXPECT_EQ(record.text_or("kind", ""), "ended") << "nobody has to wonder whether it ran";
  EXPECT_EQ(record.text_or("action", ""), id);
  EXPECT_FALSE(gateway.send("x", id).verdict.allowed());
}

TEST_F(Returning, a_restart_asks_again_and_the_same_request_gets_the_answer) {
  std::string id;
  {
    Gateway gateway(clock_, sink_, memory_);
    ASSERT_TRUE(gateway.send("x").held);
    id = gateway.asked();
  }  // Its connection was told that the gateway stops.
  clock_.advance_us(second_us);
  Gateway next(clock_, sink_, memory_);
  ASSERT_EQ(next.questions.open(), 1U);
  EXPECT_EQ(next.asked(), id);
  EXPECT_EQ(next.send("x").verdict.operation->state, State::pending);
  EXPECT_TRUE(next.send("y").held);
  next.answer(id);
  EXPECT_TRUE(next.send("x").verdict.allowed());
  EXPECT_TRUE(next.send("x").held) << "once";
}

TEST_F(Returning, what_was_allowed_survives_a_restart_and_a_new_policy_does_not_honour_it) {
  std::string id;
  {
    Gateway gateway(clock_, sink_, memory_);
    id = send_away(gateway);
    gateway.answer(id);
  }
  {
    Gateway changed(clock_, sink_, memory_, "v2");
    EXPECT_EQ(changed.send("x", id).verdict.operation->state, State::another_action);
  }
  Gateway same(clock_, sink_, memory_);
  EXPECT_TRUE(same.send("x", id).verdict.allowed());
}

TEST_F(Returning, a_question_whose_time_was_up_while_the_gateway_was_down_is_denied) {
  std::string id;
  {
    Gateway gateway(clock_, sink_, memory_);
    id = send_away(gateway);
  }
  clock_.advance_us(601 * second_us);
  Gateway next(clock_, sink_, memory_);
  next.guard.tick();
  EXPECT_EQ(next.questions.open(), 0U);
  EXPECT_FALSE(next.send("x", id).verdict.allowed());
  EXPECT_FALSE(next.send("x", id).held);
}

TEST_F(Returning, what_cannot_be_kept_is_not_asked_and_what_cannot_be_recorded_does_not_run) {
  Gateway gateway(clock_, sink_, memory_);
  memory_->fails = true;
  EXPECT_FALSE(gateway.send("x").held);
  EXPECT_EQ(gateway.questions.open(), 0U);
  memory_->fails = false;
  const std::string id = send_away(gateway);
  gateway.answer(id);
  sink_.fail(true);
  EXPECT_FALSE(gateway.send("x", id).verdict.allowed());
  sink_.fail(false);
  EXPECT_EQ(gateway.send("x", id).verdict.operation->state, State::spent) << "its one run is used up";
}

TEST_F(Returning, a_body_that_nobody_has_seen_is_wanted_before_anybody_is_asked) {
  Gateway gateway(clock_, sink_, memory_);
  action::HttpRequest request;
  request.method = "POST";
  request.host = "api.test";
  request.path = "/users";
  action::Action made;
  made.subject = action::make_http_subject(std::move(request));
  made.context = action::make_context(action::Family::http, {{"bot", "ops", ""}, "https.api", "key", "s"});
  made.has_more = true;
  const Ruling ruling = gateway.guard.judge(gateway.gate, std::move(made), {});
  EXPECT_TRUE(ruling.verdict.wants_body);
  EXPECT_FALSE(ruling.verdict.allowed());
  EXPECT_FALSE(ruling.held);
  EXPECT_EQ(gateway.questions.open(), 0U);
  EXPECT_TRUE(sink_.records().empty());
}

}  // namespace
}  // namespace claw::guard
