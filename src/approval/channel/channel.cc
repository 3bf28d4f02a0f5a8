#include "approval/channel/channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "approval/channel/kinds.h"
#include "base/check.h"
#include "base/text.h"

namespace claw::channel {

namespace {

constexpr std::string_view slack_slots[] = {"bot_token", "signing_secret"};
constexpr std::string_view discord_slots[] = {"token"};
constexpr std::string_view telegram_slots[] = {"token", "webhook_secret"};
constexpr std::string_view teams_slots[] = {"url"};
constexpr std::string_view email_slots[] = {"password"};
constexpr std::string_view pagerduty_slots[] = {"routing_key"};
constexpr std::string_view webhook_slots[] = {"secret", "callback_secret"};

constexpr Needs table[] = {
    {Kind::slack, "slack", "slack_tokens", slack_slots, "signing_secret", false, "https://slack.com/api"},
    {Kind::discord, "discord", "discord_bot_token", discord_slots, "", true, "https://discord.com/api/v10"},
    {Kind::telegram, "telegram", "telegram_bot_token", telegram_slots, "webhook_secret", false,
     "https://api.telegram.org"},
    {Kind::teams, "teams", "teams_webhook", teams_slots, ""},
    {Kind::email, "email", "smtp_login", email_slots, ""},
    {Kind::pagerduty, "pagerduty", "pagerduty_routing_key", pagerduty_slots, "", false,
     "https://events.pagerduty.com"},
    {Kind::webhook, "webhook", "webhook_secret", webhook_slots, "callback_secret"},
};

}  // namespace

std::span<const Needs> kinds() { return table; }

const Needs& needs_of(Kind kind) {
  const auto found = std::ranges::find(table, kind, &Needs::kind);
  CLAW_CHECK(found != std::end(table));
  return *found;
}

const Needs* needs_named(std::string_view kind) {
  const auto found = std::ranges::find(table, kind, &Needs::name);
  return found == std::end(table) ? nullptr : found;
}

std::string_view name_of(Kind kind) { return needs_of(kind).name; }

std::string_view name_of(Event event) {
  switch (event) {
    case Event::asked: return "asked";
    case Event::grown: return "grown";
    case Event::reminded: return "reminded";
    case Event::escalated: return "escalated";
    case Event::ended: return "ended";
    case Event::found: return "found";
  }
  check_failed("every event has a name", __FILE__, __LINE__);
}

std::optional<std::string_view> Inbound::field(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [each, value] : fields) {
    if (!equals_ignoring_case(each, name)) continue;
    if (found) return std::nullopt;  // Which of them was signed?
    found = value;
  }
  return found;
}

Result<Receipt> Channel::sent(int status, std::string_view) const {
  if (status >= 200 && status < 300) return Receipt();
  const bool later = status == 408 || status == 425 || status == 429 || status >= 500;
  return Error{later ? Code::unavailable : Code::denied, fmt::format("it answered {}", status), {}};
}

Result<Received> Channel::receive(const Inbound&, const Secrets&, std::int64_t) const {
  return Error{Code::denied, "nobody can answer by this channel", {}};
}

std::string Channel::answer(const Received&, std::string_view) const { return {}; }

std::optional<Outgoing> Channel::whisper(const Received&, std::string_view, const Secrets&) const {
  return std::nullopt;
}

Result<std::string_view> Channel::secret(const Secrets& secrets, std::string_view slot) const {
  const auto found = secrets.find(slot);
  if (found != secrets.end() && !found->second.empty()) return found->second.reveal();
  return Error{Code::not_found, fmt::format("credential `{}` has no `{}`", settings_.credential, slot), {}};
}

std::unique_ptr<Channel> make(Settings settings) {
  switch (settings.kind) {
    case Kind::slack: return make_slack(std::move(settings));
    case Kind::discord: return make_discord(std::move(settings));
    case Kind::telegram: return make_telegram(std::move(settings));
    case Kind::teams: return make_teams(std::move(settings));
    case Kind::email: return make_email(std::move(settings));
    case Kind::pagerduty: return make_pagerduty(std::move(settings));
    case Kind::webhook: return make_webhook(std::move(settings));
  }
  check_failed("every kind is made", __FILE__, __LINE__);
}

}  // namespace claw::channel
