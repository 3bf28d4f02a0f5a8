// Google Cloud by a service account's key file: google_credential and google_gke_credential. An assertion
// signed with the account's key buys an access token (RFC 7523).
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/jwt.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

constexpr std::string_view scope_default = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::int64_t assertion_s = 3600;  // The most the endpoint takes.

struct Account {
  std::string email;
  std::string key_id;
  Secret key;
  std::string token_url;
};

// A key file that names another host would send an assertion, which is as good as a token, to that host.
Result<Account> parse_account(const Secret& text, std::string_view token_url) {
  const Result<json::Value> parsed = json::parse(text.reveal());
  if (!parsed || parsed->text_or("type", "") != "service_account") {
    return invalid("the secret is no key file of a Google service account");
  }
  Account account{parsed->text_or("client_email", ""), parsed->text_or("private_key_id", ""),
                  Secret(parsed->text_or("private_key", "")), std::string(token_url)};
  if (account.email.empty() || account.key.empty()) {
    return invalid("the service account's key file lacks client_email or private_key");
  }
  if (!account.token_url.empty()) return account;
  account.token_url = parsed->text_or("token_uri", "https://oauth2.googleapis.com/token");
  CLAW_TRY(const Url url, parse_https(account.token_url));
  if (!url.host.ends_with(".googleapis.com") || url.port != 443) {
    return invalid("the key file's token_uri is not Google's; the credential's `token_url` can allow it");
  }
  return account;
}

Result<Secret> assertion_of(const Account& account, std::string_view scopes, std::int64_t now_s) {
  std::string claims;
  json::Writer w(claims);
  w.begin_object();
  w.member("iss", account.email);
  w.member("scope", scopes);
  w.member("aud", account.token_url);
  w.member("iat", now_s);
  w.member("exp", now_s + assertion_s);
  w.end_object();
  return sign_jwt(claims, account.key, account.key_id);
}

Result<Exchange> ask(const Job& job, const Secret& file) {
  CLAW_TRY(const Account account, parse_account(file, job.credential.setting("token_url")));
  CLAW_TRY(Exchange exchange, post(job.credential, account.token_url));
  CLAW_TRY(const Secret assertion, assertion_of(account, job.credential.setting("scopes", scope_default),
                                                job.clock.wall_us() / 1'000'000));
  Form form;
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer").add("assertion", assertion.reveal());
  exchange.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  exchange.body = std::move(form).finish();
  return exchange;
}

}  // namespace

Result<Injection> lend_google(const Job& job) {
  CLAW_TRY(const Secret file, job.secrets.get("service_account"));
  const Origin origin = origin_of(job.credential, {file.reveal()});
  CLAW_TRY(const std::optional<Grant> grant, job.grant(origin));
  if (!grant) {
    CLAW_TRY(Exchange exchange, ask(job, file));
    exchange.state = state_of(job.credential, origin);
    return Injection(std::move(exchange));
  }
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", grant->token));
  draft.drop_header("x-goog-api-key");
  return std::move(draft).finish();
}

}  // namespace claw::vault
