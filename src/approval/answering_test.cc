#include "approval/answering.h"

#include <gtest/gtest.h>

namespace claw::approval {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

Reply by(std::string person, Choice choice = Choice::allow) {
  Reply reply;
  reply.person = std::move(person);
  reply.choice = choice;
  return reply;
}

Reply by_model(std::string approver, Choice choice) {
  Reply reply = by(approver, choice);
  reply.approver = std::move(approver);
  reply.by_model = true;
  return reply;
}

Approver people(std::string name, std::vector<std::string> who = {}) {
  Approver approver;
  approver.name = std::move(name);
  approver.people = std::move(who);
  return approver;
}

Approver model(std::string name, bool may_allow = false) {
  Approver approver;
  approver.name = std::move(name);
  approver.kind = Approver::Kind::model;
  approver.may_allow = may_allow;
  return approver;
}

Entry entry(std::vector<Approver> approvers) {
  Entry made;
  made.question.id = "q";
  made.question.approvers = std::move(approvers);
  return made;
}

TEST(answering, only_who_is_named_or_in_a_named_group_counts) {
  Entry asked = entry({people("dba", {"ann", "group:Oncall"})});
  EXPECT_EQ(take(asked, by("eve")).error().code, Code::denied);
  EXPECT_EQ(take(asked, by("eve", Choice::deny)).error().code, Code::denied) << "nor can strangers deny";
  Reply of_group = by("bob");
  of_group.groups = {"oncall"};
  EXPECT_EQ(take(asked, of_group).value(), State::allowed);
  EXPECT_EQ(take(asked, by("group:Oncall")).error().code, Code::denied) << "a group's name is no person";
}

TEST(answering, a_person_counts_for_each_approver_that_names_them_and_no_other) {
  Entry asked = entry({people("dba", {"ann"}), people("security", {"ann", "bob"})});
  EXPECT_EQ(take(asked, by("bob")).value(), State::open);
  EXPECT_EQ(allowed_for(asked, asked.question.approvers[0]), 0U);
  EXPECT_EQ(allowed_for(asked, asked.question.approvers[1]), 1U);
  EXPECT_EQ(take(asked, by("ann")).value(), State::allowed);
}

TEST(answering, whom_the_agent_acts_for_may_deny_but_not_allow) {
  Entry asked = entry({people("ops")});
  asked.question.owner = "Ann";
  EXPECT_EQ(take(asked, by("ann")).error().code, Code::denied);
  EXPECT_TRUE(asked.replies.empty());
  EXPECT_EQ(take(asked, by("ann", Choice::deny)).value(), State::denied);
}

TEST(answering, allowing_needs_the_assurance_that_the_rule_asks_for_and_denying_needs_none) {
  Entry asked = entry({people("ops")});
  asked.question.assurance = Assurance::passkey;
  EXPECT_EQ(take(asked, by("ann")).error().what, "allowing this needs a passkey");
  Reply sure = by("ann");
  sure.assurance = Assurance::passkey;
  Entry other = asked;
  EXPECT_EQ(take(other, sure).value(), State::allowed);
  EXPECT_EQ(take(asked, by("ann", Choice::deny)).value(), State::denied);
}

TEST(answering, a_model_refuses_or_passes_on_and_never_allows_alone) {
  for (const Choice choice : {Choice::allow, Choice::pass}) {
    Entry asked = entry({model("judge"), people("ops")});
    EXPECT_EQ(take(asked, by_model("judge", choice)).value(), State::open);
    EXPECT_EQ(take(asked, by("ann")).value(), State::allowed);
  }
  Entry refused = entry({model("judge"), people("ops")});
  EXPECT_EQ(take(refused, by_model("judge", Choice::deny)).value(), State::denied);
  Entry eager = entry({model("judge"), people("ops")});
  EXPECT_EQ(take(eager, by("ann")).value(), State::open) << "the model has not been heard";
  EXPECT_EQ(take(eager, by_model("judge", Choice::pass)).value(), State::allowed);
}

TEST(answering, a_model_that_may_allow_does_and_passing_leaves_it_to_people) {
  Entry allowed = entry({model("judge", true), people("ops")});
  EXPECT_EQ(take(allowed, by_model("judge", Choice::allow)).value(), State::allowed);
  Entry passed = entry({model("judge", true), people("ops")});
  EXPECT_EQ(take(passed, by_model("judge", Choice::pass)).value(), State::open);
  Entry alone = entry({model("judge", true)});
  EXPECT_EQ(take(alone, by_model("judge", Choice::pass)).value(), State::denied) << "there is nobody to ask";
}

TEST(answering, nobody_speaks_for_a_model_and_a_model_for_nobody) {
  Entry asked = entry({model("judge", true), people("ops")});
  Reply posing = by("judge");
  posing.approver = "judge";
  EXPECT_EQ(take(asked, posing).error().code, Code::denied);
  Reply reaching = by_model("judge", Choice::allow);
  reaching.approver = "ops";
  EXPECT_EQ(take(asked, reaching).error().code, Code::denied);
  reaching.approver.clear();
  EXPECT_EQ(take(asked, reaching).error().code, Code::denied);
  EXPECT_EQ(take(asked, by("ann", Choice::pass)).error().code, Code::invalid);
}

TEST(answering, who_a_question_is_passed_on_to_may_answer_from_then_on) {
  Queue queue;
  Question question;
  question.id = "q";
  question.deadline_us = 60 * minute_us;
  Approver dba = people("dba", {"ann"});
  dba.escalation = {"managers", {"mia"}, 5 * minute_us};
  question.approvers = {dba};
  State ended = State::open;
  ASSERT_TRUE(queue.ask(question, [&](const Answer& answer) { ended = answer.state; }));
  Reply for_managers = by("mia");
  for_managers.approver = "managers";
  EXPECT_FALSE(queue.answer("q", by("mia"), 0));
  queue.expire(5 * minute_us - 1, 0);
  EXPECT_FALSE(queue.answer("q", for_managers, 0));
  const std::uint64_t before = queue.changes();
  queue.expire(5 * minute_us, 0);
  EXPECT_EQ(queue.changes(), before + 1) << "whoever tells people sees it";
  EXPECT_EQ(queue.show("q")->escalated, std::vector<std::string>{"dba"});
  queue.expire(6 * minute_us, 0);
  EXPECT_EQ(queue.changes(), before + 1) << "it comes once";
  EXPECT_EQ(queue.answer("q", for_managers, 0).value(), State::allowed);
  EXPECT_EQ(ended, State::allowed);
}

TEST(answering, evidence_comes_later_and_is_bounded) {
  Queue queue;
  Question question;
  question.id = "q";
  question.preparing = true;
  question.deadline_us = minute_us;
  question.approvers = {people("ops")};
  ASSERT_TRUE(queue.ask(question, [](const Answer&) {}));
  ASSERT_TRUE(queue.attach("q", {{"rows", Evidence::Kind::count, std::string(evidence_bytes_max * 2, '1')}}));
  const Entry shown = *queue.show("q");
  EXPECT_FALSE(shown.question.preparing);
  EXPECT_EQ(shown.question.evidence.at(0).text.size(), evidence_bytes_max);
  queue.withdraw("q", 0);
  EXPECT_FALSE(queue.attach("q", {}));
}

}  // namespace
}  // namespace claw::approval
