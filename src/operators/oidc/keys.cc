#include "operators/oidc/keys.h"

#include <optional>

#include "base/text.h"
#include "base/web/encoding.h"

namespace claw::oidc {

namespace {

Error denied(std::string what) { return Error{Code::denied, std::move(what), {}}; }

std::string bytes_at(const json::Value& key, std::string_view name) {
  return from_base64url(key.text_or(name, "")).ok() ? *from_base64url(key.text_or(name, "")) : std::string();
}

// Of a header or claims: base64url of one JSON object.
Result<json::Value> object_of(std::string_view part) {
  CLAW_TRY(const std::string text, from_base64url(part));
  CLAW_TRY(json::Value value, json::parse(text));
  if (value.object() == nullptr) return invalid("not a JSON object");
  return value;
}

bool is_for_signing(const json::Value& key) {
  const std::string use = key.text_or("use", "sig");
  if (use != "sig") return false;
  const json::Value* operations = key.find("key_ops");
  if (operations == nullptr) return true;
  if (operations->array() == nullptr) return false;
  for (const json::Value& each : *operations->array()) {
    if (each.string() != nullptr && *each.string() == "verify") return true;
  }
  return false;
}

}  // namespace

Result<Keys> Keys::parse(std::string_view text) {
  CLAW_TRY(const json::Value document, json::parse(text));
  const json::Value* const list = document.find("keys");
  if (list == nullptr || list->array() == nullptr) return invalid("a key document without `keys`");
  Keys keys;
  for (const json::Value& each : *list->array()) {
    if (keys.keys_.size() == keys_max) break;
    if (each.object() == nullptr || !is_for_signing(each)) continue;
    const std::string kind = each.text_or("kty", "");
    const std::string algorithm = each.text_or("alg", "");
    const std::string id = each.text_or("kid", "");
    if (kind == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
      Result<crypto::PublicKey> key = crypto::PublicKey::rsa(bytes_at(each, "n"), bytes_at(each, "e"));
      if (key) keys.keys_.push_back({id, Algorithm::rs256, *std::move(key)});
    } else if (kind == "EC" && each.text_or("crv", "") == "P-256" &&
               (algorithm.empty() || algorithm == "ES256")) {
      Result<crypto::PublicKey> key = crypto::PublicKey::p256(bytes_at(each, "x"), bytes_at(each, "y"));
      if (key) keys.keys_.push_back({id, Algorithm::es256, *std::move(key)});
    }
  }
  return keys;
}

Result<json::Value> Keys::verify(std::string_view token) const {
  if (token.size() > token_bytes_max) return denied("an ID token that is too long");
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) return denied("an ID token that is no signed JWT");
  const Result<json::Value> header = object_of(parts[0]);
  const Result<std::string> signature = from_base64url(parts[2]);
  if (!header || !signature) return denied("an ID token that cannot be read");
  // What a header declares critical and we do not know must not be passed over (RFC 7515 §4.1.11).
  if (header->find("crit") != nullptr) return denied("an ID token with an unknown extension");
  const std::string name = header->text_or("alg", "");
  if (name != "RS256" && name != "ES256") return denied("an ID token signed with " + quoted(name));
  const Algorithm algorithm = name == "RS256" ? Algorithm::rs256 : Algorithm::es256;
  const std::string id = header->text_or("kid", "");
  const std::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  bool is_known = false;
  for (const Key& key : keys_) {
    if (key.algorithm != algorithm || (!id.empty() && key.id != id)) continue;
    is_known = true;
    if (!key.key.verify_jose(signed_text, *signature)) continue;
    Result<json::Value> claims = object_of(parts[1]);
    if (!claims) return denied("an ID token whose claims cannot be read");
    return claims;
  }
  if (!is_known) return Error{Code::not_found, "an ID token signed with a key that is not known", {}};
  return denied("an ID token with a wrong signature");
}

}  // namespace claw::oidc
