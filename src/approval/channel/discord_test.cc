#include "approval/channel/trial_for_test.h"
#include "base/crypto.h"
#include "base/text.h"

namespace claw::channel {
namespace {

const Secrets& secrets() {
  static const Secrets made = secrets_of({{"token", "bot.token"}});
  return made;
}

const crypto::KeyPair& key() {
  static const crypto::KeyPair made = crypto::generate_ed25519();
  return made;
}

std::unique_ptr<Channel> discord() {
  Settings settings = settings_of(Kind::discord);
  settings.public_key = key().public_key;
  return make(std::move(settings));
}

Inbound signed_by(const crypto::KeyPair& pair, std::string_view body, std::string seconds = "1800000000") {
  const std::string signature =
      crypto::sign_ed25519(pair.private_key, seconds + std::string(body)).value();
  return {{{"X-Signature-Timestamp", seconds}, {"X-Signature-Ed25519", to_hex(signature)}}, body};
}

std::string click_body(const approval::Question& question) {
  return "{\"type\":3,\"member\":{\"user\":{\"id\":\"99\"}},\"data\":{\"custom_id\":\"" +
         button_of(approval::Choice::allow, question, trial_key) + "\"}}";
}

TEST(discord, asks_and_changes_the_same_message) {
  const approval::Entry asked = entry();
  const Message first = message_of(*discord(), notice_of(asked), {}, secrets());
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.url.reveal(), "https://discord.com/api/v10/channels/4711/messages");
  EXPECT_EQ(first.secret_fields.at(0).second.reveal(), "Bot bot.token");
  EXPECT_EQ(text_at(body_of(first), {"components", "0", "components", "0", "custom_id"}),
            button_of(approval::Choice::allow, asked.question, trial_key));
  const Receipt receipt = discord()->sent(200, R"({"id":"123"})").value();
  const Message change = message_of(*discord(), notice_of(asked, Event::grown), receipt, secrets());
  EXPECT_EQ(change.method, "PATCH");
  EXPECT_TRUE(change.url.reveal().ends_with("/messages/123"));
  EXPECT_FALSE(discord()->sent(200, R"({"id":"../../users/@me"})")) << "it becomes a path";
}

TEST(discord, nobody_is_mentioned_and_limits_hold) {
  approval::Entry asked = hostile_entry();
  asked.question.text = std::string(5000, '`') + std::string(5000, '*');
  const json::Value body = body_of(message_of(*discord(), notice_of(asked), {}, secrets()));
  EXPECT_TRUE(at(body, {"allowed_mentions", "parse"})->array()->empty());
  const std::string description = text_at(body, {"embeds", "0", "description"});
  EXPECT_EQ(description.find("\n@everyone"), std::string::npos);
  EXPECT_LE(description.size(), 3 * 4096U);
  std::size_t characters = 0;
  for (const char c : description) characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1U : 0U;
  EXPECT_LE(characters, 4096U);
}

TEST(discord, only_what_discord_signed_is_believed) {
  const std::string body = click_body(entry().question);
  const Received received = discord()->receive(signed_by(key(), body), secrets(), now_us).value();
  EXPECT_EQ(received.click->person, "99");
  EXPECT_EQ(received.click->choice, approval::Choice::allow);
  EXPECT_NE(discord()->answer(received, "done").find("\"flags\":64"), std::string::npos);
  EXPECT_FALSE(discord()->receive(signed_by(crypto::generate_ed25519(), body), secrets(), now_us));
  EXPECT_FALSE(discord()->receive(signed_by(key(), body, "1799999000"), secrets(), now_us));
  Inbound moved = signed_by(key(), body);
  moved.fields[0].second = "1800000001";
  EXPECT_FALSE(discord()->receive(moved, secrets(), now_us));
  Inbound cut = signed_by(key(), body);
  cut.fields[1].second.resize(126);
  EXPECT_FALSE(discord()->receive(cut, secrets(), now_us));
  EXPECT_FALSE(discord()->receive({{}, body}, secrets(), now_us));
  Settings keyless = settings_of(Kind::discord);
  EXPECT_FALSE(make(keyless)->receive(signed_by(key(), body), secrets(), now_us));
}

TEST(discord, a_ping_is_answered_and_a_command_is_not) {
  const Received ping = discord()->receive(signed_by(key(), R"({"type":1})"), secrets(), now_us).value();
  EXPECT_FALSE(ping.click);
  EXPECT_EQ(ping.body, R"({"type":1})");
  EXPECT_FALSE(discord()->receive(signed_by(key(), R"({"type":2})"), secrets(), now_us));
}

}  // namespace
}  // namespace claw::channel
