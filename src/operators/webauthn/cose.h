// A passkey's public key as authenticators write it (COSE_Key, RFC 9053), of the three kinds there are in the
// field: ES256, EdDSA with Ed25519, RS256. And the authenticator data around it (Web Authentication §6.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/web/public_key.h"
#include "base/result.h"

namespace claw::webauthn {

constexpr int es256 = -7;
constexpr int eddsa = -8;
constexpr int rs256 = -257;

// Exactly one COSE_Key: kind, algorithm and curve agree, and nothing follows.
Result<crypto::PublicKey> key_of(std::string_view cose);

struct Attested {
  std::string_view id;
  std::string_view public_key;  // The COSE_Key's bytes; key_of() has taken them.
};

struct Authenticator {
  std::string_view party_digest;  // SHA-256 of the relying party's id.
  bool present = false;
  bool verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  std::uint32_t sign_count = 0;
  std::optional<Attested> attested;
};

// All of `bytes`: flags that announce what is not there, or the other way round, are refused.
Result<Authenticator> parse_authenticator(std::string_view bytes);

}  // namespace claw::webauthn
