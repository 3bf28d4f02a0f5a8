#include "base/secret.h"

#include <openssl/crypto.h>

namespace claw {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = other.bytes_;
    other.wipe();
  }
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() { claw::wipe(bytes_); }

bool Secret::equals(std::string_view guess) const {
  return guess.size() == bytes_.size() && CRYPTO_memcmp(guess.data(), bytes_.data(), guess.size()) == 0;
}

}  // namespace claw
