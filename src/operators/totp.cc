#include "operators/totp.h"

#include <array>

#include "base/crypto.h"
#include "base/cursor.h"
#include "base/id.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "base/writer.h"

namespace claw::totp {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t steps_aside = 1;  // RFC 6238 §5.2: at most one, for slow networks and slow typists.
constexpr std::size_t code_digits = 6;
constexpr std::size_t recovery_bytes = 10;
constexpr std::size_t recovery_group = 4;

}  // namespace

Secret generate() {
  std::string bytes(secret_bytes, '\0');
  fill_random(bytes);
  Secret secret(std::move(bytes));
  return secret;
}

std::string code_at(std::string_view secret, std::int64_t step, unsigned digits) {
  std::string counter;
  Writer(counter).u64(static_cast<std::uint64_t>(step));
  const std::string digest = crypto::hmac_sha1(secret, counter);
  const auto offset = static_cast<std::size_t>(digest.back() & 15);
  std::uint32_t number = Cursor(std::string_view(digest).substr(offset, 4)).u32() & 0x7fffffff;
  std::string code(digits, '0');
  for (std::size_t i = digits; i-- > 0; number /= 10) code[i] = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> step_of(std::string_view secret, std::string_view code, std::int64_t wall_us,
                                    std::int64_t after) {
  if (code.size() != code_digits) return std::nullopt;
  const std::int64_t now = wall_us / step_us;
  std::optional<std::int64_t> found;
  // All are computed and compared whatever fits, so that time does not tell which one did.
  for (std::int64_t step = now - steps_aside; step <= now + steps_aside; ++step) {
    const bool fits = crypto::equal(code_at(secret, step), code);
    if (fits && step > after && !found) found = step;
  }
  return found;
}

std::string to_base32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
    for (held += 8; held >= 5; held -= 5) text.push_back(alphabet[bits >> (held - 5) & 31]);
    bits &= (1U << held) - 1;
  }
  if (held > 0) text.push_back(alphabet[bits << (5 - held) & 31]);
  return text;
}

Secret uri(std::string_view secret, std::string_view issuer, std::string_view name) {
  std::string text = "otpauth://totp/" + percent_encode(issuer) + ":" + percent_encode(name) + "?secret=";
  const std::string tail = "&issuer=" + percent_encode(issuer);
  std::string base32 = to_base32(secret);
  text.reserve(text.size() + base32.size() + tail.size());  // No shorter copy of the secret stays behind.
  text.append(base32).append(tail);
  wipe(base32);
  Secret uri(std::move(text));
  return uri;
}

Secret generate_recovery_code() {
  std::string random(recovery_bytes, '\0');
  fill_random(random);
  const std::string letters = lower(to_base32(random));
  std::string code;
  code.reserve(letters.size() + letters.size() / recovery_group);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % recovery_group == 0) code.push_back('-');
    code.push_back(letters[i]);
  }
  Secret secret(std::move(code));
  return secret;
}

std::string plain_recovery_code(std::string_view code) {
  constexpr std::size_t written_bytes_max = 64;  // With whatever a person puts between the groups.
  std::string plain;
  for (const char c : code.substr(0, written_bytes_max)) {
    if (c != '-' && c != ' ') plain.push_back(c);
  }
  return lower(plain);
}

}  // namespace claw::totp
