#include "protocol/http/edit/spellings.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace claw::http {
namespace {

// Every string that holds a spelling is reserved at its largest first: one that grew would leave a copy
// behind in freed memory.
constexpr std::size_t growth_max = 6;  // A byte as \u00XX.

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";
constexpr std::string_view base64_standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64_url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What encoders leave as it is beside letters and digits: RFC 3986 §2.3, the same with slashes (Python's
// quote()), encodeURIComponent(), encodeURI(), and a path segment by RFC 3986 §3.3, also with slashes.
constexpr std::array<std::string_view, 6> unescaped{"-._~", "-._~/", "-_.!~*'()", "-_.!~*'();/?:@&=+$,#",
                                                    "-._~!$&'()*+,;=:@", "-._~!$&'()*+,;=:@/"};
constexpr std::string_view unescaped_in_forms = "*-._";  // WHATWG URL §5.2; a space is `+`.

struct JsonStyle {
  std::string_view escaped;    // Beside what JSON demands, as \u00XX.
  bool escapes_slash = false;  // As \/.
  bool is_ascii = false;
  std::string_view digits = lower_digits;
};
constexpr std::array<JsonStyle, 8> json_styles{{
    {"", false, false, lower_digits},          // JSON.stringify
    {"", true, false, lower_digits},
    {"", false, true, lower_digits},           // Python
    {"", true, true, lower_digits},            // PHP
    {"", false, true, upper_digits},           // Jackson, asked for ASCII
    {"<>&", false, false, lower_digits},       // Go
    {"<>&='", false, false, lower_digits},     // Gson
    {"\"&'+<>`", false, true, upper_digits},   // System.Text.Json
}};

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string room_for(std::string_view secret) {
  std::string out;
  out.reserve(secret.size() * growth_max);
  return out;
}

void append_hex(std::string& out, char c, std::string_view digits) {
  out += digits[byte_of(c) >> 4];
  out += digits[byte_of(c) & 15];
}

Secret hex(std::string_view secret, std::string_view digits) {
  std::string out = room_for(secret);
  for (const char c : secret) append_hex(out, c, digits);
  return Secret(std::move(out));
}

// RFC 4648 §4. A secret that stands one byte (or two) into a group of three begins within a character: only
// characters made of its bits alone can be looked for, so up to 5 bits at either edge stay.
Secret base64(std::string_view secret, std::size_t skipped_bits, std::string_view alphabet) {
  std::string out = room_for(secret);
  for (std::size_t bit = skipped_bits; bit + 6 <= secret.size() * 8; bit += 6) {
    const std::size_t at = bit / 8;
    const unsigned next = at + 1 < secret.size() ? byte_of(secret[at + 1]) : 0;
    const unsigned two = static_cast<unsigned>(byte_of(secret[at]) << 8) | next;
    out += alphabet[two >> (10 - bit % 8) & 63];
  }
  return Secret(std::move(out));
}

Secret percent(std::string_view secret, std::string_view kept, std::string_view digits, bool has_plus) {
  std::string out = room_for(secret);
  for (const char c : secret) {
    if (has_plus && c == ' ') {
      out += '+';
    } else if (is_alphanumeric(c) || kept.find(c) != kept.npos) {
      out += c;
    } else {
      out += '%';
      append_hex(out, c, digits);
    }
  }
  return Secret(std::move(out));
}

void append_unit(std::string& out, std::uint32_t unit, std::string_view digits) {
  out += "\\u";
  append_hex(out, static_cast<char>(unit >> 8), digits);
  append_hex(out, static_cast<char>(unit & 255), digits);
}

// The code point at the front of well-formed UTF-8, which is moved past it.
std::uint32_t take_code_point(std::string_view& text) {
  const std::uint8_t first = byte_of(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
  for (const char c : text.substr(1, length - 1)) point = point << 6 | (byte_of(c) & 0x3f);
  text.remove_prefix(length);
  return point;
}

void append_json(std::string& out, char c, const JsonStyle& style) {
  constexpr std::string_view named = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  const std::size_t name = named.find(c);
  if (style.escaped.find(c) != style.escaped.npos || (byte_of(c) < 0x20 && name == named.npos)) {
    append_unit(out, byte_of(c), style.digits);
  } else if (name != named.npos) {
    out += '\\';
    out += names[name];
  } else {
    if (c == '/' && style.escapes_slash) out += '\\';
    out += c;
  }
}

Secret json_text(std::string_view secret, const JsonStyle& style) {
  std::string out = room_for(secret);
  const bool is_ascii = style.is_ascii && is_utf8(secret);
  while (!secret.empty()) {
    if (byte_of(secret.front()) < 0x80 || !is_ascii) {
      append_json(out, secret.front(), style);
      secret.remove_prefix(1);
      continue;
    }
    const std::uint32_t point = take_code_point(secret);
    if (point >= 0x10000) append_unit(out, 0xd800 + ((point - 0x10000) >> 10), style.digits);
    append_unit(out, point >= 0x10000 ? 0xdc00 + ((point - 0x10000) & 0x3ff) : point, style.digits);
  }
  return Secret(std::move(out));
}

void add(std::vector<Secret>& spellings, Secret spelling) {
  const bool is_known = std::any_of(spellings.begin(), spellings.end(), [&](const Secret& known) {
    return known.reveal() == spelling.reveal();
  });
  if (!is_known) spellings.push_back(std::move(spelling));
}

}  // namespace

std::vector<Secret> spellings_of(std::string_view secret) {
  std::vector<Secret> spellings;
  add(spellings, Secret(std::string(secret)));
  for (const std::string_view alphabet : {base64_standard, base64_url}) {
    for (const std::size_t skipped_bits : {0, 4, 2}) add(spellings, base64(secret, skipped_bits, alphabet));
  }
  for (const std::string_view digits : {lower_digits, upper_digits}) {
    add(spellings, hex(secret, digits));
    for (const std::string_view kept : unescaped) add(spellings, percent(secret, kept, digits, false));
    add(spellings, percent(secret, unescaped_in_forms, digits, true));
  }
  for (const JsonStyle& style : json_styles) add(spellings, json_text(secret, style));
  return spellings;
}

}  // namespace claw::http
