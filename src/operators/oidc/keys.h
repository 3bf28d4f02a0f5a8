// A provider's public keys (RFC 7517) and what they sign: compact JWS (RFC 7515) with RS256 or ES256. Nothing
// else: not `none`, not a MAC made with a public key, no key that the token itself brings along.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/web/public_key.h"
#include "base/result.h"

namespace claw::oidc {

constexpr std::size_t keys_max = 50;               // Providers have two to six.
constexpr std::size_t token_bytes_max = 64 << 10;  // With a thousand groups some 40 KiB.

class Keys {
 public:
  // Keys of other kinds, or for encrypting, are passed over; a broken one too, so that it does not shut out
  // the others.
  static Result<Keys> parse(std::string_view json);

  // The payload, once its signature is right. Code::not_found: no such key; Code::denied: anything else.
  Result<json::Value> verify(std::string_view token) const;

  std::size_t size() const { return keys_.size(); }

 private:
  enum class Algorithm : std::uint8_t { rs256, es256 };
  struct Key {
    std::string id;  // May be empty.
    Algorithm algorithm;
    crypto::PublicKey key;
  };
  std::vector<Key> keys_;
};

}  // namespace claw::oidc
