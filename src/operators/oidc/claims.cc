#include "operators/oidc/claims.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/crypto.h"
#include "base/text.h"
#include "operators/account.h"

namespace claw::oidc {

namespace {

constexpr std::size_t subject_bytes_max = 255;  // OpenID Connect Core §2.
constexpr std::size_t texts_max = 5000;

Error denied(std::string what) { return Error{Code::denied, std::move(what), {}}; }

// Seconds since 1970; some providers write `1.7e9` or a fraction (RFC 7519 §2, NumericDate).
std::optional<std::int64_t> time_at(const json::Value& claims, std::string_view name) {
  const json::Value* value = claims.find(name);
  if (value == nullptr || value->number() == nullptr) return std::nullopt;
  if (const auto whole = value->number()->as_int64()) return *whole < 0 ? std::nullopt : whole;
  const double seconds = value->number()->as_double();
  constexpr double most = 1e12;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > most) return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

Status check_times(const json::Value& claims, std::int64_t now_s) {
  const auto expires = time_at(claims, "exp");
  const auto issued = time_at(claims, "iat");
  // Without adding to what the token says: it may say the largest number there is.
  if (!expires || *expires <= now_s - leeway_s) return denied("an ID token that has expired");
  if (!issued || *issued > now_s + leeway_s || *issued < now_s - issued_ago_s) {
    return denied("an ID token that was not made just now");
  }
  if (claims.find("nbf") != nullptr) {
    const auto not_before = time_at(claims, "nbf");
    if (!not_before || *not_before > now_s + leeway_s) return denied("an ID token that is not good yet");
  }
  return Done{};
}

}  // namespace

std::vector<std::string> texts_of(const json::Value& claims, std::string_view name) {
  const json::Value* value = claims.find(name);
  if (value == nullptr) return {};
  if (value->string() != nullptr) return {*value->string()};
  if (value->array() == nullptr || value->array()->size() > texts_max) return {};
  std::vector<std::string> texts;
  for (const json::Value& each : *value->array()) {
    if (each.string() == nullptr) return {};
    texts.push_back(*each.string());
  }
  return texts;
}

Status check_claims(const json::Value& claims, const Expected& expected) {
  if (claims.text_or("iss", "") != expected.issuer) return denied("an ID token of another issuer");
  const std::vector<std::string> audience = texts_of(claims, "aud");
  if (std::ranges::find(audience, expected.client_id) == audience.end()) {
    return denied("an ID token for somebody else");
  }
  const json::Value* party = claims.find("azp");
  const bool is_ours = party != nullptr ? party->string() != nullptr && *party->string() == expected.client_id
                                        : audience.size() == 1;
  if (!is_ours) return denied("an ID token for somebody else");
  CLAW_TRY_DONE(check_times(claims, expected.now_s));
  if (expected.nonce.empty() || !crypto::equal(claims.text_or("nonce", ""), expected.nonce)) {
    return denied("an ID token of another login");
  }
  const std::string subject = claims.text_or("sub", "");
  if (subject.empty() || subject.size() > subject_bytes_max) return denied("an ID token about nobody");
  return Done{};
}

std::string name_in(const json::Value& claims) {
  const std::string preferred = lower(claims.text_or("preferred_username", ""));
  if (operators::is_name(preferred)) return preferred;
  // An address that nobody verified may be anybody's.
  const std::string mail = lower(claims.text_or("email", ""));
  return claims.bool_or("email_verified", false) && operators::is_name(mail) ? mail : std::string();
}

}  // namespace claw::oidc
