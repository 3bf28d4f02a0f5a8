// A 256-bit key in memory that is locked (never swapped), guarded by unreadable pages, left out of core
// dumps and zeroed when it goes; and sealing with it. Only the sealed store uses this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::vault {

class Key {
 public:
  static Key generate();

  // 32 bytes as they are, or in hexadecimal or base64, as key files and variables have them.
  static Result<Key> decode(const Secret& text);

  // Argon2id (RFC 9106) with libsodium's parameters; takes about a second, on purpose. `salt`: 16 bytes.
  struct Cost {
    std::uint64_t operations;
    std::size_t memory_bytes;
  };
  static Cost default_cost();
  static Result<Key> derive(const Secret& passphrase, std::string_view salt, Cost cost);

  // XChaCha20-Poly1305: a fresh 24-byte nonce, then the sealed bytes. `context` is bound in, not stored:
  // what was sealed for one name does not open under another.
  std::string seal(std::string_view plain, std::string_view context) const;
  Result<Secret> open(std::string_view sealed, std::string_view context) const;
  std::string seal(const Key& key, std::string_view context) const;
  Result<Key> open_key(std::string_view sealed, std::string_view context) const;

 private:
  struct Free {
    void operator()(unsigned char* bytes) const;
  };
  Key();
  std::unique_ptr<unsigned char, Free> bytes_;
};

std::string random_bytes(std::size_t count);

}  // namespace claw::vault
