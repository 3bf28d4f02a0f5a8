// Slack: chat.postMessage, chat.update, reminders in the message's thread, and clicks as signed
// block_actions. Foreign text is in rich_text elements, where nothing is markup.
#include <fmt/format.h>

#include <algorithm>

#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "approval/channel/signature.h"
#include "approval/channel/text.h"
#include "base/crypto.h"
#include "base/json.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max = 6000;

void element(json::Writer& out, std::string_view text, bool bold) {
  if (text.empty()) return;  // Slack refuses empty elements, and the whole message with them.
  out.begin_object();
  out.member("type", "text");
  out.member("text", text);
  if (bold) {
    out.key("style");
    out.begin_object();
    out.member("bold", true);
    out.end_object();
  }
  out.end_object();
}

// One part of a rich text: `rich_text_section` or `rich_text_preformatted`.
void part(json::Writer& out, const char* type, std::string_view bold, std::string_view plain) {
  if (bold.empty() && plain.empty()) return;
  out.begin_object();
  out.member("type", type);
  out.key("elements");
  out.begin_array();
  element(out, bold, true);
  element(out, plain, false);
  out.end_array();
  out.end_object();
}

void rich_text(json::Writer& out, const Brief& brief, std::string_view link) {
  out.begin_object();
  out.member("type", "rich_text");
  out.key("elements");
  out.begin_array();
  part(out, "rich_text_section", brief.title, brief.words.empty() ? "" : "\n" + brief.words);
  part(out, "rich_text_preformatted", {}, brief.summary);
  for (const Fact& fact : brief.facts) part(out, "rich_text_section", fact.label + ": ", fact.value + "\n");
  part(out, "rich_text_preformatted", {}, brief.text);
  for (const Fact& fact : brief.evidence) {
    part(out, "rich_text_section", fact.label + "\n", {});
    part(out, "rich_text_preformatted", {}, fact.value);
  }
  if (!brief.says.empty()) part(out, "rich_text_section", std::string(says_label) + "\n", {});
  part(out, "rich_text_preformatted", {}, brief.says);
  if (!brief.note.empty()) part(out, "rich_text_section", {}, brief.note + "\n");
  if (!link.empty()) {
    out.begin_object();
    out.member("type", "rich_text_section");
    out.key("elements");
    out.begin_array();
    out.begin_object();
    out.member("type", "link");
    out.member("url", link);
    out.member("text", "Open in the dashboard");
    out.end_object();
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void button(json::Writer& out, approval::Choice choice, const Notice& notice) {
  const bool allows = choice == approval::Choice::allow;
  out.begin_object();
  out.member("type", "button");
  out.member("action_id", allows ? "approval_allow" : "approval_deny");
  out.member("style", allows ? "primary" : "danger");
  out.member("value", button_of(choice, notice.entry.question, notice.button_key));
  out.key("text");
  out.begin_object();
  out.member("type", "plain_text");
  out.member("text", allows ? "Allow" : "Deny");
  out.end_object();
  out.end_object();
}

void blocks(json::Writer& out, const Notice& notice, const Brief& brief) {
  out.key("blocks");
  out.begin_array();
  rich_text(out, brief, notice.link);
  if (brief.is_open && notice.has_buttons) {
    out.begin_object();
    out.member("type", "actions");
    out.key("elements");
    out.begin_array();
    if (brief.may_allow) button(out, approval::Choice::allow, notice);
    button(out, approval::Choice::deny, notice);
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

class Slack final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = true, .groups = true, .answers = true}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt& receipt,
                                          const Secrets& secrets) const override {
    CLAW_TRY(const std::string_view token, secret(secrets, "bot_token"));
    const bool edits = notice.event == Event::grown || notice.event == Event::ended;
    if (edits && receipt.empty()) return std::optional<Outgoing>();
    const Brief brief = brief_of(notice, brief_bytes_max);
    const Result<json::Value> place = json::parse(receipt.empty() ? "{}" : receipt);
    if (!place) return place.error();
    Message message;
    message.url = Secret(settings().url + (edits ? "/chat.update" : "/chat.postMessage"));
    message.fields.emplace_back("Content-Type", "application/json; charset=utf-8");
    message.secret_fields.emplace_back("Authorization", Secret("Bearer " + std::string(token)));
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("channel", edits ? place->text_or("channel", "") : settings().to);
    if (edits) out.member("ts", place->text_or("ts", ""));
    if (notice.event == Event::reminded && !receipt.empty()) {
      out.member("thread_ts", place->text_or("ts", ""));
      out.member("reply_broadcast", true);
    }
    out.member("text", slack_text(brief.title + ": " + brief.summary));
    out.member("parse", "none");
    out.member("link_names", false);
    out.member("unfurl_links", false);
    out.member("unfurl_media", false);
    blocks(out, notice, brief);
    out.end_object();
    message.body = Secret(std::move(body));
    return std::optional<Outgoing>(std::move(message));
  }

  Result<Receipt> sent(int status, std::string_view body) const override {
    CLAW_TRY_DONE(Channel::sent(status, body));
    CLAW_TRY(const json::Value answer, json::parse(body));
    if (!answer.bool_or("ok", false)) {
      std::string why = answer.text_or("error", "");
      const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
      if (why.empty() || why.size() > 64 || !std::ranges::all_of(why, is_word)) why = "no";
      const bool later = why == "ratelimited" || why == "internal_error" || why == "service_unavailable" ||
                         why == "fatal_error" || why == "request_timeout";
      return Error{later ? Code::unavailable : Code::denied, "Slack says " + why, {}};
    }
    Receipt receipt;
    json::Writer out(receipt);
    out.begin_object();
    out.member("channel", answer.text_or("channel", ""));
    out.member("ts", answer.text_or("ts", ""));
    out.end_object();
    return receipt;
  }

  Result<Received> receive(const Inbound& inbound, const Secrets& secrets,
                           std::int64_t wall_us) const override {
    CLAW_TRY(const std::string_view key, secret(secrets, "signing_secret"));
    const auto seconds = inbound.field("X-Slack-Request-Timestamp");
    const auto given = inbound.field("X-Slack-Signature");
    CLAW_TRY_DONE(check_time(seconds, wall_us));
    if (!given || !crypto::equal(*given, slack_signature(key, *seconds, inbound.body))) {
      return Error{Code::denied, "this is not signed by Slack", {}};
    }
    const std::optional<std::string> payload = form_value(inbound.body, "payload");
    if (!payload) return Received{{}, "", "", ""};
    CLAW_TRY(const json::Value event, json::parse(*payload));
    const json::Value* actions = event.find("actions");
    const json::Value* user = event.find("user");
    const bool is_click = event.text_or("type", "") == "block_actions" && actions != nullptr &&
                          actions->array() != nullptr && actions->array()->size() == 1 && user != nullptr;
    if (!is_click) return Received{{}, "", "", ""};
    CLAW_TRY(Click click, click_of(actions->array()->front().text_or("value", "")));
    click.person = user->text_or("id", "");
    const json::Value* place = event.find("channel");
    const std::string channel = place != nullptr ? place->text_or("id", "") : "";
    return Received{std::move(click), "", std::string(*given), channel};
  }

  std::optional<Outgoing> whisper(const Received& received, std::string_view text,
                                  const Secrets& secrets) const override {
    const auto token = secret(secrets, "bot_token");
    if (!token || !received.click || received.token.empty()) return std::nullopt;
    Message message;
    message.url = Secret(settings().url + "/chat.postEphemeral");
    message.fields.emplace_back("Content-Type", "application/json; charset=utf-8");
    message.secret_fields.emplace_back("Authorization", Secret("Bearer " + std::string(*token)));
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("channel", received.token);
    out.member("user", received.click->person);
    out.member("text", slack_text(shown_line(text, 500)));
    out.end_object();
    message.body = Secret(std::move(body));
    return Outgoing(std::move(message));
  }
};

}  // namespace

std::unique_ptr<Channel> make_slack(Settings settings) {
  return std::make_unique<Slack>(std::move(settings));
}

}  // namespace claw::channel
