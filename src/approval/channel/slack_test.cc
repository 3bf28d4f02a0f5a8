#include "approval/channel/signature.h"
#include "approval/channel/trial_for_test.h"
#include "base/text.h"

namespace claw::channel {
namespace {

const Secrets& secrets() {
  static const Secrets made = secrets_of({{"bot_token", "xoxb-1"}, {"signing_secret", "shh"}});
  return made;
}

std::string click_body(std::string_view value, std::string_view person = "U1") {
  const std::string payload =
      R"({"type":"block_actions","user":{"id":")" + std::string(person) + R"("},"channel":{"id":"C1"},)" +
      R"("actions":[{"action_id":"approval_allow","value":")" + std::string(value) + R"("}]})";
  std::string body = "payload=";
  for (const char c : payload) body += "%" + to_hex(std::string_view(&c, 1));
  return body;
}

Inbound signed_by(std::string_view secret, std::string_view body, std::string seconds = "1800000000") {
  const std::string signature = slack_signature(secret, seconds, body);
  return {{{"x-slack-request-timestamp", seconds}, {"X-Slack-Signature", signature}}, body};
}

TEST(slack, asks_with_buttons_and_changes_the_same_message) {
  const auto slack = make(settings_of(Kind::slack));
  approval::Entry asked = entry();
  const Message first = message_of(*slack, notice_of(asked), {}, secrets());
  EXPECT_EQ(first.url.reveal(), "https://slack.com/api/chat.postMessage");
  EXPECT_EQ(first.secret_fields.at(0).second.reveal(), "Bearer xoxb-1");
  const json::Value body = body_of(first);
  EXPECT_EQ(body.text_or("channel", ""), "#ops");
  EXPECT_EQ(text_at(body, {"blocks", "1", "elements", "0", "value"}),
            button_of(approval::Choice::allow, asked.question, trial_key));
  const Receipt receipt = slack->sent(200, R"({"ok":true,"channel":"C1","ts":"17.5"})").value();
  asked.state = approval::State::allowed;
  asked.replies = {{.person = "ann", .choice = approval::Choice::allow, .comment = ""}};
  const Message last = message_of(*slack, notice_of(asked, Event::ended), receipt, secrets());
  EXPECT_EQ(last.url.reveal(), "https://slack.com/api/chat.update");
  const json::Value change = body_of(last);
  EXPECT_EQ(change.text_or("channel", "") + change.text_or("ts", ""), "C117.5");
  EXPECT_EQ(at(change, {"blocks"})->array()->size(), 1U) << "no buttons any more";
  EXPECT_NE(last.body.reveal().find("Allowed by ann"), std::string_view::npos);
  const json::Value reminder =
      body_of(message_of(*slack, notice_of(entry(), Event::reminded), receipt, secrets()));
  EXPECT_EQ(reminder.text_or("thread_ts", ""), "17.5");
}

TEST(slack, what_was_never_sent_is_not_changed) {
  const auto slack = make(settings_of(Kind::slack));
  const approval::Entry asked = entry();
  EXPECT_FALSE(slack->compose(notice_of(asked, Event::ended), {}, secrets()).value());
  EXPECT_EQ(slack->compose(notice_of(asked), {}, Secrets()).error().code, Code::not_found);
}

TEST(slack, nothing_foreign_is_markup) {
  const approval::Entry asked = hostile_entry();
  const auto slack = make(settings_of(Kind::slack));
  const json::Value body = body_of(message_of(*slack, notice_of(asked), {}, secrets()));
  const std::string fallback = body.text_or("text", "");
  EXPECT_EQ(fallback.find('<'), std::string::npos) << fallback;
  EXPECT_EQ(at(body, {"link_names"})->boolean() != nullptr && *at(body, {"link_names"})->boolean(), false);
  for (const json::Value& element : *at(body, {"blocks", "0", "elements"})->array()) {
    for (const json::Value& part : *element.find("elements")->array()) {
      const std::string type = part.text_or("type", "");
      EXPECT_TRUE(type == "text" ||
                  (type == "link" && part.text_or("url", "").starts_with("https://patrol.test/")));
    }
  }
}

TEST(slack, a_signed_click_is_understood) {
  const auto slack = make(settings_of(Kind::slack));
  const approval::Entry asked = entry();
  const std::string body = click_body(button_of(approval::Choice::deny, asked.question, trial_key), "U42");
  const Received received = slack->receive(signed_by("shh", body), secrets(), now_us).value();
  EXPECT_EQ(received.click->person, "U42");
  EXPECT_EQ(received.click->question, asked.question.id);
  EXPECT_EQ(received.click->choice, approval::Choice::deny);
  EXPECT_FALSE(received.once.empty());
  const auto whisper = slack->whisper(received, "not <you>", secrets());
  EXPECT_NE(std::get<Message>(*whisper).body.reveal().find("not &lt;you&gt;"), std::string_view::npos);
}

TEST(slack, forged_late_and_doubled_are_refused) {
  const auto slack = make(settings_of(Kind::slack));
  const std::string body = click_body(button_of(approval::Choice::allow, entry().question, trial_key));
  const auto code = [&](const Inbound& inbound) {
    const auto received = slack->receive(inbound, secrets(), now_us);
    return received ? Code::timeout : received.error().code;
  };
  EXPECT_EQ(code(signed_by("guess", body)), Code::denied);
  EXPECT_EQ(code(signed_by("shh", body, "1799999699")), Code::denied);
  EXPECT_EQ(code(signed_by("shh", body, "1800000301")), Code::denied);
  EXPECT_EQ(code({{}, body}), Code::denied);
  Inbound moved = signed_by("shh", body);
  moved.fields[0].second = "1800000001";
  EXPECT_EQ(code(moved), Code::denied) << "the time is signed too";
  Inbound changed = signed_by("shh", body);
  const std::string other = body + "&x=1";
  changed.body = other;
  EXPECT_EQ(code(changed), Code::denied);
  Inbound doubled = signed_by("shh", body);
  doubled.fields.push_back(doubled.fields[1]);
  EXPECT_EQ(code(doubled), Code::denied);
  Inbound empty = signed_by("shh", body);
  empty.fields[1].second = "";
  EXPECT_EQ(code(empty), Code::denied);
}

TEST(slack, what_is_no_click_changes_nothing) {
  const auto slack = make(settings_of(Kind::slack));
  for (const std::string_view body : {"ssl_check=1", "payload=%7B%22type%22%3A%22view_closed%22%7D", ""}) {
    const auto received = slack->receive(signed_by("shh", body), secrets(), now_us);
    ASSERT_TRUE(received) << body;
    EXPECT_FALSE(received->click);
  }
  for (const std::string_view body : {"payload=%7B", "payload=%7B%22a%22%3A1%2C%22a%22%3A2%7D"}) {
    EXPECT_FALSE(slack->receive(signed_by("shh", body), secrets(), now_us)) << body;
  }
}

TEST(slack, its_errors_are_told_apart) {
  const auto slack = make(settings_of(Kind::slack));
  EXPECT_EQ(slack->sent(200, R"({"ok":false,"error":"ratelimited"})").error().code, Code::unavailable);
  EXPECT_EQ(slack->sent(200, R"({"ok":false,"error":"channel_not_found"})").error().what,
            "Slack says channel_not_found");
  EXPECT_EQ(slack->sent(200, R"({"ok":false,"error":"<b>xoxb-1"})").error().what, "Slack says no");
  EXPECT_EQ(slack->sent(429, "").error().code, Code::unavailable);
  EXPECT_FALSE(slack->sent(200, "<html>"));
}

}  // namespace
}  // namespace claw::channel
