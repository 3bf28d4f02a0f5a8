#include "approval/queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "action/sql.h"
#include "approval/fingerprint.h"

namespace claw::approval {
namespace {

Question question(std::string id, std::vector<Approver> approvers = {{"ops", 1}}) {
  Question made;
  made.id = std::move(id);
  made.fingerprint = "print of " + made.id;
  made.asked_us = 1000;
  made.deadline_us = 5000;
  made.approvers = std::move(approvers);
  return made;
}

// Counts what it is told.
struct Told {
  std::vector<Answer> answers;
  Callback callback() {
    return [this](const Answer& answer) { answers.push_back(answer); };
  }
};

Reply allow(std::string person, std::string approver = {}) {
  return {std::move(person), Choice::allow, {}, std::move(approver)};
}

TEST(queue, one_person_allows) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a"), told.callback()));
  EXPECT_EQ(queue.open(), 1U);
  EXPECT_EQ(queue.answer("a", {"ann", Choice::allow, "go on", ""}, 2000).value(), State::allowed);
  ASSERT_EQ(told.answers.size(), 1U);
  EXPECT_EQ(told.answers[0].state, State::allowed);
  EXPECT_EQ(told.answers[0].people, std::vector<std::string>{"ann"});
  EXPECT_EQ(told.answers[0].comment, "go on");
  EXPECT_EQ(told.answers[0].fingerprint, "print of a");
  EXPECT_EQ(queue.open(), 0U);
  EXPECT_EQ(queue.show("a")->state, State::allowed);
}

TEST(queue, tells_what_is_new_and_nothing_else) {
  Told told;
  Queue queue;
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(queue.ask(question(id), told.callback()));
  std::uint64_t seen = queue.changes();
  const auto news = [&] {
    std::string ids;
    for (const Entry& each : queue.news(seen)) ids += each.question.id;
    seen = queue.changes();
    return ids;
  };
  EXPECT_EQ(news(), "");
  ASSERT_TRUE(queue.answer("b", allow("ann"), 0));
  ASSERT_TRUE(queue.attach("a", {{"rows", Evidence::Kind::count, "7"}}));
  EXPECT_EQ(news(), "ba") << "in the order they changed, ended ones too";
  EXPECT_FALSE(queue.is_open("b"));
  EXPECT_TRUE(queue.is_open("a"));
  EXPECT_TRUE(queue.wait_for_retry("c"));
  EXPECT_EQ(news(), "c");
  EXPECT_EQ(queue.expire(5000, 1), 2U);
  EXPECT_EQ(news(), "ac");
  EXPECT_EQ(queue.alike(question("d")), 0U);
  ASSERT_TRUE(queue.ask(question("d"), told.callback()));
  EXPECT_EQ(queue.alike(question("e")), 1U) << "asked by the same agent, in the same words";
}

TEST(queue, two_people_are_two_people) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a", {{"ops", 2}}), told.callback()));
  EXPECT_EQ(queue.answer("a", allow("ann"), 0).value(), State::open);
  EXPECT_EQ(queue.answer("a", allow("ann"), 0).value(), State::open) << "the same person again is nobody new";
  EXPECT_EQ(queue.answer("a", allow(" Ann "), 0).value(), State::open) << "in any spelling";
  EXPECT_EQ(queue.answer("a", allow("bob"), 0).value(), State::allowed);
  EXPECT_EQ(told.answers.at(0).people, (std::vector<std::string>{"ann", "bob"}));
}

TEST(queue, one_denial_is_enough) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a", {{"ops", 3}}), told.callback()));
  EXPECT_EQ(queue.answer("a", allow("ann"), 0).value(), State::open);
  EXPECT_EQ(queue.answer("a", {"ann", Choice::deny, "changed my mind", ""}, 0).value(), State::denied);
  EXPECT_EQ(told.answers.at(0).people, std::vector<std::string>{"ann"});
  EXPECT_EQ(told.answers.at(0).comment, "changed my mind");
}

TEST(queue, every_approver_must_allow) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a", {{"ops", 1}, {"security", 1}}), told.callback()));
  EXPECT_EQ(queue.answer("a", allow("ann", "ops"), 0).value(), State::open);
  EXPECT_EQ(queue.answer("a", allow("bob", "sales"), 0).error().code, Code::denied);
  EXPECT_EQ(queue.answer("a", allow("bob", "security"), 0).value(), State::allowed);
}

TEST(queue, an_answer_after_the_end_is_an_error_that_says_so) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a"), told.callback()));
  EXPECT_EQ(queue.answer("b", allow("ann"), 0).error().code, Code::not_found);
  EXPECT_EQ(queue.expire(4999, 0), 0U);
  EXPECT_EQ(queue.next_deadline_us(), 5000);
  EXPECT_EQ(queue.expire(5000, 0), 1U);
  EXPECT_EQ(queue.answer("a", allow("ann"), 0).error().what, "this question has ended already: expired");
  EXPECT_EQ(told.answers.at(0).state, State::expired);
  EXPECT_EQ(told.answers.size(), 1U);
  EXPECT_FALSE(queue.withdraw("a", 0));
}

TEST(queue, a_question_is_asked_once) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a"), told.callback()));
  EXPECT_FALSE(queue.ask(question("a"), told.callback()));
  queue.withdraw("a", 0);
  EXPECT_FALSE(queue.ask(question("a"), told.callback())) << "an ended question is not asked again";
  EXPECT_FALSE(queue.ask(question("b", {}), told.callback()));
  EXPECT_FALSE(queue.ask(question("b", {{"ops", 0}}), told.callback()));
  EXPECT_EQ(told.answers.size(), 1U);
}

TEST(queue, answers_need_a_name) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a"), told.callback()));
  EXPECT_FALSE(queue.answer("a", allow("  "), 0));
  EXPECT_FALSE(queue.answer("a", allow(std::string(1000, 'x')), 0));
  EXPECT_TRUE(told.answers.empty());
}

TEST(queue, is_bounded_in_number_and_bytes) {
  Told told;
  Queue queue;
  for (std::size_t i = 0; i < open_questions_max; ++i) {
    ASSERT_TRUE(queue.ask(question(std::to_string(i)), told.callback()));
  }
  EXPECT_EQ(queue.ask(question("one more"), told.callback()).error().code, Code::limit);
  queue.shutdown(0);
  EXPECT_EQ(told.answers.size(), open_questions_max);
  EXPECT_FALSE(queue.ask(question("late"), told.callback()));

  Queue small;
  Question huge = question("huge");
  huge.parameters = {std::string(open_bytes_max, 'x')};
  EXPECT_EQ(small.ask(huge, told.callback()).error().code, Code::limit);
}

TEST(queue, ended_questions_can_be_looked_up_for_a_while) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("old"), told.callback()));
  queue.withdraw("old", 1000);
  ASSERT_TRUE(queue.ask(question("new"), told.callback()));
  queue.expire(0, 999 + ended_kept_us);
  ASSERT_EQ(queue.list().size(), 2U);
  EXPECT_EQ(queue.list()[0].question.id, "new");
  EXPECT_EQ(queue.list()[1].state, State::withdrawn);
  queue.expire(0, 1000 + ended_kept_us);
  EXPECT_FALSE(queue.show("old"));
}

TEST(queue, a_callback_may_use_the_queue) {
  Told told;
  Queue queue;
  ASSERT_TRUE(queue.ask(question("a"),
                        [&](const Answer&) { EXPECT_TRUE(queue.ask(question("b"), told.callback())); }));
  EXPECT_TRUE(queue.withdraw("a", 0));
  EXPECT_EQ(queue.open(), 1U);
}

// Answer, withdraw and expire at the same time from three threads: each question ends once.
TEST(queue, races_end_a_question_once) {
  for (int round = 0; round < 200; ++round) {
    Queue queue;
    std::atomic<int> told = 0;
    std::atomic<int> ended = 0;
    ASSERT_TRUE(queue.ask(question("a"), [&](const Answer&) { ++told; }));
    std::thread answering([&] { ended += queue.answer("a", allow("ann"), 0).ok() ? 1 : 0; });
    std::thread leaving([&] { ended += queue.withdraw("a", 0) ? 1 : 0; });
    ended += static_cast<int>(queue.expire(5000, 0));
    answering.join();
    leaving.join();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(ended, 1);
  }
}

TEST(fingerprint, differs_in_every_field) {
  action::Subject subject;
  subject.text = "delete from orders where id = $1";
  action::Context context;
  context.endpoint = "postgres.prod";
  context.session = "s1";
  context.principal = {"bot", "ops", "10.0.0.1:1"};
  std::vector<std::string> prints;
  const auto take = [&](const action::Subject& what, const action::Context& where,
                        std::vector<action::Parameter> values, std::string_view version) {
    action::Action action;
    action.subject = std::make_shared<const action::Subject>(what);
    action.context = std::make_shared<const action::Context>(where);
    action.parameters = std::move(values);
    prints.push_back(fingerprint(action, version));
  };
  take(subject, context, {"1"}, "v1");
  take(subject, context, {"1"}, "v2");
  take(subject, context, {"2"}, "v1");
  take(subject, context, {std::nullopt}, "v1");
  take(subject, context, {""}, "v1");
  take(subject, context, {}, "v1");
  take(subject, context, {"1", "1"}, "v1");
  take(subject, context, {"11"}, "v1");
  action::Subject other = subject;
  other.text += " ";
  take(other, context, {"1"}, "v1");
  other = subject;
  other.family = action::Family::http;
  take(other, context, {"1"}, "v1");
  for (auto change : std::vector<void (*)(action::Context&)>{
           [](action::Context& c) { c.endpoint = "postgres.test"; },
           [](action::Context& c) { c.session = "s2"; }, [](action::Context& c) { c.credential = "rw"; },
           [](action::Context& c) { c.principal.agent = "cron"; },
           [](action::Context& c) { c.principal.profile = "dev"; },
           [](action::Context& c) { c.endpoint = "postgres.prod1", c.session = "s"; }}) {
    action::Context changed = context;
    change(changed);
    take(subject, changed, {"1"}, "v1");
  }
  for (const action::SqlSession& session : std::vector<action::SqlSession>{
           {"app", "shop", "app", {"a", "b"}}, {"app", "test", "app", {"a", "b"}},
           {"app", "shop", "root", {"a", "b"}}, {"app", "shop", "", {"a", "b"}}, {"app", "shop", "app", {}},
           {"app", "shop", "app", {"a, b"}}, {"app", "shop", "app", {"b", "a"}}}) {
    take(subject, *action::make_sql_context({context.principal, "postgres.prod", "", "s1"}, session), {"1"},
         "v1");
  }
  static constexpr action::Named json[] = {{"Content-Type", "application/json"}, {"X-Do", "1"}};
  static constexpr action::Named other_value[] = {{"Content-Type", "application/json"}, {"X-Do", "2"}};
  static constexpr action::Named doubled[] = {{"X-Do", "1"}, {"X-Do", "2"}};
  static constexpr action::Named turned[] = {{"X-Do", "2"}, {"X-Do", "1"}};
  static constexpr action::Named signed_by_agent[] = {{"Authorization", "its own"}};
  other = subject;
  other.family = action::Family::http;
  other.body = "{}";
  take(other, context, {"1"}, "v1");
  for (const std::span<const action::Named> fields :
       {std::span<const action::Named>(json), std::span<const action::Named>(other_value),
        std::span<const action::Named>(doubled), std::span<const action::Named>(turned),
        std::span<const action::Named>(signed_by_agent)}) {
    other.fields = fields;
    take(other, context, {"1"}, "v1");
  }
  const std::size_t all = prints.size();
  std::sort(prints.begin(), prints.end());
  prints.erase(std::unique(prints.begin(), prints.end()), prints.end());
  EXPECT_EQ(prints.size(), all);
  EXPECT_EQ(prints[0].size(), 64U);
}

// The retry of a request comes on another connection, with another trace and another signature for us to
// drop.
TEST(fingerprint, is_the_same_for_the_same_request_tried_again) {
  const auto print = [](std::span<const action::Named> fields, std::string session) {
    action::Subject subject;
    subject.family = action::Family::http;
    subject.fields = fields;
    action::Context context;
    context.session = std::move(session);
    context.credential = "lent";
    action::Action action;
    action.subject = std::make_shared<const action::Subject>(subject);
    action.context = std::make_shared<const action::Context>(context);
    return fingerprint(action, "v1");
  };
  const action::Named first[] = {
      {"Accept", "*/*"}, {"X-Do", "1"}, {"Authorization", "a"}, {"traceparent", "1"}};
  const action::Named again[] = {
      {"x-do", "1"}, {"accept", "*/*"}, {"Authorization", "b"}, {"traceparent", "2"}};
  EXPECT_EQ(print(first, "s1"), print(again, "s2"));
}

}  // namespace
}  // namespace claw::approval
