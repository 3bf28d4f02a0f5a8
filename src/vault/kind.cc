#include "vault/kind.h"

#include <algorithm>

namespace claw::vault {

namespace {

constexpr std::string_view password[] = {"password"};
constexpr std::string_view token[] = {"token"};
constexpr std::string_view api_key[] = {"api_key"};
constexpr std::string_view oauth[] = {"access_token", "refresh_token", "client_secret"};
constexpr std::string_view codex[] = {"access_token", "refresh_token", "account_id"};
constexpr std::string_view registered[] = {"access_token", "refresh_token", "client_id", "client_secret"};
constexpr std::string_view found_out[] = {"access_token", "refresh_token", "client_id",  "client_secret",
                                            "token_url",    "resource",      "auth_style"};
constexpr std::string_view oauth2[] = {"client_secret", "refresh_token", "access_token"};
constexpr std::string_view service_account[] = {"service_account"};
constexpr std::string_view private_key[] = {"private_key"};
constexpr std::string_view slack[] = {"bot_token", "app_token", "signing_secret"};
constexpr std::string_view telegram[] = {"token", "webhook_secret"};
constexpr std::string_view url[] = {"url"};
constexpr std::string_view routing_key[] = {"routing_key"};
constexpr std::string_view webhook[] = {"secret", "callback_secret"};
constexpr std::string_view aws[] = {"secret_access_key", "access_key_id", "session_token"};
constexpr std::string_view mtls[] = {"key", "cert", "ca"};
constexpr std::span<const std::string_view> nothing;

constexpr Kind table[] = {
    {"anthropic_manual_key", api_key, "an Anthropic API key"},
    {"anthropic_oauth_subscription", oauth, "a Claude subscription, connected by a person"},
    {"aws_credential", aws, "AWS access keys; requests are signed anew"},
    {"basic_auth", password, "user name and password of HTTP"},
    {"bearer_token", token, "a token sent as `Authorization: Bearer`"},
    {"cookie_token", token, "a session's cookie"},
    {"discord_bot_token", token, "a Discord bot's token"},
    {"gemini_api_key", api_key, "a Gemini API key"},
    {"github_app", private_key, "a GitHub App's private key, PEM"},
    {"github_oauth", oauth, "a GitHub token, pasted or connected by a person"},
    {"google_credential", service_account, "a Google service account's key file, JSON"},
    {"google_gke_credential", service_account, "the same, for a GKE cluster"},
    {"header_token", token, "a secret in a header of its own"},
    {"mcp_oauth", found_out, "an MCP server's login, connected by a person"},
    {"mtls_credential", mtls, "a client's certificate and key, PEM"},
    {"notion_mcp_oauth", registered, "Notion's MCP server, connected by a person"},
    {"notion_oauth", oauth, "a Notion token, pasted or connected by a person"},
    {"oauth2", oauth2, "any OAuth 2.0 service: refresh token or client credentials"},
    {"openai_codex_oauth", codex, "a ChatGPT subscription, connected by a person"},
    {"passthrough", nothing, "no secret: the agent's own goes through"},
    {"pagerduty_routing_key", routing_key, "an integration key of PagerDuty's Events API"},
    {"postgres_credential", password, "user, database and password of a PostgreSQL login"},
    {"slack_tokens", slack, "a Slack app's bot and app-level tokens, and what it signs clicks with"},
    {"smtp_login", password, "the password of a mail server"},
    {"teams_webhook", url, "the address of a Teams workflow's webhook"},
    {"telegram_bot_token", telegram, "a Telegram bot's token, and the secret of its webhook"},
    {"webhook_secret", webhook, "what a webhook's events and answers are signed with"},
};

}  // namespace

std::span<const Kind> kinds() { return table; }

const Kind* kind_named(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Kind::name);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace claw::vault
