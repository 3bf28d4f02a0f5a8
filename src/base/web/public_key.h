// Somebody else's public key and whether it signed something: the three kinds that passkeys and ID tokens
// use. The kind comes with the key, never with the signature. Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace claw::crypto {

class PublicKey {
 public:
  // Code::invalid: not a point of the curve, or not a key of this kind.
  static Result<PublicKey> p256(std::string_view x, std::string_view y);  // 32 bytes each.
  static Result<PublicKey> ed25519(std::string_view bytes);               // 32 bytes.
  // Big-endian; 2048 to 8192 bits, `e` odd and below 2^32: more only makes us calculate.
  static Result<PublicKey> rsa(std::string_view n, std::string_view e);

  enum class Kind : std::uint8_t { p256, ed25519, rsa };
  Kind kind() const { return kind_; }

  // ECDSA and RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519. ECDSA's signatures are DER, as in X.509 and
  // WebAuthn.
  bool verify(std::string_view bytes, std::string_view signature) const;
  // ECDSA's as `r` and `s`, 32 bytes each, as in JOSE (RFC 7518 §3.4). Others as above.
  bool verify_jose(std::string_view bytes, std::string_view signature) const;

 private:
  struct Inner;
  PublicKey(Kind kind, std::shared_ptr<const Inner> inner) : kind_(kind), inner_(std::move(inner)) {}

  Kind kind_;
  std::shared_ptr<const Inner> inner_;
};

}  // namespace claw::crypto
