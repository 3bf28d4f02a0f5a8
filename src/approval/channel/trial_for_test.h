// What the channels' tests share: a question whose every text tries to be more than text, and ways to say it.
#pragma once

#include <gtest/gtest.h>

#include "approval/channel/brief.h"
#include "approval/channel/channel.h"
#include "base/json.h"

namespace claw::channel {

constexpr std::string_view trial_key = "button key";
constexpr std::int64_t now_us = 1'800'000'000'000'000;

inline approval::Entry entry() {
  approval::Entry made;
  approval::Question& question = made.question;
  question.id = "0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e";
  question.fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  question.agent = "coder";
  question.endpoint = "postgres.shop";
  question.rule = "ask";
  question.reason = "deletions are looked at";
  question.family = "sql";
  question.summary = "delete orders";
  question.text = "delete from orders where id = 7";
  question.asked_us = now_us;
  question.deadline_us = 600'000'000;
  question.approvers = {{.name = "dba"}};
  return made;
}

constexpr std::string_view hostile =
    "<!channel> <@U1> <https://evil.test|Approve> @everyone <@&1> ``` *bold* [ok](https://evil.test) </pre>"
    "<a href='https://evil.test'>x</a>\r\nBcc: all@evil.test\r\n\u202Eesrever\u200B \x1b[2J \"quoted\" \\ "
    "end";

inline approval::Entry hostile_entry() {
  approval::Entry made = entry();
  approval::Question& question = made.question;
  for (std::string* each : {&question.agent, &question.endpoint, &question.rule, &question.reason,
                            &question.summary, &question.text, &question.reasoning, &question.owner}) {
    *each = hostile;
  }
  question.parameters = {std::string(hostile), std::nullopt};
  question.evidence = {{std::string(hostile), approval::Evidence::Kind::text, std::string(hostile), true}};
  made.replies = {{.person = std::string(hostile), .choice = approval::Choice::allow,
                   .comment = std::string(hostile)}};
  return made;
}

inline Secrets secrets_of(std::initializer_list<std::pair<std::string, std::string>> given) {
  Secrets secrets;
  for (const auto& [slot, bytes] : given) secrets.emplace(slot, Secret(bytes));
  return secrets;
}

inline Settings settings_of(Kind kind) {
  Settings settings;
  settings.kind = kind;
  settings.name = "ops";
  settings.credential = "app";
  settings.to = kind == Kind::discord ? "4711" : "#ops";
  settings.url = needs_of(kind).url;
  return settings;
}

inline Notice notice_of(const approval::Entry& entry, Event event = Event::asked) {
  return {.event = event, .entry = entry, .approver = "dba", .link = "https://patrol.test/#/approvals/1",
          .button_key = trial_key, .number = 1, .left_us = 90'000'000, .wall_us = now_us};
}

// The message, which there must be.
inline Message message_of(const Channel& channel, const Notice& notice, const Receipt& receipt,
                          const Secrets& secrets) {
  auto outgoing = channel.compose(notice, receipt, secrets);
  EXPECT_TRUE(outgoing) << outgoing.error().what;
  if (!outgoing || !*outgoing) return {};
  return std::move(std::get<Message>(**outgoing));
}

inline json::Value body_of(const Message& message) {
  auto parsed = json::parse(message.body.reveal());
  EXPECT_TRUE(parsed) << message.body.reveal();
  return parsed ? *parsed : json::Value();
}

inline const json::Value* at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* here = &value;
  for (const std::string_view step : path) {
    if (here == nullptr) return nullptr;
    const bool is_index = !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_index) {
      here = here->find(step);
      continue;
    }
    const auto index = static_cast<std::size_t>(std::stoul(std::string(step)));
    here = here->array() != nullptr && index < here->array()->size() ? &(*here->array())[index] : nullptr;
  }
  return here;
}

inline std::string text_at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* found = at(value, path);
  return found != nullptr && found->string() != nullptr ? *found->string() : "";
}

}  // namespace claw::channel
