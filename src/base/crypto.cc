#include "base/crypto.h"

// For SHA256_Init and its like: starting over through EVP takes an allocation, and every record starts over.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "base/text.h"

namespace claw::crypto {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(Digest& digest) { return reinterpret_cast<unsigned char*>(digest.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

// Fetched once: an implicit fetch costs more than hashing a short record.
const EVP_MD* fetched_sha256() {
  static const std::unique_ptr<EVP_MD, Free> digest(EVP_MD_fetch(nullptr, "SHA2-256", nullptr));
  CLAW_CHECK(digest != nullptr);
  return digest.get();
}

}  // namespace

struct Sha256::State {
  SHA256_CTX context{};
};

Sha256::Sha256() : state_(std::make_unique<State>()) { CLAW_CHECK(SHA256_Init(&state_->context) == 1); }
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  CLAW_CHECK(SHA256_Update(&state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest;
  CLAW_CHECK(SHA256_Final(bytes_of(digest), &state_->context) == 1);
  CLAW_CHECK(SHA256_Init(&state_->context) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest digest;
  unsigned length = 0;
  CLAW_CHECK(HMAC(fetched_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
                  bytes_of(digest), &length) != nullptr);
  return digest;
}

std::string sha1(std::string_view bytes) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  CLAW_CHECK(EVP_Digest(bytes.data(), bytes.size(), bytes_of(digest), &length, EVP_sha1(), nullptr) == 1);
  return digest;
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  CLAW_CHECK(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
                  bytes_of(digest), &length) != nullptr);
  return digest;
}

std::string md5_hex(std::string_view bytes) {
  std::string digest(16, '\0');
  unsigned length = 0;
  CLAW_CHECK(EVP_Digest(bytes.data(), bytes.size(), bytes_of(digest), &length, EVP_md5(), nullptr) == 1);
  return to_hex(digest);
}

Secret pbkdf2_sha256(std::string_view password, std::string_view salt, int iterations) {
  std::string key(32, '\0');
  CLAW_CHECK(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                               static_cast<int>(salt.size()), iterations, fetched_sha256(), 32,
                               bytes_of(key)) == 1);
  Secret secret(std::move(key));
  return secret;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

KeyPair generate_ed25519() {
  std::string seed(32, '\0');
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::size_t length = seed.size();
  CLAW_CHECK(key != nullptr && EVP_PKEY_get_raw_private_key(key.get(), bytes_of(seed), &length) == 1);
  KeyPair pair = std::move(ed25519_from_private(seed)).value();
  wipe(seed);
  return pair;
}

Result<KeyPair> ed25519_from_private(std::string_view private_key) {
  const Key key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(private_key), private_key.size()));
  if (key == nullptr) return invalid("not an Ed25519 private key of 32 bytes");
  std::string public_key(32, '\0');
  std::size_t length = public_key.size();
  CLAW_CHECK(EVP_PKEY_get_raw_public_key(key.get(), bytes_of(public_key), &length) == 1);
  return KeyPair{Secret(std::string(private_key)), std::move(public_key)};
}

Result<std::string> sign_ed25519(const Secret& private_key, std::string_view bytes) {
  const std::string_view raw = private_key.reveal();
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw), raw.size()));
  if (key == nullptr) return invalid("not an Ed25519 private key of 32 bytes");
  const Context context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  std::size_t length = signature.size();
  CLAW_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  CLAW_CHECK(EVP_DigestSign(context.get(), bytes_of(signature), &length, bytes_of(bytes), bytes.size()) == 1);
  return signature;
}

bool verify_ed25519(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

Result<std::string> sign_rs256(const Secret& pem, std::string_view bytes) {
  constexpr int bits_min = 2048;
  const std::string_view text = pem.reveal();
  const std::unique_ptr<BIO, Free> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  // Never asks a terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  const Key key(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "RSA") != 1 || EVP_PKEY_get_bits(key.get()) < bits_min) {
    return invalid("not an RSA private key in PEM, of 2048 bits or more and without a passphrase");
  }
  const Context context(EVP_MD_CTX_new());
  std::size_t length = 0;
  CLAW_CHECK(EVP_DigestSignInit(context.get(), nullptr, fetched_sha256(), nullptr, key.get()) == 1);
  CLAW_CHECK(EVP_DigestSign(context.get(), nullptr, &length, bytes_of(bytes), bytes.size()) == 1);
  std::string signature(length, '\0');
  CLAW_CHECK(EVP_DigestSign(context.get(), bytes_of(signature), &length, bytes_of(bytes), bytes.size()) == 1);
  signature.resize(length);
  return signature;
}

}  // namespace claw::crypto
