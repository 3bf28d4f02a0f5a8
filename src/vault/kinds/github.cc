// GitHub: github_oauth by a person's token, and github_app by an app's key, which buys a token for one
// installation, an hour long and no wider than the policy says (docs.github.com, "Create an installation
// access token for an app"). The API takes a token as a bearer, git over HTTPS and LFS only as a password.
#include <algorithm>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/jwt.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

// Git's smart protocol (gitprotocol-http) and LFS: `/ORG/REPO.git/info/refs`, `/ORG/REPO.git/info/lfs/…`.
bool is_git(std::string_view path) {
  return path.ends_with("/info/refs") || path.ends_with("/git-upload-pack") ||
         path.ends_with("/git-receive-pack") || path.find("/info/lfs/") != std::string_view::npos;
}

Status put_github(Draft& draft, const Request& request, const Secret& token) {
  if (request.host != "api.github.com" && is_git(path_of(request.path))) {
    return draft.basic("x-access-token", token);
  }
  return draft.authorization("Bearer", token);
}

constexpr std::int64_t clock_drift_s = 60;    // What GitHub advises `iat` to be set back by.
constexpr std::int64_t assertion_s = 9 * 60;  // Ten minutes are the most it takes.

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<Secret> assertion_of(std::string_view app_id, const Secret& key, std::int64_t now_s) {
  std::string claims;
  json::Writer w(claims);
  w.begin_object();
  w.member("iat", now_s - clock_drift_s);
  w.member("exp", now_s + assertion_s);
  w.member("iss", app_id);
  w.end_object();
  return sign_jwt(claims, key);
}

// What the token may do. Nothing said: all that the installation may.
Result<std::string> narrowing_of(const Credential& credential) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  std::vector<std::string> repositories;
  for (const std::string_view name : split(credential.setting("repositories"), ' ')) {
    // `org/repo` is how people write it; here the installation is the organisation.
    if (!name.empty()) repositories.emplace_back(name.substr(name.find('/') + 1));
  }
  if (!repositories.empty()) w.member("repositories", repositories);
  if (const std::string_view permissions = credential.setting("permissions"); !permissions.empty()) {
    const Result<json::Value> parsed = json::parse(permissions);
    if (!parsed || parsed->object() == nullptr) return invalid("`permissions` is no map");
    w.key("permissions");
    w.raw(json::format(*parsed));
  }
  w.end_object();
  return text;
}

Result<Exchange> ask(const Job& job, const Secret& key) {
  const Credential& credential = job.credential;
  const std::string_view app_id = credential.setting("app_id");
  const std::string_view installation = credential.setting("installation_id");
  if (app_id.empty() || !is_number(installation)) {
    return invalid("a github_app needs `app_id` and a numeric `installation_id`");
  }
  CLAW_TRY(const Secret assertion, assertion_of(app_id, key, job.clock.wall_us() / 1'000'000));
  const std::string base(credential.setting("api_url", "https://api.github.com"));
  CLAW_TRY(Exchange exchange,
           post(credential, base + "/app/installations/" + std::string(installation) + "/access_tokens"));
  CLAW_TRY(std::string body, narrowing_of(credential));
  exchange.fields = {{"Accept", "application/vnd.github+json"},
                     {"Content-Type", "application/json"},
                     {"User-Agent", "clawpatrol"},
                     {"X-GitHub-Api-Version", "2022-11-28"}};
  exchange.authorization = joined({"Bearer ", assertion.reveal()});
  exchange.body = Secret(std::move(body));
  return exchange;
}

}  // namespace

Result<Injection> lend_github(const Job& job) {
  CLAW_TRY(Token token, token_for(job));
  if (auto* exchange = std::get_if<Exchange>(&token)) return Injection(std::move(*exchange));
  Draft draft(job.credential);
  CLAW_TRY_DONE(put_github(draft, job.request, std::get<Grant>(token).token));
  return std::move(draft).finish();
}

Result<Grant> read_github_app(std::string_view answer, std::int64_t now_us) {
  const Result<json::Value> parsed = json::parse(answer);
  if (!parsed) return invalid("GitHub answered no JSON");
  Grant grant;
  grant.token = Secret(parsed->text_or("token", ""));
  if (grant.token.empty()) return invalid("GitHub answered without a token");
  CLAW_TRY(const std::int64_t until_us, parse_time(parsed->text_or("expires_at", "")));
  grant.lives_us = std::max<std::int64_t>(until_us - now_us, 0);
  return grant;
}

Result<Injection> lend_github_app(const Job& job) {
  CLAW_TRY(const Secret key, job.secrets.get("private_key"));
  const Origin origin = origin_of(job.credential, {key.reveal()});
  CLAW_TRY(const std::optional<Grant> grant, job.grant(origin));
  if (!grant) {
    CLAW_TRY(Exchange exchange, ask(job, key));
    exchange.state = state_of(job.credential, origin);
    return Injection(std::move(exchange));
  }
  Draft draft(job.credential);
  CLAW_TRY_DONE(put_github(draft, job.request, grant->token));
  return std::move(draft).finish();
}

}  // namespace claw::vault
