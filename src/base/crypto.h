// Digests, message authentication and signatures, from OpenSSL's libcrypto. Byte strings in, byte
// strings out. TLS lives in io/, sealing of secrets in vault/.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::crypto {

using Digest = std::array<char, 32>;
inline std::string_view view(const Digest& digest) { return {digest.data(), digest.size()}; }

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);
std::string sha1(std::string_view bytes);     // 20 bytes. Only for WebSocket's handshake.
std::string hmac_sha1(std::string_view key, std::string_view bytes);  // 20 bytes. Only for one-time codes.
std::string md5_hex(std::string_view bytes);  // Only for Postgres's md5 password method.
Secret pbkdf2_sha256(std::string_view password, std::string_view salt, int iterations);  // 32 bytes.
bool equal(std::string_view a, std::string_view b);  // In time that depends only on the lengths.

// A reusable SHA-256 for hot paths: no allocation per digest.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  Digest finish();  // And starts over.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Ed25519 (RFC 8032).
struct KeyPair {
  Secret private_key;      // 32 bytes.
  std::string public_key;  // 32 bytes.
};
KeyPair generate_ed25519();
Result<KeyPair> ed25519_from_private(std::string_view private_key);
Result<std::string> sign_ed25519(const Secret& private_key, std::string_view bytes);  // 64 bytes.
bool verify_ed25519(std::string_view public_key, std::string_view bytes, std::string_view signature);

// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), for assertions. `pem`: a private key without a passphrase,
// of 2048 bits or more.
Result<std::string> sign_rs256(const Secret& pem, std::string_view bytes);

}  // namespace claw::crypto
