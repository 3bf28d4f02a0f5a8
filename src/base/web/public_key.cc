#include "base/web/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <string>

namespace claw::crypto {

namespace {

constexpr std::size_t coordinate_bytes = 32;
constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 8192;
constexpr std::size_t exponent_bytes_max = 4;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number_of(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Owned<EVP_PKEY> made(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  CLAW_CHECK(params != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  const bool is_made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                       EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  Owned<EVP_PKEY> owned(key);
  const Owned<EVP_PKEY_CTX> checking(is_made ? EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr) : nullptr);
  const bool is_good = checking != nullptr && EVP_PKEY_public_check(checking.get()) == 1;
  ERR_clear_error();
  return is_good ? std::move(owned) : nullptr;
}

// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
std::string der_of(std::string_view r_and_s) {
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  Owned<BIGNUM> r = number_of(r_and_s.substr(0, coordinate_bytes));
  Owned<BIGNUM> s = number_of(r_and_s.substr(coordinate_bytes));
  CLAW_CHECK(signature != nullptr && r != nullptr && s != nullptr);
  CLAW_CHECK(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1);
  std::string der(80, '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  const int length = i2d_ECDSA_SIG(signature.get(), &end);
  CLAW_CHECK(length > 0 && static_cast<std::size_t>(length) <= der.size());
  der.resize(static_cast<std::size_t>(length));
  return der;
}

}  // namespace

struct PublicKey::Inner {
  Owned<EVP_PKEY> key;
};

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != coordinate_bytes || y.size() != coordinate_bytes) return invalid("not a P-256 public key");
  const std::string point = std::string(1, '\x04').append(x).append(y);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  CLAW_CHECK(builder != nullptr);
  CLAW_CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
             1);
  CLAW_CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                              point.size()) == 1);
  Owned<EVP_PKEY> key = made("EC", builder.get());
  if (key == nullptr) return invalid("not a P-256 public key");
  return PublicKey(Kind::p256, std::make_shared<const Inner>(Inner{std::move(key)}));
}

Result<PublicKey> PublicKey::ed25519(std::string_view bytes) {
  Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
  ERR_clear_error();
  if (key == nullptr) return invalid("not an Ed25519 public key");
  return PublicKey(Kind::ed25519, std::make_shared<const Inner>(Inner{std::move(key)}));
}

Result<PublicKey> PublicKey::rsa(std::string_view n, std::string_view e) {
  const Owned<BIGNUM> modulus = number_of(n.substr(0, rsa_bits_max));
  const Owned<BIGNUM> exponent = number_of(e.substr(0, rsa_bits_max));
  CLAW_CHECK(modulus != nullptr && exponent != nullptr);
  const int bits = BN_num_bits(modulus.get());
  if (n.size() > rsa_bits_max / 8 + 1 || bits < rsa_bits_min || bits > rsa_bits_max ||
      BN_is_odd(modulus.get()) != 1 || e.size() > exponent_bytes_max || BN_is_odd(exponent.get()) != 1 ||
      BN_is_one(exponent.get()) == 1) {
    return invalid("not an RSA public key of 2048 to 8192 bits");
  }
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  CLAW_CHECK(builder != nullptr);
  CLAW_CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1);
  CLAW_CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  Owned<EVP_PKEY> key = made("RSA", builder.get());
  if (key == nullptr) return invalid("not an RSA public key of 2048 to 8192 bits");
  return PublicKey(Kind::rsa, std::make_shared<const Inner>(Inner{std::move(key)}));
}

bool PublicKey::verify(std::string_view bytes, std::string_view signature) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  CLAW_CHECK(context != nullptr);
  const EVP_MD* digest = kind_ == Kind::ed25519 ? nullptr : EVP_sha256();
  const bool is_good =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, inner_->key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) ==
          1;
  ERR_clear_error();
  return is_good;
}

bool PublicKey::verify_jose(std::string_view bytes, std::string_view signature) const {
  if (kind_ != Kind::p256) return verify(bytes, signature);
  return signature.size() == 2 * coordinate_bytes && verify(bytes, der_of(signature));
}

}  // namespace claw::crypto
