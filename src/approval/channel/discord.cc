// Discord: a bot's message with buttons, changed later in its place; clicks are interactions that Discord
// signs with the application's Ed25519 key. No mention works in what is sent.
#include <fmt/format.h>

#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "approval/channel/signature.h"
#include "approval/channel/text.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max =
    2600;  // Escaped it may be twice that; an embed holds 6000, its text 4096.
constexpr int ping = 1;
constexpr int component = 3;
constexpr int ephemeral = 64;

std::string description_of(const Brief& brief, std::string_view link) {
  std::string out;
  if (!brief.words.empty()) out += discord_text(brief.words) + "\n";
  out += discord_block(brief.summary) + "\n";
  for (const Fact& fact : brief.facts) {
    out += fmt::format("**{}**: {}\n", discord_text(fact.label), discord_text(fact.value));
  }
  if (!brief.text.empty()) out += discord_block(brief.text) + "\n";
  for (const Fact& fact : brief.evidence) {
    out += fmt::format("**{}**\n{}\n", discord_text(fact.label), discord_block(fact.value));
  }
  if (!brief.says.empty()) out += fmt::format("**{}**\n{}\n", says_label, discord_block(brief.says));
  if (!brief.note.empty()) out += discord_text(brief.note) + "\n";
  if (!link.empty()) out += fmt::format("[Open in the dashboard]({})\n", link);
  return out;
}

void button(json::Writer& out, approval::Choice choice, const Notice& notice) {
  constexpr int success = 3;
  constexpr int danger = 4;
  const bool allows = choice == approval::Choice::allow;
  out.begin_object();
  out.member("type", 2);
  out.member("style", allows ? success : danger);
  out.member("label", allows ? "Allow" : "Deny");
  out.member("custom_id", button_of(choice, notice.entry.question, notice.button_key));
  out.end_object();
}

void components(json::Writer& out, const Notice& notice, const Brief& brief) {
  out.key("components");
  out.begin_array();
  if (brief.is_open && notice.has_buttons) {
    out.begin_object();
    out.member("type", 1);
    out.key("components");
    out.begin_array();
    if (brief.may_allow) button(out, approval::Choice::allow, notice);
    button(out, approval::Choice::deny, notice);
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

void no_mentions(json::Writer& out) {
  out.key("allowed_mentions");
  out.begin_object();
  out.key("parse");
  out.begin_array();
  out.end_array();
  out.end_object();
}

class Discord final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = true, .groups = true, .answers = true}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt& receipt,
                                          const Secrets& secrets) const override {
    CLAW_TRY(const std::string_view token, secret(secrets, "token"));
    const bool edits = notice.event == Event::grown || notice.event == Event::ended;
    if (edits && receipt.empty()) return std::optional<Outgoing>();
    Message message;
    message.method = edits ? "PATCH" : "POST";
    message.url = Secret(fmt::format("{}/channels/{}/messages{}", settings().url, settings().to,
                                     edits ? "/" + receipt : ""));
    message.fields.emplace_back("Content-Type", "application/json");
    message.fields.emplace_back("User-Agent", "DiscordBot (clawpatrol, 1)");  // Others are turned away.
    message.secret_fields.emplace_back("Authorization", Secret("Bot " + std::string(token)));
    message.body = Secret(body_of(notice, edits ? Receipt() : receipt));
    return std::optional<Outgoing>(std::move(message));
  }

  Result<Receipt> sent(int status, std::string_view body) const override {
    CLAW_TRY_DONE(Channel::sent(status, body));
    CLAW_TRY(const json::Value answer, json::parse(body));
    Receipt id = answer.text_or("id", "");  // It becomes part of a path.
    const bool is_number = !id.empty() && id.size() <= 20 && id.find_first_not_of("0123456789") == id.npos;
    if (!is_number) return invalid("Discord's answer has no message id");
    return id;
  }

  Result<Received> receive(const Inbound& inbound, const Secrets&, std::int64_t wall_us) const override {
    const Error denied{Code::denied, "this is not signed by Discord", {}};
    const auto seconds = inbound.field("X-Signature-Timestamp");
    const auto given = inbound.field("X-Signature-Ed25519");
    if (!given || !seconds) return denied;
    const Result<std::string> signature = from_hex(*given);
    if (!signature || signature->size() != 64) return denied;
    const std::string signed_text = std::string(*seconds) + std::string(inbound.body);
    if (!crypto::verify_ed25519(settings().public_key, signed_text, *signature)) return denied;
    CLAW_TRY_DONE(check_time(seconds, wall_us));
    CLAW_TRY(const json::Value event, json::parse(inbound.body));
    if (event.int_or("type", 0) == ping) return Received{{}, R"({"type":1})", "", ""};
    const json::Value* pressed = event.find("data");
    if (event.int_or("type", 0) != component || pressed == nullptr) return invalid("this is no click");
    CLAW_TRY(Click click, click_of(pressed->text_or("custom_id", "")));
    const json::Value* member = event.find("member");
    const json::Value* user = member != nullptr ? member->find("user") : event.find("user");
    click.person = user != nullptr ? user->text_or("id", "") : "";
    return Received{std::move(click), "", lower(*given), ""};
  }

  std::string answer(const Received&, std::string_view text) const override {
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("type", 4);
    out.key("data");
    out.begin_object();
    out.member("content", discord_text(shown_line(text, 500)));
    out.member("flags", ephemeral);
    no_mentions(out);
    out.end_object();
    out.end_object();
    return body;
  }

 private:
  static std::string body_of(const Notice& notice, const Receipt& replies_to) {
    const Brief brief = brief_of(notice, brief_bytes_max);
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.key("embeds");
    out.begin_array();
    out.begin_object();
    out.member("title", discord_text(brief.title));
    out.member("description", description_of(brief, notice.link));
    out.end_object();
    out.end_array();
    components(out, notice, brief);
    no_mentions(out);
    if (!replies_to.empty()) {
      out.key("message_reference");
      out.begin_object();
      out.member("message_id", replies_to);
      out.member("fail_if_not_exists", false);
      out.end_object();
    }
    out.end_object();
    return body;
  }
};

}  // namespace

std::unique_ptr<Channel> make_discord(Settings settings) {
  return std::make_unique<Discord>(std::move(settings));
}

}  // namespace claw::channel
