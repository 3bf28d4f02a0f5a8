// Where the OAuth kinds' tokens come from: the vendors' own addresses and public client names, and for
// `oauth2` what the policy says.
#include "base/text.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

// The one client these subscriptions know; public, and no secret belongs to it.
Provider anthropic() {
  Provider provider;
  provider.token_url = "https://console.anthropic.com/v1/oauth/token";
  provider.auth_url = "https://claude.ai/oauth/authorize";
  provider.client_id = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
  provider.redirect_url = "https://console.anthropic.com/oauth/code/callback";
  provider.scopes = "org:create_api_key user:profile user:inference";
  provider.auth_extra = "code=true";
  provider.body = BodyStyle::json;
  return provider;
}

Provider codex() {
  Provider provider;
  provider.token_url = "https://auth.openai.com/oauth/token";
  provider.auth_url = "https://auth.openai.com/oauth/authorize";
  provider.client_id = "app_EMoamEEZ73f0CkXaXp7hrann";
  provider.redirect_url = "http://localhost:1455/auth/callback";
  provider.scopes = "openid profile email offline_access";
  provider.auth_extra = "id_token_add_organizations=true&codex_cli_simplified_flow=true";
  return provider;
}

Provider github() {
  Provider provider;
  provider.token_url = "https://github.com/login/oauth/access_token";
  provider.device_url = "https://github.com/login/device/code";
  return provider;
}

Provider notion() {
  Provider provider;
  provider.token_url = "https://api.notion.com/v1/oauth/token";
  provider.auth_url = "https://api.notion.com/v1/oauth/authorize";
  provider.auth_extra = "owner=user";
  provider.auth = AuthStyle::basic;
  provider.body = BodyStyle::json;
  provider.pkce = false;
  return provider;
}

Provider notion_mcp() {
  Provider provider;
  provider.token_url = "https://mcp.notion.com/token";
  provider.auth_url = "https://mcp.notion.com/authorize";
  provider.register_url = "https://mcp.notion.com/register";
  provider.redirect_url = "http://localhost:1456/callback";
  return provider;
}

// Its addresses are found out when a person connects it, and kept among its secrets.
Provider mcp(const Credential& credential) {
  Provider provider;
  provider.resource = credential.setting("resource");
  return provider;
}

Result<Provider> fixed(std::string_view kind) {
  if (kind == "anthropic_oauth_subscription") return anthropic();
  if (kind == "openai_codex_oauth") return codex();
  if (kind == "github_oauth") return github();
  if (kind == "notion_oauth") return notion();
  if (kind == "notion_mcp_oauth") return notion_mcp();
  if (kind == "oauth2") return Provider{};
  return invalid("credentials of kind " + quoted(kind) + " have no token endpoint to ask");
}

}  // namespace

Result<Provider> provider_of(const Credential& credential) {
  const bool is_found_out = credential.kind == "mcp_oauth";
  CLAW_TRY(Provider provider, is_found_out ? Result<Provider>(mcp(credential)) : fixed(credential.kind));
  const auto take = [&](std::string& into, const char* key) { into = credential.setting(key, into); };
  take(provider.token_url, "token_url");
  take(provider.auth_url, "auth_url");
  take(provider.device_url, "device_url");
  take(provider.client_id, "client_id");
  take(provider.redirect_url, "redirect_url");
  take(provider.scopes, "scopes");
  take(provider.audience, "audience");
  const std::string_view style = credential.setting("auth_style");
  if (style == "basic") provider.auth = AuthStyle::basic;
  else if (style == "body") provider.auth = AuthStyle::body;
  else if (!style.empty()) return invalid("`auth_style` is `basic` or `body`, not " + quoted(style));
  if (is_found_out) return provider;
  if (provider.token_url.empty()) return invalid("this credential has no `token_url`");
  if (auto url = parse_https(provider.token_url); !url) return std::move(url).error();
  return provider;
}

}  // namespace claw::vault
