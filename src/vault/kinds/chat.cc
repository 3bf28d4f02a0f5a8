// Where people write to each other: notion_oauth, notion_mcp_oauth, discord_bot_token, telegram_bot_token and
// slack_tokens. Each vendor wants its token in a place of its own.
#include <algorithm>

#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

// Requests without it are refused; an agent's client that says none reads what this version answers.
constexpr std::string_view notion_version = "2022-06-28";

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == ':' || c == '%';  // A client may write the colon as %3A.
}

// `/bot` or `/file/bot`, with which a path of Telegram's begins; empty when it does not.
std::string_view telegram_prefix(std::string_view path) {
  for (const std::string_view prefix : {"/bot", "/file/bot"}) {
    if (path.starts_with(prefix)) return prefix;
  }
  return {};
}

}  // namespace

Result<Injection> lend_notion(const Job& job) {
  CLAW_TRY(Token token, token_for(job));
  if (auto* exchange = std::get_if<Exchange>(&token)) return Injection(std::move(*exchange));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", std::get<Grant>(token).token));
  if (job.credential.kind == "notion_oauth" && !header_of(job.request, "Notion-Version")) {
    draft.plain_header("Notion-Version", std::string(notion_version));
  }
  return std::move(draft).finish();
}

Result<Injection> lend_discord(const Job& job) {
  CLAW_TRY(const Secret token, job.secrets.get("token"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bot", token));
  if (!job.credential.placeholder.empty()) CLAW_TRY_DONE(draft.text(job.credential.placeholder, token));
  return std::move(draft).finish();
}

// The piece between `/bot` and the next slash, whatever the agent wrote there. Only the path's beginning: a
// placeholder in a parameter would become a message with the token in it.
Result<Injection> lend_telegram(const Job& job) {
  CLAW_TRY(const Secret token, job.secrets.get("token"));
  const std::string_view path = path_of(job.request.path);
  const std::string_view prefix = telegram_prefix(path);
  const std::size_t end = prefix.empty() ? std::string_view::npos : path.find('/', prefix.size());
  if (end == std::string_view::npos || end == prefix.size() ||
      !std::ranges::all_of(path.substr(prefix.size(), end - prefix.size()), is_token_character)) {
    return invalid("a Telegram path begins with /botTOKEN/ or /file/botTOKEN/");
  }
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.path(path.substr(0, end + 1), prefix, token, "/"));
  draft.drop_header("Authorization");
  return std::move(draft).finish();
}

// An app-level token opens sockets (apps.connections.open) and nothing else; a bot's does the rest.
Result<Injection> lend_slack(const Job& job) {
  const bool is_app = path_of(job.request.path) == "/api/apps.connections.open";
  CLAW_TRY(const Secret token, job.secrets.get(is_app ? "app_token" : "bot_token"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", token));
  draft.drop_form_field("token");
  draft.drop_query("token");
  return std::move(draft).finish();
}

}  // namespace claw::vault
