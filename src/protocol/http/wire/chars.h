// The classes of bytes HTTP names (RFC 9110 §5.5, §5.6.2), as tables, for everything in this folder that
// reads or writes a head. Locale has no say: protocol words are ASCII.
#pragma once

#include <array>
#include <cstdint>
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

// Visible ASCII, space, tab and bytes above ASCII. No early way out, so that it runs on many bytes at once.
constexpr bool is_field_value(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= (static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t')) |
           static_cast<unsigned>(byte == 0x7F);
  }
  return bad == 0;
}

// What a request target may hold: visible ASCII without `#`, which begins what no client may send.
constexpr bool is_target(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned>(byte < 0x21) | static_cast<unsigned>(byte > 0x7E) |
           static_cast<unsigned>(byte == '#');
  }
  return bad == 0 && !text.empty();
}

constexpr std::string_view trim_blanks(std::string_view text) {  // RFC 9110 §5.6.3: OWS.
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace claw::http
