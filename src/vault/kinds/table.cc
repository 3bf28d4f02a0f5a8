#include <algorithm>

#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

Sight nothing(const Credential&) { return Sight::nothing; }
Sight fields(const Credential&) { return Sight::fields; }

constexpr Maker table[] = {
    {"anthropic_manual_key", lend_anthropic_key},
    {"anthropic_oauth_subscription", lend_anthropic_subscription, read_oauth, nullptr, fields},
    {"aws_credential", lend_aws, read_aws_role, aws_needs_body, fields},
    {"basic_auth", lend_basic, nullptr, nullptr, nothing},
    {"bearer_token", lend_bearer, nullptr, bearer_needs_body, bearer_sight},
    {"cookie_token", lend_cookie, nullptr, nullptr, nothing},
    {"discord_bot_token", lend_discord},
    {"gemini_api_key", lend_gemini},
    {"github_app", lend_github_app, read_github_app},
    {"github_oauth", lend_github, read_oauth},
    {"google_credential", lend_google, read_oauth},
    {"google_gke_credential", lend_google, read_oauth},
    {"header_token", lend_header, nullptr, nullptr, nothing},
    {"mcp_oauth", lend_oauth, read_oauth},
    {"mtls_credential", lend_nothing},
    {"notion_mcp_oauth", lend_notion, read_oauth},
    {"notion_oauth", lend_notion, read_oauth, nullptr, fields},
    {"oauth2", lend_oauth, read_oauth},
    {"openai_codex_oauth", lend_codex, read_oauth},
    {"passthrough", lend_nothing},
    {"slack_tokens", lend_slack},
    {"telegram_bot_token", lend_telegram},
};

}  // namespace

const Maker* maker_named(std::string_view kind) {
  const auto found = std::ranges::find(table, kind, &Maker::kind);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace claw::vault
