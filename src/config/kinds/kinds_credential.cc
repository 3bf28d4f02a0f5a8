// Credentials: what the gateway proves itself with, and on which kinds of endpoint each can be used. The
// attributes of a kind reach the vault as settings, by their names.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;

constexpr AttributeSpec common[] = {
    {"endpoint", reference, "Where it is used", "endpoint"},
    {"endpoints", references, "The same for several; not both", "endpoint"},
    {"placeholder", text, "What an agent writes instead of the secret, to choose among credentials"},
    {"description", text, "For people"},
};

constexpr AttributeSpec login[] = {
    {"user", text, "To log in as; without it as the agent says. Also chooses among credentials"},
    {"database", text, "The same for the database"},
};
constexpr AttributeSpec bearer_token[] = {
    {"idempotency_key", boolean, "Adds an `Idempotency-Key` of the request where the agent sent none"},
};
constexpr AttributeSpec basic_auth[] = {{"username", text, "Its user", "", true}};
constexpr AttributeSpec header_token[] = {
    {"header", text, "The header", "", true},
    {"prefix", text, "What stands before the secret"},
};
constexpr AttributeSpec cookie_token[] = {{"cookie_name", text, "The cookie. session"}};
constexpr AttributeSpec github_oauth[] = {
    {"scopes", texts, "To ask for"},
    {"client_id", text, "Of the OAuth app a person logs in with"},
};
constexpr AttributeSpec notion_oauth[] = {
    {"client_id", text, "Of the integration a person logs in with"},
    {"redirect_url", text, "As the integration has it"},
};
constexpr AttributeSpec github_app[] = {
    {"app_id", text, "The app's number or client id", "", true},
    {"installation_id", text, "Of the account it is installed in", "", true},
    {"repositories", texts, "Names of the only repositories its tokens are good for"},
    {"permissions", text_map, "The only permissions of its tokens, as in `{ contents = \"read\" }`"},
    {"api_url", url, "Of an Enterprise Server. https://api.github.com"},
};
constexpr AttributeSpec oauth2[] = {
    {"token_url", url, "Where tokens are asked for and renewed", "", true},
    {"client_id", text, "Who asks", "", true},
    {"auth_url", url, "Where a person logs in"},
    {"device_url", url, "Where a device code is asked for"},
    {"redirect_url", text, "Where the login sends the person back to"},
    {"scopes", texts, "To ask for"},
    {"audience", text, "Whom the token is for"},
    {"auth_style", choice, "How the client proves itself. body", "body|basic"},
};
constexpr AttributeSpec mcp_oauth[] = {
    {"client_id", text,
     "Of a registered client, or the address of its metadata document. Registered when connecting"},
    {"scopes", texts, "To ask for"},
    {"redirect_url", text, "Where the login sends the person back to"},
};
constexpr AttributeSpec google[] = {
    {"scopes", texts, "To ask for. https://www.googleapis.com/auth/cloud-platform"},
    {"token_url", url, "Where tokens are asked for. The one of the key file"},
};
constexpr AttributeSpec aws[] = {
    {"region", text, "To sign for. The one the agent signed for, otherwise the host's"},
    {"service", text, "To sign for. The one the agent signed for, otherwise the host's"},
    {"role_arn", text, "A role to take; its keys are used, and live an hour"},
    {"external_id", text, "What the role wants to be told"},
    {"session_policy", text, "What the role's keys are narrowed to: `read_only`, or a policy in JSON"},
};

constexpr std::string_view http = "https|openai_codex_https|clickhouse_https|kubernetes|mcp";
constexpr std::string_view shown = "https|openai_codex_https|clickhouse_https|kubernetes";
constexpr std::string_view web = "https|openai_codex_https";
constexpr std::string_view web_mcp = "https|openai_codex_https|mcp";

struct Row {
  std::string_view kind;
  std::string_view help;
  std::string_view serves;
  std::span<const AttributeSpec> own = {};
};
// The commonest of each kind of endpoint first: hints name those.
constexpr Row rows_by_kind[] = {
    {"postgres_credential", "Logs in to Postgres; its secret is the password", "postgres", login},
    {"clickhouse_credential", "Logs in to ClickHouse", "clickhouse_native|clickhouse_https", login},
    {"ssh_key", "A key or password for SSH", "ssh"},
    {"bearer_token", "`Authorization: Bearer`", http, bearer_token},
    {"basic_auth", "`Authorization: Basic`", http, basic_auth},
    {"header_token", "A header of any name", http, header_token},
    {"cookie_token", "A cookie", http, cookie_token},
    {"oauth2", "An access token of any OAuth 2 server, renewed", http, oauth2},
    {"anthropic_manual_key", "An Anthropic API key", web},
    {"anthropic_oauth_subscription", "An Anthropic subscription", web},
    {"openai_codex_oauth", "An OpenAI Codex login", web},
    {"github_oauth", "A GitHub login, for the API and for git", web_mcp, github_oauth},
    {"github_app", "A GitHub App; its tokens live an hour", web, github_app},
    {"notion_oauth", "A Notion login", web, notion_oauth},
    {"notion_mcp_oauth", "A Notion MCP login", web_mcp},
    {"mcp_oauth", "A login to an MCP server, whose addresses are found out from it", "mcp", mcp_oauth},
    {"gemini_api_key", "A Gemini API key", web},
    {"discord_bot_token", "A Discord bot", web},
    {"telegram_bot_token", "A Telegram bot", web},
    {"slack_tokens", "A Slack app", web},
    {"aws_credential", "Signs AWS requests", "https|kubernetes", aws},
    {"google_credential", "A Google service account", "https|kubernetes|mcp", google},
    {"google_gke_credential", "A Google service account, for GKE", "https|kubernetes", google},
    {"mtls_credential", "A client certificate", shown},
    {"passthrough", "Nothing is injected; lets a profile reach an endpoint",
     "https|openai_codex_https|clickhouse_https|kubernetes|clickhouse_native|ssh|mcp"},
    {"smtp_login", "The password of a mail server, for a `channel`", ""},
    {"teams_webhook", "The address of a Teams workflow, for a `channel`", ""},
    {"pagerduty_routing_key", "An integration key of PagerDuty, for a `channel`", ""},
    {"webhook_secret", "Signs what a `channel` sends, and what answers it", ""},
    {"tailscale_auth", "Joins a tailnet", ""},
};

}  // namespace

void append_credential_rows(std::vector<BlockSpec>& rows) {
  for (const Row& row : rows_by_kind) {
    rows.push_back({.type = "credential", .kind = row.kind, .labels = 2, .attributes = row.own,
                    .common = common, .help = row.help, .serves = row.serves});
  }
}

}  // namespace claw::config
