#include "vault/key.h"

#include <sodium.h>

#include <algorithm>

#include "base/id.h"
#include "base/text.h"

namespace claw::vault {

namespace {

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
// A file from elsewhere must not make us allocate all there is, nor derive from next to nothing.
constexpr std::uint64_t operations_max = 20;
constexpr std::size_t memory_bytes_max = std::size_t{2} << 30;
constexpr std::size_t memory_bytes_min = std::size_t{8} << 20;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string_view view_of(const unsigned char* bytes) {
  return {reinterpret_cast<const char*>(bytes), key_bytes};
}

}  // namespace

Key::Key() {
  CLAW_CHECK(sodium_init() >= 0);
  bytes_.reset(static_cast<unsigned char*>(sodium_malloc(key_bytes)));
  CLAW_CHECK(bytes_ != nullptr);
}

void Key::Free::operator()(unsigned char* bytes) const { sodium_free(bytes); }

Key Key::generate() {
  Key key;
  randombytes_buf(key.bytes_.get(), key_bytes);
  return key;
}

Result<Key> Key::decode(const Secret& text) {
  const std::string_view trimmed = trim(text.reveal());
  std::string raw(text.reveal());
  if (raw.size() != key_bytes) {
    wipe(raw);
    Result<std::string> decoded = trimmed.size() == 2 * key_bytes ? from_hex(trimmed) : from_base64(trimmed);
    if (decoded) raw = std::move(*decoded);
  }
  Key key;
  const bool fits = raw.size() == key_bytes;
  if (fits) std::copy_n(bytes_of(std::string_view(raw)), key_bytes, key.bytes_.get());
  wipe(raw);
  if (!fits) return invalid("the vault's key is not 32 bytes, plain or in hexadecimal or base64");
  return key;
}

Key::Cost Key::default_cost() { return {crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE}; }

Result<Key> Key::derive(const Secret& passphrase, std::string_view salt, Cost cost) {
  if (salt.size() != crypto_pwhash_SALTBYTES || cost.operations < 1 || cost.operations > operations_max ||
      cost.memory_bytes < memory_bytes_min || cost.memory_bytes > memory_bytes_max) {
    return invalid("the vault's passphrase parameters are out of range");
  }
  Key key;
  const std::string_view text = passphrase.reveal();
  if (crypto_pwhash(key.bytes_.get(), key_bytes, text.data(), text.size(), bytes_of(salt), cost.operations,
                    cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{Code::unavailable, "not enough memory to derive the vault's key from the passphrase", {}};
  }
  return key;
}

std::string Key::seal(std::string_view plain, std::string_view context) const {
  const std::string nonce = random_bytes(nonce_bytes);
  std::string body(plain.size() + tag_bytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(body), nullptr, bytes_of(plain), plain.size(),
                                             bytes_of(context), context.size(), nullptr,
                                             bytes_of(std::string_view(nonce)), bytes_.get());
  return nonce + body;
}

Result<Secret> Key::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < nonce_bytes + tag_bytes) return invalid("sealed bytes are too short");
  const std::string_view nonce = sealed.substr(0, nonce_bytes);
  const std::string_view body = sealed.substr(nonce_bytes);
  std::string plain(body.size() - tag_bytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(plain), nullptr, nullptr, bytes_of(body),
                                                 body.size(), bytes_of(context), context.size(),
                                                 bytes_of(nonce), bytes_.get()) != 0) {
    return Error{Code::denied, "sealed with another key, or changed", {}};
  }
  Secret secret(std::move(plain));
  return secret;
}

std::string Key::seal(const Key& key, std::string_view context) const {
  return seal(view_of(key.bytes_.get()), context);
}

Result<Key> Key::open_key(std::string_view sealed, std::string_view context) const {
  CLAW_TRY(const Secret plain, open(sealed, context));
  return decode(plain);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random(bytes);
  return bytes;
}

}  // namespace claw::vault
