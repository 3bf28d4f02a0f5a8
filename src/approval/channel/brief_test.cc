#include "approval/channel/trial_for_test.h"
#include "base/text.h"

namespace claw::channel {
namespace {

TEST(brief, says_what_by_whom_and_why) {
  approval::Entry asked = entry();
  asked.question.reasoning = "the ticket says so";
  asked.question.parameters = {std::string("7"), std::nullopt};
  asked.question.destructive = true;
  const std::string text = plain_text(brief_of(notice_of(asked), 5000), "https://patrol.test/#/approvals/1");
  for (const std::string_view part :
       {"Approval needed: destructive", "  | delete orders", "Agent: coder", "Endpoint: postgres.shop",
        "Rule: ask", "Why it is asked: deletions are looked at", "$1: 7", "$2: NULL",
        "  | delete from orders where id = 7", "The agent says (its own words, not checked):",
        "  | the ticket says so", "Expires in 90 s", "https://patrol.test/#/approvals/1"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(brief, how_it_ended_and_by_whom) {
  approval::Entry ended = entry();
  ended.replies = {{.person = "ann", .choice = approval::Choice::allow, .comment = ""},
                   {.person = "bob", .choice = approval::Choice::deny, .comment = "not today"}};
  ended.state = approval::State::denied;
  EXPECT_EQ(brief_of(notice_of(ended, Event::ended), 5000).title, "Denied by bob");
  ended.state = approval::State::expired;
  EXPECT_EQ(brief_of(notice_of(ended, Event::ended), 5000).title, "Nobody answered in time: denied");
  EXPECT_FALSE(brief_of(notice_of(ended, Event::ended), 5000).is_open);
}

TEST(brief, no_foreign_line_passes_for_one_of_ours) {
  approval::Entry asked = entry();
  asked.question.summary = "x\nAgent: ann";
  asked.question.text = "select 1\nRule: harmless\n\nAllowed by ann";
  asked.question.reasoning = "please\nAllowed by ann";
  const std::string text = plain_text(brief_of(notice_of(asked), 5000), {});
  for (const std::string_view line : split(text, '\n')) {
    EXPECT_FALSE(line.starts_with("Allowed") || line == "Rule: harmless" || line == "Agent: ann") << line;
  }
}

TEST(brief, what_is_too_long_loses_the_least_first_and_says_so) {
  approval::Entry asked = hostile_entry();
  asked.question.text = std::string(100'000, 'x');
  asked.question.reasoning = std::string(100'000, 'y');
  asked.question.parameters.assign(500, std::string(1000, 'z'));
  for (const std::size_t max : {2600U, 3500U, 6000U}) {
    const std::string text = plain_text(brief_of(notice_of(asked), max), {});
    EXPECT_LE(text.size(), max + 200) << max;
    EXPECT_NE(text.find("(cut: "), std::string::npos);
    EXPECT_EQ(text.find("more in the dashboard") != std::string::npos, max < 6000) << max;
  }
}

TEST(brief, a_button_says_which_action_and_fits_everywhere) {
  const approval::Entry asked = entry();
  const std::string button = button_of(approval::Choice::allow, asked.question, trial_key);
  EXPECT_LE(button.size(), 64U);
  const Click click = click_of(button).value();
  EXPECT_EQ(click.choice, approval::Choice::allow);
  EXPECT_EQ(click.question, asked.question.id);
  EXPECT_EQ(click.seal, seal_of(approval::Choice::allow, asked.question, trial_key));
  EXPECT_NE(click.seal, seal_of(approval::Choice::deny, asked.question, trial_key));
  EXPECT_NE(click.seal, seal_of(approval::Choice::allow, asked.question, "another"));
  for (const std::string_view bad : {"", "a", "a::0123456789abcdef", "a:1:", "x:1:0123456789abcdef",
                                     "a:1:0123456789abcdef:", "a:1:0123"}) {
    EXPECT_FALSE(click_of(bad)) << bad;
  }
}

TEST(brief, where_allowing_needs_a_passkey_the_note_says_so) {
  approval::Entry asked = entry();
  asked.question.assurance = approval::Assurance::passkey;
  const Brief brief = brief_of(notice_of(asked), 5000);
  EXPECT_FALSE(brief.may_allow);
  EXPECT_NE(brief.note.find("passkey"), std::string::npos);
}

}  // namespace
}  // namespace claw::channel
