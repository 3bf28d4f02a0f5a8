#include "base/web/token.h"

#include <array>
#include <string>

#include "base/crypto.h"
#include "base/id.h"

namespace claw {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_characters = 43;  // 43 * log2(62) = 256 bits.
constexpr std::size_t checksum_characters = 6;

char character_of(unsigned char byte) { return alphabet[byte % alphabet.size()]; }

std::string checksum_of(std::string_view text) {
  const crypto::Digest digest = crypto::sha256(text);
  std::string checksum;
  for (std::size_t i = 0; i < checksum_characters; ++i) {
    checksum.push_back(character_of(static_cast<unsigned char>(digest[i])));
  }
  return checksum;
}

}  // namespace

Secret generate_token(std::string_view prefix) {
  // Bytes from 248 on are dropped: they would make the first letters of the alphabet likelier.
  constexpr std::size_t fair_below = 256 / alphabet.size() * alphabet.size();
  std::string token;
  token.reserve(prefix.size() + random_characters + checksum_characters);
  token = prefix;
  std::string random(random_characters, '\0');
  while (token.size() < prefix.size() + random_characters) {
    fill_random(random);
    for (const char c : random) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < fair_below && token.size() < prefix.size() + random_characters) {
        token.push_back(character_of(byte));
      }
    }
  }
  wipe(random);
  token += checksum_of(token);
  Secret secret(std::move(token));
  return secret;
}

bool is_token(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + random_characters + checksum_characters || !text.starts_with(prefix)) {
    return false;
  }
  if (text.find_first_not_of(alphabet, prefix.size()) != std::string_view::npos) return false;
  return checksum_of(text.substr(0, text.size() - checksum_characters)) ==
         text.substr(text.size() - checksum_characters);
}

}  // namespace claw
