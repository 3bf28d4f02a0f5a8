// Callbacks: who is believed, whose answer counts, and what is said to the others. Nothing is sent: the
// channels' servers are ports that nobody listens on. The office, plan.cc's requests, notices.cc and
// judges.cc are tried with stubs of every vendor in tests/e2e.
#include "courier/courier.h"

#include <gtest/gtest.h>

#include "approval/channel/brief.h"
#include "approval/channel/signature.h"
#include "audit/memory.h"
#include "base/text.h"
#include "config/load.h"
#include "courier/plan.h"

namespace claw::courier {
namespace {

constexpr std::string_view config_text = R"(
schema_version = 2
credential "slack_tokens" "app" {}
credential "slack_tokens" "other" {}
credential "webhook_secret" "hook" {}
channel "slack" "ops" {
  credential = slack_tokens.app
  to         = "#ops"
  url        = "http://127.0.0.1:1"
  people     = { "U1" = "ann" }
}
channel "slack" "dba" {
  credential = slack_tokens.app
  to         = "#dba"
  url        = "http://127.0.0.1:1"
  people     = { "U2" = "bob" }
}
channel "slack" "strangers" {
  credential = slack_tokens.other
  to         = "#x"
  url        = "http://127.0.0.1:1"
  people     = { "U1" = "ann" }
}
channel "webhook" "hook" {
  credential = webhook_secret.hook
  url        = "http://127.0.0.1:1/"
}
approver "human_approver" "people" { channel = slack.ops }
)";

class NoFiles final : public vault::SecretFiles {
 public:
  Result<std::optional<Secret>> read(const std::string&) override { return std::optional<Secret>(); }
};

std::vector<std::unique_ptr<vault::Source>> sources() {
  std::vector<std::unique_ptr<vault::Source>> made;
  made.push_back(vault::environment_source(
      [](const std::string& name) -> std::optional<std::string> {
        if (name == "CLAWPATROL_SECRET_APP_SIGNING_SECRET") return "signing";
        if (name == "CLAWPATROL_SECRET_APP_BOT_TOKEN") return "xoxb";
        if (name == "CLAWPATROL_SECRET_OTHER_SIGNING_SECRET") return "other";
        return std::nullopt;
      },
      std::make_shared<NoFiles>()));
  return made;
}

std::string click(const approval::Question& question, std::string_view person,
                  approval::Choice choice = approval::Choice::allow) {
  const std::string payload = "{\"type\":\"block_actions\",\"user\":{\"id\":\"" + std::string(person) +
                              "\"},\"actions\":[{\"value\":\"" + channel::button_of(choice, question, "key") +
                              "\"}]}";
  std::string body = "payload=";
  for (const char c : payload) body += "%" + to_hex(std::string_view(&c, 1));
  return body;
}

class Callbacks : public testing::Test {
 protected:
  Callbacks() : vault(clock, sources()), courier({clock, queue, vault, sink, registry, {}, "key"}) {
    config::LoadResult loaded = config::load_text("a.hcl", std::string(config_text));
    EXPECT_NE(loaded.snapshot, nullptr) << loaded.report();
    EXPECT_TRUE(courier.use(loaded.snapshot));
    question.id = "0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e";
    question.fingerprint = std::string(64, 'f');
    question.approvers = {{.name = "people"}};
    question.deadline_us = clock.monotonic_us() + 600'000'000;
  }

  void ask() {
    ASSERT_TRUE(queue.ask(question, [this](const approval::Answer& answer) { ended = answer.state; }));
  }

  Callback post(std::string_view name, const std::string& body, std::string_view secret = "signing",
                std::int64_t skew_s = 0) {
    const std::string seconds = std::to_string(clock.wall_us() / 1'000'000 + skew_s);
    const channel::Inbound inbound{{{"X-Slack-Request-Timestamp", seconds},
                                    {"X-Slack-Signature", channel::slack_signature(secret, seconds, body)}},
                                   body};
    return courier.receive(name, inbound, [this](const Answered& answered) -> Result<approval::State> {
      people += answered.person + " ";
      approval::Reply reply;
      reply.person = answered.person;
      reply.choice = answered.choice;
      return queue.answer(answered.question, std::move(reply), clock.wall_us());
    });
  }

  FakeClock clock;
  approval::Queue queue;
  audit::MemorySink sink;
  metrics::Registry registry;
  vault::Vault vault;
  Courier courier;
  approval::Question question;
  approval::State ended = approval::State::open;
  std::string people;  // Who answered.
};

TEST_F(Callbacks, a_click_of_one_of_its_people_answers) {
  ask();
  EXPECT_EQ(post("ops", click(question, "U1")).status, 200);
  EXPECT_EQ(ended, approval::State::allowed);
  EXPECT_EQ(people, "ann ");
}

TEST_F(Callbacks, people_of_another_channel_of_the_same_app_are_known) {
  ask();
  EXPECT_EQ(post("ops", click(question, "U2", approval::Choice::deny)).status, 200);
  EXPECT_EQ(ended, approval::State::denied);
  EXPECT_EQ(people, "bob ");
}

TEST_F(Callbacks, an_outsider_answers_nothing_and_it_is_on_record) {
  ask();
  EXPECT_EQ(post("ops", click(question, "U666")).status, 200);
  EXPECT_EQ(post("ops", click(question, "ann")).status, 200) << "an account's name is nobody there";
  EXPECT_EQ(post("ops", click(question, "")).status, 200);
  EXPECT_EQ(ended, approval::State::open);
  EXPECT_EQ(people, "");
}

TEST_F(Callbacks, another_app_has_no_say_in_it) {
  ask();
  EXPECT_EQ(post("strangers", click(question, "U1"), "other").status, 200);
  EXPECT_EQ(ended, approval::State::open);
  EXPECT_EQ(people, "");
}

TEST_F(Callbacks, forged_late_and_repeated_are_refused) {
  ask();
  const std::string body = click(question, "U1");
  EXPECT_EQ(post("ops", body, "other").status, 403);
  EXPECT_EQ(post("ops", body, "signing", -301).status, 403);
  EXPECT_EQ(post("ops", body, "signing", 301).status, 403);
  EXPECT_EQ(post("nobody", body).status, 404);
  EXPECT_EQ(post("hook", body).status, 403) << "no secret, no answers";
  EXPECT_EQ(post("ops", std::string(callback_bytes_max + 1, 'x')).status, 413);
  EXPECT_EQ(ended, approval::State::open);
  EXPECT_EQ(post("ops", body).status, 200);
  EXPECT_EQ(post("ops", body).status, 409) << "a replay";
}

TEST_F(Callbacks, a_click_on_what_was_another_action_does_not_count) {
  ask();
  approval::Question other = question;
  other.fingerprint = std::string(64, 'e');
  post("ops", click(other, "U1"));
  other = question;
  other.id = "0192d3c8-7b1e-7c6a-9d2e-000000000000";
  post("ops", click(other, "U1"));
  EXPECT_EQ(ended, approval::State::open);
  EXPECT_EQ(people, "");
}

TEST_F(Callbacks, allowing_what_needs_a_passkey_does_not_count_and_denying_does) {
  question.assurance = approval::Assurance::passkey;
  ask();
  post("ops", click(question, "U1"));
  EXPECT_EQ(ended, approval::State::open);
  post("ops", click(question, "U1", approval::Choice::deny));
  EXPECT_EQ(ended, approval::State::denied);
}

TEST_F(Callbacks, what_has_ended_stays_ended) {
  ask();
  post("ops", click(question, "U1", approval::Choice::deny));
  clock.advance_us(1'000'000);
  EXPECT_EQ(post("ops", click(question, "U1")).status, 200);
  EXPECT_EQ(ended, approval::State::denied);
  EXPECT_EQ(people, "ann ");
}

TEST(plan, a_message_says_what_the_question_says_and_is_not_markup) {
  approval::Question question;
  question.agent = "coder\nAllowed by ann";
  question.summary = "{{rule}}";
  question.rule = "ask";
  EXPECT_EQ(fill_in("{{agent}} wants {{ summary }} ({{rule}}, {{approver}})", question, "dba"),
            "coder\\nAllowed by ann wants {{rule}} (ask, dba)");
  EXPECT_EQ(fill_in("no names", question, "dba"), "no names");
  EXPECT_EQ(fill_in("", question, "dba"), "");
}

}  // namespace
}  // namespace claw::courier
