// The classes of bytes HTTP names (RFC 9110 §5.5, §5.6.2), as tables, for everything in this folder that
// reads or writes a head. Locale has no say: protocol words are ASCII.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace claw::http {

constexpr char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

constexpr std::array<bool, 256> token_table = [] {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr bool is_token_char(char c) { return token_table[static_cast<unsigned char>(c)]; }

constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

// Eight bytes at once: the high bit of some byte of the result is set when some byte of `word` is so.
// Exact as a yes or no, which is all that is asked; see "Bit Twiddling Hacks", hasless.
constexpr std::uint64_t each_byte(std::uint8_t byte) { return 0x0101010101010101U * byte; }
constexpr std::uint64_t has_less(std::uint64_t word, std::uint8_t bound) {
  return (word - each_byte(bound)) & ~word & each_byte(0x80);
}
constexpr std::uint64_t has_byte(std::uint64_t word, std::uint8_t byte) {
  return has_less(word ^ each_byte(byte), 1);
}
inline std::uint64_t word_at(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.substr(at, 8).data(), 8);
  return word;
}

// Visible ASCII, space, tab and bytes above ASCII.
inline bool is_field_value(std::string_view text) {
  const auto is_good = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t word = word_at(text, at);
    if ((has_less(word, 0x20) | has_byte(word, 0x7F)) == 0) continue;
    const std::string_view bytes = text.substr(at, 8);  // Perhaps only a tab.
    if (!std::all_of(bytes.begin(), bytes.end(), is_good)) return false;
  }
  const std::string_view rest = text.substr(at);
  return std::all_of(rest.begin(), rest.end(), is_good);
}

// What a request target may hold: visible ASCII without `#`, which begins what no client may send.
inline bool is_target(std::string_view text) {
  const auto is_good = [](char c) { return c > 0x20 && c < 0x7F && c != '#'; };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t word = word_at(text, at);
    const std::uint64_t above = word & each_byte(0x80);
    if ((has_less(word, 0x21) | has_byte(word, 0x7F) | has_byte(word, '#') | above) != 0) return false;
  }
  const std::string_view rest = text.substr(at);
  return !text.empty() && std::all_of(rest.begin(), rest.end(), is_good);
}

constexpr std::string_view trim_blanks(std::string_view text) {  // RFC 9110 §5.6.3: OWS.
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace claw::http
