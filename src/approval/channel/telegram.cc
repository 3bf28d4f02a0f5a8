// Telegram: sendMessage with an inline keyboard, editMessageText, and callback queries at a webhook that has
// a secret of its own. Foreign text is in <pre>, where nothing is a link or a mention.
#include <fmt/format.h>

#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "approval/channel/text.h"
#include "base/crypto.h"
#include "base/json.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max = 3500;   // A message holds 4096 characters, the markup not counted.
constexpr std::size_t answer_bytes_max = 180;   // A notification of theirs holds 200 characters.

std::string html_of(const Brief& brief, std::string_view link) {
  const auto block = [](std::string_view text) { return "<pre>" + html_text(text) + "</pre>\n"; };
  std::string out = fmt::format("<b>{}</b>\n", html_text(brief.title));
  if (!brief.words.empty()) out += block(brief.words);
  out += block(brief.summary);
  for (const Fact& fact : brief.facts) {
    out += fmt::format("<b>{}</b>: <code>{}</code>\n", html_text(fact.label), html_text(fact.value));
  }
  if (!brief.text.empty()) out += block(brief.text);
  for (const Fact& fact : brief.evidence) {
    out += fmt::format("<b>{}</b>\n{}", html_text(fact.label), block(fact.value));
  }
  if (!brief.says.empty()) out += fmt::format("<b>{}</b>\n{}", says_label, block(brief.says));
  if (!brief.note.empty()) out += html_text(brief.note) + "\n";
  if (!link.empty()) out += fmt::format("<a href=\"{}\">Open in the dashboard</a>\n", html_text(link));
  return out;
}

void button(json::Writer& out, approval::Choice choice, const Notice& notice) {
  out.begin_object();
  out.member("text", choice == approval::Choice::allow ? "Allow" : "Deny");
  out.member("callback_data", button_of(choice, notice.entry.question, notice.button_key));
  out.end_object();
}

void keyboard(json::Writer& out, const Notice& notice, const Brief& brief) {
  out.key("reply_markup");
  out.begin_object();
  out.key("inline_keyboard");
  out.begin_array();
  if (brief.is_open && notice.has_buttons) {
    out.begin_array();
    if (brief.may_allow) button(out, approval::Choice::allow, notice);
    button(out, approval::Choice::deny, notice);
    out.end_array();
  }
  out.end_array();
  out.end_object();
}

std::string number_of(const json::Value* from) {
  const json::Value* id = from != nullptr ? from->find("id") : nullptr;
  return id != nullptr && id->number() != nullptr ? id->number()->text : "";
}

class Telegram final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = true, .groups = true, .answers = true}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt& receipt,
                                          const Secrets& secrets) const override {
    CLAW_TRY(const std::string_view token, secret(secrets, "token"));
    const bool edits = notice.event == Event::grown || notice.event == Event::ended;
    if (edits && receipt.empty()) return std::optional<Outgoing>();
    Message message;
    message.url = Secret(
        fmt::format("{}/bot{}/{}", settings().url, token, edits ? "editMessageText" : "sendMessage"));
    message.fields.emplace_back("Content-Type", "application/json");
    message.body = Secret(body_of(notice, receipt, edits));
    return std::optional<Outgoing>(std::move(message));
  }

  Result<Receipt> sent(int status, std::string_view body) const override {
    CLAW_TRY_DONE(Channel::sent(status, body));
    CLAW_TRY(const json::Value answer, json::parse(body));
    const json::Value* message = answer.find("result");
    const std::int64_t id = message != nullptr ? message->int_or("message_id", 0) : 0;
    if (id <= 0) return invalid("Telegram's answer has no message id");
    return std::to_string(id);
  }

  Result<Received> receive(const Inbound& inbound, const Secrets& secrets, std::int64_t) const override {
    CLAW_TRY(const std::string_view key, secret(secrets, "webhook_secret"));
    const auto given = inbound.field("X-Telegram-Bot-Api-Secret-Token");
    if (!given || !crypto::equal(*given, key)) {
      return Error{Code::denied, "this does not have the webhook's secret", {}};
    }
    CLAW_TRY(const json::Value update, json::parse(inbound.body));
    const json::Value* query = update.find("callback_query");
    if (query == nullptr) return Received{{}, "", "", ""};
    const std::string id = query->text_or("id", "");
    if (id.empty()) return invalid("a callback query without an id");
    CLAW_TRY(Click click, click_of(query->text_or("data", "")));
    click.person = number_of(query->find("from"));
    return Received{std::move(click), "", "query " + id, id};
  }

  std::string answer(const Received& received, std::string_view text) const override {
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("method", "answerCallbackQuery");
    out.member("callback_query_id", received.token);
    out.member("text", shown_line(text, answer_bytes_max));
    out.end_object();
    return body;
  }

 private:
  std::string body_of(const Notice& notice, const Receipt& receipt, bool edits) const {
    const Brief brief = brief_of(notice, brief_bytes_max);
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("chat_id", settings().to);
    if (edits) {
      out.key("message_id");
      out.raw(receipt);
    } else if (!receipt.empty()) {
      out.key("reply_parameters");
      out.begin_object();
      out.key("message_id");
      out.raw(receipt);
      out.member("allow_sending_without_reply", true);
      out.end_object();
    }
    out.member("text", html_of(brief, notice.link));
    out.member("parse_mode", "HTML");
    out.key("link_preview_options");
    out.begin_object();
    out.member("is_disabled", true);
    out.end_object();
    keyboard(out, notice, brief);
    out.end_object();
    return body;
  }
};

}  // namespace

std::unique_ptr<Channel> make_telegram(Settings settings) {
  return std::make_unique<Telegram>(std::move(settings));
}

}  // namespace claw::channel
