// What all channels have in common, and those that only tell: Teams, e-mail and PagerDuty.
#include "approval/channel/trial_for_test.h"
#include "base/text.h"

namespace claw::channel {
namespace {

Secrets all_secrets() {
  return secrets_of({{"bot_token", "s3cret"}, {"signing_secret", "s3cret"}, {"token", "s3cret"},
                     {"webhook_secret", "s3cret"}, {"url", "https://teams.test/hook?sig=s3cret"},
                     {"password", "s3cret"}, {"routing_key", "s3cret"}, {"secret", "s3cret"},
                     {"callback_secret", "s3cret"}});
}

Settings whole_settings(Kind kind) {
  Settings settings = settings_of(kind);
  if (kind == Kind::webhook) settings.url = "https://hooks.test/";
  settings.from = "gateway@example.com";
  settings.recipients = {"ann@example.com", "bob@example.com"};
  return settings;
}

std::string mail_of(const Notice& notice) {
  auto outgoing = make(whole_settings(Kind::email))->compose(notice, {}, all_secrets());
  return std::get<Letter>(**outgoing).text;
}

std::string decoded_body(std::string_view mail) {
  std::string encoded;
  for (const char c : mail.substr(mail.find("\r\n\r\n") + 4)) {
    if (c != '\r' && c != '\n') encoded += c;
  }
  return from_base64(encoded).value();
}

TEST(channel, every_kind_says_every_event_or_nothing) {
  for (const Needs& needs : kinds()) {
    const auto channel = make(whole_settings(needs.kind));
    EXPECT_EQ(needs_named(needs.name), &needs);
    for (const Event event : {Event::asked, Event::grown, Event::reminded, Event::escalated, Event::ended}) {
      for (const bool is_hostile : {false, true}) {
        approval::Entry about = is_hostile ? hostile_entry() : entry();
        if (event == Event::ended) about.state = approval::State::expired;
        auto outgoing =
            channel->compose(notice_of(about, event), needs.kind == Kind::slack ? "{}" : "7", all_secrets());
        ASSERT_TRUE(outgoing) << needs.name << " " << name_of(event);
        if (!*outgoing) continue;
        if (const auto* message = std::get_if<Message>(&**outgoing)) {
          EXPECT_TRUE(json::parse(message->body.reveal())) << message->body.reveal();
          for (const auto& [name, value] : message->fields) {
            EXPECT_EQ(value.find("s3cret"), std::string::npos) << name;
            EXPECT_EQ(value.find('\n'), std::string::npos) << name;
          }
        }
      }
    }
  }
}

TEST(channel, without_its_secret_nothing_is_sent) {
  for (const Needs& needs : kinds()) {
    if (needs.kind == Kind::email) continue;  // Its password is for the server.
    const approval::Entry asked = entry();
    const auto outgoing = make(whole_settings(needs.kind))->compose(notice_of(asked), {}, {});
    EXPECT_EQ(outgoing.error().code, Code::not_found) << needs.name;
  }
}

TEST(channel, nobody_answers_where_nobody_can_be_known) {
  for (const Kind kind : {Kind::teams, Kind::email, Kind::pagerduty}) {
    EXPECT_FALSE(make(whole_settings(kind))->traits().answers);
    EXPECT_EQ(make(whole_settings(kind))->receive({{}, "{}"}, all_secrets(), now_us).error().code,
              Code::denied);
  }
}

TEST(channel, a_passkey_question_has_no_button_that_allows) {
  approval::Entry asked = entry();
  asked.question.assurance = approval::Assurance::passkey;
  for (const Kind kind : {Kind::slack, Kind::discord, Kind::telegram}) {
    const Message message = message_of(*make(whole_settings(kind)), notice_of(asked), {}, all_secrets());
    EXPECT_EQ(message.body.reveal().find("\"a:"), std::string_view::npos) << name_of(kind);
    EXPECT_NE(message.body.reveal().find("\"d:"), std::string_view::npos) << name_of(kind);
  }
}

TEST(channel, servers_that_fail_are_tried_again_and_those_that_refuse_are_not) {
  const auto teams = make(whole_settings(Kind::teams));
  EXPECT_TRUE(teams->sent(202, ""));
  EXPECT_EQ(teams->sent(503, "").error().code, Code::unavailable);
  EXPECT_EQ(teams->sent(302, "").error().code, Code::denied);
  EXPECT_EQ(teams->sent(404, "s3cret in a page").error().what, "it answered 404");
}

TEST(teams, foreign_text_is_in_runs_without_markdown) {
  const approval::Entry asked = hostile_entry();
  const Message message =
      message_of(*make(whole_settings(Kind::teams)), notice_of(asked), {}, all_secrets());
  EXPECT_EQ(message.url.reveal(), "https://teams.test/hook?sig=s3cret");
  const json::Value body = body_of(message);
  for (const json::Value& block : *at(body, {"attachments", "0", "content", "body"})->array()) {
    EXPECT_EQ(block.text_or("type", ""), "RichTextBlock");
  }
  EXPECT_EQ(text_at(body, {"attachments", "0", "content", "actions", "0", "url"}),
            "https://patrol.test/#/approvals/1");
}

TEST(email, is_a_message_that_nobody_can_add_headers_to) {
  const approval::Entry asked = hostile_entry();
  const std::string mail = mail_of(notice_of(asked));
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  for (const std::string_view line : split(head, '\n')) {
    EXPECT_TRUE(line.ends_with('\r') || line.ends_with("base64")) << line;
    EXPECT_FALSE(line.starts_with("Bcc:")) << line;
    EXPECT_LE(line.size(), 200U);
  }
  EXPECT_NE(head.find("Date: Fri, 15 Jan 2027 08:00:00 +0000"), std::string::npos) << head;
  EXPECT_NE(head.find("Message-ID: <0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e@example.com>"), std::string::npos);
  const std::string body = decoded_body(mail);
  EXPECT_NE(body.find("https://patrol.test/#/approvals/1"), std::string::npos);
  EXPECT_EQ(body.find("\nBcc:"), std::string::npos);
}

TEST(email, reminds_in_the_same_thread_and_keeps_quiet_otherwise) {
  approval::Entry asked = entry();
  EXPECT_NE(mail_of(notice_of(asked, Event::reminded)).find("In-Reply-To: <0192d3c8"), std::string::npos);
  const auto email = make(whole_settings(Kind::email));
  EXPECT_FALSE(email->compose(notice_of(asked, Event::grown), {}, {}).value());
  asked.state = approval::State::allowed;
  EXPECT_FALSE(email->compose(notice_of(asked, Event::ended), {}, {}).value());
}

TEST(pagerduty, triggers_acknowledges_and_resolves_one_alert) {
  const auto pagerduty = make(whole_settings(Kind::pagerduty));
  approval::Entry asked = entry();
  const json::Value trigger = body_of(message_of(*pagerduty, notice_of(asked), {}, all_secrets()));
  EXPECT_EQ(trigger.text_or("event_action", ""), "trigger");
  EXPECT_EQ(trigger.text_or("dedup_key", ""), asked.question.id);
  const Receipt receipt = pagerduty->sent(202, R"({"status":"success","dedup_key":"k"})").value();
  EXPECT_FALSE(pagerduty->compose(notice_of(asked, Event::grown), receipt, all_secrets()).value());
  asked.replies = {{.person = "ann", .choice = approval::Choice::allow, .comment = ""}};
  EXPECT_EQ(body_of(message_of(*pagerduty, notice_of(asked, Event::grown), receipt, all_secrets()))
                .text_or("event_action", ""), "acknowledge");
  asked.state = approval::State::allowed;
  const json::Value last =
      body_of(message_of(*pagerduty, notice_of(asked, Event::ended), receipt, all_secrets()));
  EXPECT_EQ(last.text_or("event_action", "") + last.text_or("dedup_key", ""), "resolvek");
}

}  // namespace
}  // namespace claw::channel
