#include "config/placeholder.h"

namespace claw::config {

namespace {

struct Row {
  std::string_view kind;
  std::string_view text;  // Empty: `clawpatrol-placeholder-NAME`.
};

// The forms are those of the services' own documentation; the letters say what they are.
constexpr Row rows[] = {
    {"bearer_token", ""},
    {"basic_auth", ""},
    {"header_token", ""},
    {"cookie_token", ""},
    {"oauth2", ""},
    {"google_credential", "ya29.clawpatrol-placeholder"},
    {"google_gke_credential", "ya29.clawpatrol-placeholder"},
    {"github_oauth", "gho_clawpatrolplaceholder000000000000000"},  // `gho_` and 36 letters or digits.
    {"github_app", "ghs_clawpatrolplaceholder000000000000000"},
    {"anthropic_manual_key", "sk-ant-api03-clawpatrol-placeholder"},
    {"anthropic_oauth_subscription", "sk-ant-oat01-clawpatrol-placeholder"},
    // Read as a JWT by its client: {"alg":"none"}, {"sub":"clawpatrol-placeholder"}, no signature.
    {"openai_codex_oauth", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjbGF3cGF0cm9sLXBsYWNlaG9sZGVyIn0.none"},
    {"notion_oauth", "ntn_clawpatrolplaceholder0000000000000000000000000"},
    {"notion_mcp_oauth", ""},
    {"gemini_api_key", "AIzaClawpatrolPlaceholder00000000000000"},  // 39 characters.
    // Three parts, the first the base64 of a number.
    {"discord_bot_token", "MDAwMDAwMDAwMDAwMDAwMDAw.clawpa.placeholder0000000000000000"},
    {"telegram_bot_token",
     "1000000000:clawpatrol-placeholder-000000000000"},  // A number, `:`, 35 characters.
    {"slack_tokens", "xoxb-1000000000-1000000000-clawpatrolplaceholder000"},
    {"aws_credential", "AKIACLAWPATROL000000"},  // `AKIA` and 16 capitals or digits.
};

}  // namespace

std::string placeholder_of(std::string_view kind, std::string_view name) {
  for (const Row& row : rows) {
    if (row.kind != kind) continue;
    return row.text.empty() ? "clawpatrol-placeholder-" + std::string(name) : std::string(row.text);
  }
  return {};
}

}  // namespace claw::config
