#include "approval/channel/signature.h"
#include "approval/channel/trial_for_test.h"

namespace claw::channel {
namespace {

const Secrets& secrets() {
  static const Secrets made = secrets_of({{"secret", "out"}, {"callback_secret", "in"}});
  return made;
}

std::unique_ptr<Channel> webhook() {
  Settings settings = settings_of(Kind::webhook);
  settings.url = "https://hooks.test/approvals?x=1";
  return make(std::move(settings));
}

std::string field(const Message& message, std::string_view name) {
  for (const auto& [each, value] : message.fields) {
    if (each == name) return value;
  }
  return {};
}

Inbound signed_by(std::string_view secret, std::string_view body, std::string id = "m1",
                  std::string seconds = "1800000000") {
  const std::string signature = webhook_signature(secret, id, seconds, body).value();
  return {{{"webhook-id", id}, {"webhook-timestamp", seconds}, {"webhook-signature", "v1,old " + signature}},
          body};
}

constexpr std::string_view answer_body =
    R"({"question":"q","fingerprint":"0123456789abcdef","choice":"allow","person":"ann@x","comment":"ok"})";

TEST(webhook, an_event_is_a_signed_cloudevent) {
  approval::Entry asked = entry();
  asked.question.reasoning = "because";
  asked.question.parameters = {std::string("7"), std::nullopt};
  const Message message = message_of(*webhook(), notice_of(asked), {}, secrets());
  EXPECT_EQ(message.url.reveal(), "https://hooks.test/approvals?x=1");
  EXPECT_EQ(field(message, "Content-Type"), "application/cloudevents+json; charset=utf-8");
  const json::Value event = body_of(message);
  EXPECT_EQ(event.text_or("specversion", ""), "1.0");
  EXPECT_EQ(event.text_or("type", ""), "clawpatrol.approval.asked");
  EXPECT_EQ(event.text_or("id", ""), field(message, "webhook-id"));
  EXPECT_EQ(text_at(event, {"data", "question"}), asked.question.id);
  EXPECT_EQ(text_at(event, {"data", "agent_says"}), "because");
  EXPECT_TRUE(at(event, {"data", "parameters", "1"})->is_null());
  EXPECT_EQ(field(message, "webhook-signature"),
            webhook_signature("out", field(message, "webhook-id"), field(message, "webhook-timestamp"),
                              message.body.reveal())
                .value());
}

TEST(webhook, a_signed_answer_is_understood) {
  const Received received = webhook()->receive(signed_by("in", answer_body), secrets(), now_us).value();
  EXPECT_EQ(received.click->person, "ann@x");
  EXPECT_EQ(received.click->comment, "ok");
  EXPECT_EQ(received.once, "webhook m1");
}

TEST(webhook, forged_late_and_reflected_answers_are_refused) {
  const auto code = [](const Inbound& inbound) {
    return webhook()->receive(inbound, secrets(), now_us).error().code;
  };
  EXPECT_EQ(code(signed_by("out", answer_body)), Code::denied) << "what we sign does not answer us";
  EXPECT_EQ(code(signed_by("in", answer_body, "m1", "1799999699")), Code::denied);
  Inbound renamed = signed_by("in", answer_body);
  renamed.fields[0].second = "m2";
  EXPECT_EQ(code(renamed), Code::denied) << "a replay under another id";
  EXPECT_EQ(code(signed_by("in", answer_body, "m1.1800000000")), Code::denied) << "where does the id end?";
  EXPECT_EQ(code({{}, answer_body}), Code::denied);
}

TEST(webhook, an_answer_says_all_of_it) {
  for (
      const std::string_view bad :
      {"{}", "[]", "", R"({"question":"q","fingerprint":"0123456789abcdef","choice":"yes","person":"a"})",
       R"({"question":"q","fingerprint":"0123","choice":"allow","person":"a"})",
       R"({"question":"q","fingerprint":"0123456789abcdef","choice":"allow"})",
       R"({"question":"q","choice":"allow","choice":"deny","fingerprint":"0123456789abcdef",)"
       R"("person":"a"})"}) {
    EXPECT_FALSE(webhook()->receive(signed_by("in", bad), secrets(), now_us)) << bad;
  }
}

}  // namespace
}  // namespace claw::channel
