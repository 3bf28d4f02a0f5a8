// Vendors of language models: anthropic_manual_key, anthropic_oauth_subscription, openai_codex_oauth and
// gemini_api_key.
#include "base/json.h"
#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

constexpr std::string_view beta_header = "anthropic-beta";
constexpr std::string_view oauth_beta = "oauth-2025-04-20";

// The agent's own features and the one without which a subscription's token is not taken.
std::string merged_betas(const Request& request) {
  std::string betas;
  bool has_ours = false;
  for (const auto& [name, value] : request.fields) {
    if (!equals_ignoring_case(name, beta_header)) continue;
    for (const std::string_view piece : split(value, ',')) {
      const std::string_view beta = trim(piece);
      if (beta.empty()) continue;
      has_ours = has_ours || beta == oauth_beta;
      betas.append(betas.empty() ? "" : ",").append(beta);
    }
  }
  if (!has_ours) betas.append(betas.empty() ? "" : ",").append(oauth_beta);
  return betas;
}

// The account is a claim of the token itself (RFC 7519); nothing is verified: it is our own token.
Result<std::string> account_of(const Secret& token) {
  const Error none = invalid("the token names no ChatGPT account: set the slot `account_id`");
  const std::vector<std::string_view> parts = split(token.reveal(), '.');
  if (parts.size() != 3) return none;
  const Result<std::string> claims = from_base64url(parts[1]);
  if (!claims) return none;
  const Result<json::Value> parsed = json::parse(*claims);
  const json::Value* auth = parsed ? parsed->find("https://api.openai.com/auth") : nullptr;
  std::string account = auth == nullptr ? "" : auth->text_or("chatgpt_account_id", "");
  if (account.empty()) return none;
  return account;
}

}  // namespace

Result<Injection> lend_anthropic_key(const Job& job) {
  CLAW_TRY(const Secret key, job.secrets.get("api_key"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.header("x-api-key", "", key));
  draft.drop_header("Authorization");
  return std::move(draft).finish();
}

Result<Injection> lend_anthropic_subscription(const Job& job) {
  CLAW_TRY(Token token, token_for(job));
  if (auto* exchange = std::get_if<Exchange>(&token)) return Injection(std::move(*exchange));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", std::get<Grant>(token).token));
  draft.plain_header(beta_header, merged_betas(job.request));
  draft.drop_header("x-api-key");
  return std::move(draft).finish();
}

Result<Injection> lend_codex(const Job& job) {
  CLAW_TRY(Token token, token_for(job));
  if (auto* exchange = std::get_if<Exchange>(&token)) return Injection(std::move(*exchange));
  const Secret& access = std::get<Grant>(token).token;
  CLAW_TRY(std::optional<Secret> account, job.secrets.find("account_id"));
  if (!account) {
    CLAW_TRY(std::string claimed, account_of(access));
    account = Secret(std::move(claimed));
  }
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", access));
  CLAW_TRY_DONE(draft.header("chatgpt-account-id", "", *account));
  return std::move(draft).finish();
}

// The key goes where the agent's client put its own: some SDKs read only `?key=`, and others only the header.
Result<Injection> lend_gemini(const Job& job) {
  CLAW_TRY(const Secret key, job.secrets.get("api_key"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.header("x-goog-api-key", "", key));
  draft.drop_header("Authorization");
  for (const auto& [name, value] : parse_query(query_of(job.request.path))) {
    if (name != "key") continue;
    draft.query("key", key);
    break;
  }
  return std::move(draft).finish();
}

}  // namespace claw::vault
