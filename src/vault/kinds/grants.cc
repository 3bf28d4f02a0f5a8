#include "vault/kinds/grants.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::vault {

namespace {

std::string digest_of(std::string_view text) { return to_hex(crypto::view(crypto::sha256(text))); }

void append_piece(std::string& out, std::string_view piece) {  // Length first: no two lists look the same.
  Writer w(out);
  w.u32(static_cast<std::uint32_t>(piece.size()));
  w.bytes(piece);
}

}  // namespace

Grant Grant::clone() const {
  return {id, token.clone(), session.clone(), renewed.clone(), lives_us};
}

Origin origin_of(const Credential& credential, std::initializer_list<std::string_view> secrets,
                 std::string_view seed) {
  std::string text;
  append_piece(text, credential.kind);
  for (const auto& [key, value] : credential.settings) {
    append_piece(text, key);
    append_piece(text, value);
  }
  for (const std::string_view secret : secrets) append_piece(text, digest_of(secret));
  return {digest_of(text), seed_of(seed)};
}

std::string seed_of(std::string_view refresh_token) {
  return refresh_token.empty() ? "-" : digest_of(refresh_token);
}

bool Grants::Entry::fits(const Origin& other) const {
  return origin.rest == other.rest && (origin.seed == other.seed || renewed_seed == other.seed);
}

Result<std::optional<Grant>> Grants::find(std::string_view credential, const Origin& origin,
                                          std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(credential);
  if (found == entries_.end() || !found->second.fits(origin) || now_us >= found->second.until_us) {
    return std::optional<Grant>();
  }
  if (found->second.refusal) return *found->second.refusal;
  return std::optional<Grant>(found->second.grant.clone());
}

std::optional<Secret> Grants::renewed(std::string_view credential, const Origin& origin) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(credential);
  if (found == entries_.end() || !found->second.fits(origin) || found->second.grant.renewed.empty()) {
    return std::nullopt;
  }
  return found->second.grant.renewed.clone();
}

void Grants::keep(std::string_view credential, const Origin& origin, Grant grant, std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[std::string(credential)];
  if (grant.renewed.empty() && entry.fits(origin)) grant.renewed = std::move(entry.grant.renewed);
  entry.origin = origin;
  entry.renewed_seed = grant.renewed.empty() ? origin.seed : seed_of(grant.renewed.reveal());
  // One that lives only minutes is used for half its life.
  entry.until_us = now_us + std::max(grant.lives_us - token_margin_us, grant.lives_us / 2);
  entry.kept_us = now_us;
  entry.grant = std::move(grant);
  entry.refusal.reset();
}

bool Grants::distrust(std::string_view credential, std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(credential);
  if (found == entries_.end() || found->second.refusal) return false;
  if (now_us - found->second.kept_us < trusted_us_min) return false;
  found->second.until_us = 0;
  return true;
}

void Grants::refuse(std::string_view credential, const Origin& origin, Error why, std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[std::string(credential)];
  if (!entry.fits(origin)) entry = Entry{origin, origin.seed, {}, 0, 0, {}};
  entry.refusal = std::move(why);
  entry.until_us = now_us + refusal_us;
}

void Grants::forget() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, entry] : entries_) entry.until_us = 0;
}

}  // namespace claw::vault
