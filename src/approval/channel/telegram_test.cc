#include "approval/channel/trial_for_test.h"

namespace claw::channel {
namespace {

const Secrets& secrets() {
  static const Secrets made = secrets_of({{"token", "1:abc"}, {"webhook_secret", "hush"}});
  return made;
}

Inbound with(std::string secret, std::string_view body) {
  return {{{"X-Telegram-Bot-Api-Secret-Token", std::move(secret)}}, body};
}

std::string click_body(const approval::Question& question) {
  return "{\"update_id\":1,\"callback_query\":{\"id\":\"77\",\"from\":{\"id\":4242},\"data\":\"" +
         button_of(approval::Choice::allow, question, trial_key) + "\"}}";
}

TEST(telegram, asks_answers_and_changes) {
  const auto telegram = make(settings_of(Kind::telegram));
  const approval::Entry asked = entry();
  const Message first = message_of(*telegram, notice_of(asked), {}, secrets());
  EXPECT_EQ(first.url.reveal(), "https://api.telegram.org/bot1:abc/sendMessage");
  const json::Value body = body_of(first);
  EXPECT_EQ(body.text_or("chat_id", ""), "#ops");
  EXPECT_EQ(text_at(body, {"reply_markup", "inline_keyboard", "0", "0", "callback_data"}),
            button_of(approval::Choice::allow, asked.question, trial_key));
  const Receipt receipt = telegram->sent(200, R"({"ok":true,"result":{"message_id":5}})").value();
  const Message change = message_of(*telegram, notice_of(asked, Event::ended), receipt, secrets());
  EXPECT_TRUE(change.url.reveal().ends_with("/editMessageText"));
  EXPECT_EQ(body_of(change).int_or("message_id", 0), 5);
  EXPECT_FALSE(telegram->sent(200, R"({"ok":true})"));
}

TEST(telegram, nothing_foreign_is_html_and_it_fits) {
  approval::Entry asked = hostile_entry();
  asked.question.text = std::string(9000, '<');
  const auto telegram = make(settings_of(Kind::telegram));
  const json::Value body = body_of(message_of(*telegram, notice_of(asked), {}, secrets()));
  std::string text = body.text_or("text", "");
  for (const std::string_view ours : {"<b>", "</b>", "<pre>", "</pre>", "<code>", "</code>",
                                      "<a href=\"https://patrol.test/#/approvals/1\">", "</a>"}) {
    for (std::size_t found = text.find(ours); found != text.npos; found = text.find(ours)) {
      text.erase(found, ours.size());
    }
  }
  EXPECT_EQ(text.find('<'), std::string::npos) << text;
  for (const std::string_view escaped : {"&lt;", "&gt;", "&quot;", "&amp;"}) {
    for (std::size_t found = text.find(escaped); found != text.npos; found = text.find(escaped)) {
      text.replace(found, escaped.size(), "x");
    }
  }
  EXPECT_LE(text.size(), 4096U);
}

TEST(telegram, only_with_the_webhooks_secret) {
  const auto telegram = make(settings_of(Kind::telegram));
  const std::string body = click_body(entry().question);
  const Received received = telegram->receive(with("hush", body), secrets(), now_us).value();
  EXPECT_EQ(received.click->person, "4242");
  EXPECT_EQ(received.once, "query 77");
  EXPECT_NE(telegram->answer(received, "done").find("\"callback_query_id\":\"77\""), std::string::npos);
  for (const char* wrong : {"", "hus", "hushh", "HUSH"}) {
    EXPECT_EQ(telegram->receive(with(wrong, body), secrets(), now_us).error().code, Code::denied) << wrong;
  }
  EXPECT_FALSE(telegram->receive({{}, body}, secrets(), now_us));
  const Secrets none = secrets_of({{"token", "1:abc"}, {"webhook_secret", ""}});
  EXPECT_FALSE(telegram->receive(with("", body), none, now_us)) << "an empty secret is none";
}

TEST(telegram, messages_are_no_answers) {
  const auto telegram = make(settings_of(Kind::telegram));
  const auto received = telegram->receive(with("hush", R"({"message":{"text":"allow"}})"), secrets(), now_us);
  EXPECT_FALSE(received->click);
  EXPECT_FALSE(telegram->receive(with("hush", R"({"callback_query":{"data":"a:1:0123456789abcdef"}})"),
                                 secrets(), now_us));
}

}  // namespace
}  // namespace claw::channel
