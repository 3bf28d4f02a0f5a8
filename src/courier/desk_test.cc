#include "courier/desk.h"

#include <gtest/gtest.h>

namespace claw::courier {
namespace {

using approval::Approver;
using approval::Entry;
using approval::State;
using channel::Event;

constexpr std::int64_t second_us = 1'000'000;

Entry entry(std::string id, std::string summary = "delete orders") {
  Entry made;
  made.question.id = std::move(id);
  made.question.agent = "coder";
  made.question.summary = std::move(summary);
  made.question.approvers = {{.name = "dba"}};
  return made;
}

Approver judge() {
  Approver made;
  made.name = "judge";
  made.kind = Approver::Kind::model;
  return made;
}

// One approver in one channel that can change its messages; and others besides.
Rota rota() {
  Rota made;
  made.approvers["dba"] = {{"chat"}, 0};
  made.approvers["managers"] = {{"chat"}, 0};
  made.approvers["often"] = {{"chat"}, 60 * second_us};
  made.approvers["written"] = {{"mail"}, 0};
  made.approvers["machine"] = {{"hook"}, 0};
  made.channels["chat"] = {true, true, 6000};
  made.channels["mail"] = {false, true, 6000};
  made.channels["hook"] = {true, false, 6000};
  return made;
}

class Told : public testing::Test {
 protected:
  Told() { desk.use(rota()); }

  // Looks, and has everything arrive: `asked q1 x2`.
  std::string look(std::int64_t after_us = 2 * second_us) {
    now_us += after_us;
    std::string said;
    for (const Job& job : desk.notices(entries, now_us)) {
      said += std::string(said.empty() ? "" : ", ") + std::string(channel::name_of(job.event)) + " " +
              job.question;
      if (job.count > 1) said += " x" + std::to_string(job.count);
      desk.sent(job, "receipt", now_us);
    }
    return said;
  }
  void end(std::size_t which, State state = State::allowed) { entries[which].state = state; }

  Desk desk;
  std::vector<Entry> entries;
  std::int64_t now_us = 1'000 * second_us;
};

TEST_F(Told, a_question_is_told_once_and_so_is_its_end) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  EXPECT_EQ(look(), "");
  end(0);
  EXPECT_EQ(look(), "ended q1");
  EXPECT_EQ(look(), "");
  EXPECT_TRUE(desk.is_quiet());
}

TEST_F(Told, repeats_are_one_message_with_a_count) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  for (int i = 2; i <= 40; ++i) entries.push_back(entry("q" + std::to_string(i)));
  EXPECT_EQ(look(), "grown q1 x40");
  entries.push_back(entry("other", "drop orders"));
  EXPECT_EQ(look(), "asked other");
  end(0);
  EXPECT_EQ(look(), "grown q2 x39") << "it stands for the next one now";
  for (std::size_t i = 1; i < 40; ++i) end(i);
  EXPECT_EQ(look(), "ended q2");
}

TEST_F(Told, what_comes_after_the_end_is_news) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  end(0);
  entries.push_back(entry("q2"));
  EXPECT_EQ(look(), "ended q1, asked q2");
}

TEST_F(Told, a_machine_is_told_each) {
  entries = {entry("q1"), entry("q2")};
  for (Entry& each : entries) each.question.approvers = {{.name = "machine"}};
  EXPECT_EQ(look(), "asked q1, asked q2");
}

TEST_F(Told, where_a_message_cannot_be_changed_the_next_one_is_told) {
  entries = {entry("q1"), entry("q2")};
  for (Entry& each : entries) each.question.approvers = {{.name = "written"}};
  EXPECT_EQ(look(), "asked q1 x2");
  end(0);
  EXPECT_EQ(look(), "asked q2");
}

TEST_F(Told, people_are_reminded_while_nobody_answers) {
  entries = {entry("q1")};
  entries[0].question.approvers = {{.name = "often"}};
  EXPECT_EQ(look(), "asked q1");
  EXPECT_EQ(look(59 * second_us), "");
  EXPECT_EQ(look(), "reminded q1");
  EXPECT_EQ(look(59 * second_us), "");
  EXPECT_EQ(look(), "reminded q1");
  end(0, State::denied);
  EXPECT_EQ(look(120 * second_us), "ended q1");
  EXPECT_EQ(look(120 * second_us), "");
}

TEST_F(Told, those_it_is_passed_on_to_are_told_also_in_the_same_channel) {
  entries = {entry("q1")};
  entries[0].question.approvers[0].escalation = {"managers", {}, 60 * second_us};
  EXPECT_EQ(look(), "asked q1");
  entries[0].escalated = {"dba"};
  EXPECT_EQ(look(), "escalated q1");
  EXPECT_EQ(look(), "");
  end(0);
  EXPECT_EQ(look(), "ended q1, ended q1") << "each of the two messages";
}

TEST_F(Told, models_are_asked_first_and_evidence_comes_before_all) {
  entries = {entry("q1")};
  entries[0].question.approvers.insert(entries[0].question.approvers.begin(), judge());
  entries[0].question.preparing = true;
  EXPECT_TRUE(desk.askings(entries).empty());
  entries[0].question.preparing = false;
  const auto askings = desk.askings(entries);
  ASSERT_EQ(askings.size(), 1U);
  EXPECT_EQ(askings[0].approver, "judge");
  EXPECT_TRUE(desk.askings(entries).empty()) << "once";
  EXPECT_EQ(look(), "");
  desk.answered(askings[0]);
  EXPECT_EQ(look(), "asked q1");
}

TEST_F(Told, replies_are_shown) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  entries[0].replies = {{.person = "ann", .choice = approval::Choice::allow, .comment = ""}};
  EXPECT_EQ(look(), "grown q1");
}

TEST_F(Told, what_failed_is_tried_later_and_later_while_it_matters) {
  entries = {entry("q1")};
  std::vector<std::int64_t> tries_us;
  std::uint64_t number = 0;
  for (int i = 0; i < 200; ++i) {
    now_us += second_us;
    for (const Job& job : desk.notices(entries, now_us)) {
      EXPECT_EQ(desk.failed(job, 0, now_us), tries_us.empty()) << "said once";
      tries_us.push_back(now_us);
      number = number == 0 ? job.number : number;
      EXPECT_EQ(job.number, number) << "the same message";
    }
  }
  ASSERT_GE(tries_us.size(), 7U);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(tries_us[i] - tries_us[i - 1], second_us << (i - 1));
  EXPECT_EQ(tries_us[7] - tries_us[6], 60 * second_us);
  EXPECT_EQ(desk.waiting("chat"), 1U);
  end(0);
  EXPECT_EQ(look(100 * second_us), "") << "nobody was told, so nobody need be told the end";
  EXPECT_TRUE(desk.is_quiet());
}

TEST_F(Told, an_end_that_cannot_be_told_is_given_up) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  end(0);
  int tries = 0;
  for (int i = 0; i < 1000; ++i) {
    now_us += second_us;
    for (const Job& job : desk.notices(entries, now_us)) {
      ++tries;
      desk.failed(job, 0, now_us);
    }
  }
  EXPECT_EQ(tries, 5);
  EXPECT_TRUE(desk.is_quiet());
}

TEST_F(Told, a_server_that_asks_for_time_gets_it_from_all_its_messages) {
  entries = {entry("q1")};
  const Job job = desk.notices(entries, now_us).at(0);
  desk.failed(job, 30 * second_us, now_us);
  entries.push_back(entry("q2", "drop orders"));
  EXPECT_EQ(look(29 * second_us), "");
  EXPECT_EQ(look(), "asked q1, asked q2");
}

TEST_F(Told, no_channel_is_flooded) {
  Rota slow = rota();
  slow.channels["chat"].per_minute = 6;
  desk.use(slow);
  for (int i = 0; i < 100; ++i) {
    entries.push_back(entry("q" + std::to_string(i), "action " + std::to_string(i)));
  }
  std::size_t sent = 0;
  for (int i = 0; i < 60; ++i) {
    now_us += second_us;
    for (const Job& job : desk.notices(entries, now_us)) {
      desk.sent(job, "r", now_us);
      ++sent;
    }
  }
  EXPECT_GE(sent, 15U);
  EXPECT_LE(sent, 17U) << "ten at once, and six a minute";
}

TEST_F(Told, a_reload_forgets_channels_that_are_gone_and_keeps_the_others) {
  entries = {entry("q1")};
  EXPECT_EQ(look(), "asked q1");
  desk.use(rota());
  EXPECT_EQ(look(), "");
  Rota less = rota();
  less.channels.erase("chat");
  desk.use(less);
  EXPECT_EQ(look(), "");
  end(0);
  EXPECT_EQ(look(), "");
}

TEST_F(Told, nothing_is_said_again_while_it_is_under_way) {
  entries = {entry("q1")};
  EXPECT_EQ(desk.notices(entries, now_us).size(), 1U);
  EXPECT_EQ(desk.notices(entries, now_us + 100 * second_us).size(), 0U);
}

}  // namespace
}  // namespace claw::courier
