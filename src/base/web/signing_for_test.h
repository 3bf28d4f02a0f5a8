// Private keys for tests, of the kinds that public_key.h verifies: made anew, they sign as devices and
// providers do. Only tests include this.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"

namespace claw::crypto {

class SigningKey {
 public:
  static SigningKey p256() { return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }
  static SigningKey ed25519() { return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
  static SigningKey rsa(std::size_t bits = 2048) {
    return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
  }

  std::string x() const { return number(OSSL_PKEY_PARAM_EC_PUB_X, 32); }
  std::string y() const { return number(OSSL_PKEY_PARAM_EC_PUB_Y, 32); }
  std::string n() const { return number(OSSL_PKEY_PARAM_RSA_N, 0); }
  std::string e() const { return number(OSSL_PKEY_PARAM_RSA_E, 0); }
  std::string raw() const {  // Of Ed25519.
    std::string bytes(32, '\0');
    std::size_t length = bytes.size();
    CLAW_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), writable(bytes), &length) == 1);
    return bytes;
  }

  std::string sign(std::string_view bytes) const {  // ECDSA's in DER.
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const EVP_MD* digest = EVP_PKEY_is_a(key_.get(), "ED25519") == 1 ? nullptr : EVP_sha256();
    CLAW_CHECK(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1);
    std::string signature(2048, '\0');
    std::size_t length = signature.size();
    CLAW_CHECK(EVP_DigestSign(context.get(), writable(signature), &length, readable(bytes), bytes.size()) ==
               1);
    signature.resize(length);
    return signature;
  }

  std::string sign_jose(std::string_view bytes) const {  // ECDSA's as r and s.
    const std::string der = sign(bytes);
    if (EVP_PKEY_is_a(key_.get(), "EC") != 1) return der;
    const unsigned char* at = readable(der);
    const std::unique_ptr<ECDSA_SIG, Free> parsed(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string both(64, '\0');
    CLAW_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), writable(both), 32) == 32);
    std::string s(32, '\0');
    CLAW_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), writable(s), 32) == 32);
    return both.replace(32, 32, s);
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const { BN_free(number); }
  };
  explicit SigningKey(EVP_PKEY* key) : key_(key, Free()) { CLAW_CHECK(key != nullptr); }

  static unsigned char* writable(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
  }
  static const unsigned char* readable(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  std::string number(const char* name, std::size_t width) const {
    BIGNUM* value = nullptr;
    CLAW_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
    const std::unique_ptr<BIGNUM, Free> owned(value);
    const std::size_t least = static_cast<std::size_t>(BN_num_bytes(value));
    std::string bytes(std::max(width, least), '\0');
    CLAW_CHECK(BN_bn2binpad(value, writable(bytes), static_cast<int>(bytes.size())) > 0);
    return bytes;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace claw::crypto
