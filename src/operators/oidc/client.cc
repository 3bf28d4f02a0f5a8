#include "operators/oidc/client.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "operators/oidc/claims.h"

namespace claw::oidc {

namespace {

constexpr std::size_t code_bytes_max = 4096;
constexpr std::size_t cookie_bytes = 32;
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

Error denied(std::string what) { return Error{Code::denied, std::move(what), {}}; }

Request get(std::string url) {
  return {"GET", std::move(url), {{"Accept", "application/json"}}, Secret(), Secret()};
}

Result<json::Value> document_of(const Reply& reply) {
  if (reply.status != 200) {
    return Error{Code::unavailable, "the provider answered " + std::to_string(reply.status), {}};
  }
  if (reply.body.size() > answer_bytes_max) return Error{Code::limit, "the provider answered too much", {}};
  CLAW_TRY(json::Value document, json::parse(reply.body));
  if (document.object() == nullptr) return invalid("the provider answered no JSON object");
  return document;
}

Result<std::string> address_at(const json::Value& document, std::string_view name) {
  const std::string url = document.text_or(name, "");
  if (!parse_https(url)) return invalid("the provider's `" + std::string(name) + "` is no https address");
  return url;
}

std::string state_purpose(std::string_view cookie) {
  return operators::purpose({"oidc", crypto::view(crypto::sha256(cookie))});
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

// The highest of those that somebody's groups have.
std::optional<operators::Role> role_of(const std::vector<std::string>& groups,
                                       const std::vector<RoleOf>& rules) {
  std::optional<operators::Role> role;
  for (const RoleOf& rule : rules) {
    const auto is_theirs = [&](const std::string& group) { return has(groups, group); };
    if (std::ranges::any_of(rule.groups, is_theirs)) role = std::max(role.value_or(rule.role), rule.role);
  }
  return role;
}

// What cannot be a group's name here is left out.
std::vector<std::string> known_groups(const std::vector<std::string>& groups) {
  std::vector<std::string> known;
  for (const std::string& group : groups) {
    const bool fits = operators::is_name(group) && known.size() < operators::groups_max;
    if (fits && !has(known, group)) known.push_back(group);
  }
  return known;
}

// RFC 6749 §5.2: of a token endpoint's errors this one is about the login, the others are about its two
// sides.
bool is_bad_code(const Reply& reply) {
  if (reply.status != 400 || reply.body.size() > answer_bytes_max) return false;
  const auto refused = json::parse(reply.body);
  return refused && refused->text_or("error", "") == "invalid_grant";
}

std::string_view separator_of(std::string_view url) {
  return url.find('?') == std::string_view::npos ? "?" : "&";
}

}  // namespace

Client::Client(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), vouchers_(clock) {}

std::optional<Wanted> Client::wants() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  if (!discovery_ || now_us - discovery_at_us_ >= documents_us) {
    std::string base = settings_.issuer;
    while (base.ends_with('/')) base.pop_back();
    return Wanted{Document::discovery, get(base + "/.well-known/openid-configuration")};
  }
  if (!keys_ || now_us - keys_at_us_ >= documents_us) {
    return Wanted{Document::keys, get(discovery_->jwks_uri)};
  }
  return std::nullopt;
}

Status Client::take(Document document, const Reply& reply) {
  CLAW_TRY(const json::Value value, document_of(reply));
  if (document == Document::keys) {
    CLAW_TRY(Keys keys, Keys::parse(reply.body));
    if (keys.size() == 0) return invalid("the provider has no key that signs with RS256 or ES256");
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
    keys_at_us_ = clock_.monotonic_us();
    return Done{};
  }
  // OpenID Connect Discovery §4.3: otherwise one provider could speak for another.
  if (value.text_or("issuer", "") != settings_.issuer) {
    return denied("the provider's document has another issuer");
  }
  Discovery discovery;
  CLAW_TRY(discovery.authorization_endpoint, address_at(value, "authorization_endpoint"));
  CLAW_TRY(discovery.token_endpoint, address_at(value, "token_endpoint"));
  CLAW_TRY(discovery.jwks_uri, address_at(value, "jwks_uri"));
  const std::vector<std::string> methods = texts_of(value, "token_endpoint_auth_methods_supported");
  discovery.basic = methods.empty() || has(methods, "client_secret_basic");
  const std::lock_guard lock(mutex_);
  if (discovery_ && discovery_->jwks_uri != discovery.jwks_uri) keys_.reset();
  discovery_ = std::move(discovery);
  discovery_at_us_ = clock_.monotonic_us();
  return Done{};
}

std::string Client::derived(std::string_view what, std::string_view state) const {
  return base64url(vouchers_.derived(state, what));
}

Result<Begun> Client::begin() const {
  std::string endpoint;
  {
    const std::lock_guard lock(mutex_);
    if (!discovery_) return Error{Code::unavailable, "the provider's document is not known yet", {}};
    endpoint = discovery_->authorization_endpoint;
  }
  const std::string cookie = random_hex(cookie_bytes);
  const std::string state = base64url(vouchers_.make(state_purpose(cookie), login_us));
  std::string scope = "openid";
  for (const std::string& each : settings_.scopes) scope += " " + each;
  Form query;
  query.add("response_type", "code");
  query.add("client_id", settings_.client_id);
  query.add("redirect_uri", settings_.redirect_uri);
  query.add("scope", scope);
  query.add("state", state);
  query.add("nonce", derived("nonce", state));
  query.add("code_challenge", base64url(crypto::view(crypto::sha256(derived("verifier", state)))));
  query.add("code_challenge_method", "S256");
  const Secret text = std::move(query).finish();
  return Begun{endpoint + std::string(separator_of(endpoint)) + std::string(text.reveal()), Secret(cookie)};
}

Result<Request> Client::redeem(const Returned& returned, const Secret& secret) {
  const Result<std::string> voucher = from_base64url(returned.state);
  // Also when the provider refused: what comes back is looked at only where a login was begun.
  if (!voucher || returned.cookie.empty() || !vouchers_.use(*voucher, state_purpose(returned.cookie))) {
    return denied("this login was not begun here, was finished, or took too long");
  }
  if (!returned.issuer.empty() && returned.issuer != settings_.issuer) {
    return denied("another provider answered");
  }
  if (!returned.error.empty()) return denied("the provider refused: " + quoted(returned.error));
  if (returned.code.empty() || returned.code.size() > code_bytes_max) {
    return denied("the provider gave no code");
  }
  Request request{
      "POST", {}, {{"Accept", "application/json"}, {"Content-Type", std::string(form_type)}}, {}, {}};
  bool basic = true;
  {
    const std::lock_guard lock(mutex_);
    if (!discovery_) return Error{Code::unavailable, "the provider's document is not known yet", {}};
    request.url = discovery_->token_endpoint;
    basic = discovery_->basic;
  }
  Form form;
  form.add("grant_type", "authorization_code");
  form.add("code", returned.code);
  form.add("redirect_uri", settings_.redirect_uri);
  form.add("code_verifier", derived("verifier", returned.state));
  if (secret.empty() || !basic) form.add("client_id", settings_.client_id);
  if (!secret.empty() && !basic) form.add("client_secret", secret.reveal());
  request.body = std::move(form).finish();
  if (!secret.empty() && basic) {  // RFC 6749 §2.3.1: both encoded as in a form, then joined.
    std::string pair = percent_encode(settings_.client_id) + ":" + percent_encode(secret.reveal());
    request.authorization = Secret("Basic " + to_base64(pair));
    wipe(pair);
  }
  return request;
}

Result<operators::Provided> Client::finish(const Returned& returned, const Reply& reply) {
  if (is_bad_code(reply)) return denied("the provider does not take the code of this login");
  CLAW_TRY(const json::Value answer, document_of(reply));
  std::optional<Keys> keys;
  {
    const std::lock_guard lock(mutex_);
    keys = keys_;
  }
  if (!keys) return Error{Code::unavailable, "the provider's keys are not known yet", {}};
  Result<json::Value> verified = keys->verify(answer.text_or("id_token", ""));
  if (!verified) {
    const std::lock_guard lock(mutex_);
    const bool may_look_again = clock_.monotonic_us() - keys_at_us_ >= keys_again_us;
    if (verified.error().code == Code::not_found && may_look_again) keys_.reset();
    return std::move(verified).error();
  }
  const json::Value& claims = *verified;
  const std::string nonce = derived("nonce", returned.state);
  CLAW_TRY_DONE(check_claims(
      claims, {settings_.issuer, settings_.client_id, nonce, clock_.wall_us() / 1'000'000}));

  const std::vector<std::string> groups = texts_of(claims, settings_.groups_claim);
  const std::optional<operators::Role> role = role_of(groups, settings_.roles);
  if (!role) return denied("none of this person's groups has a role here");
  return operators::Provided{settings_.issuer + " " + claims.text_or("sub", ""), name_in(claims), *role,
                             known_groups(groups)};
}

}  // namespace claw::oidc
