#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace claw::json {

namespace {

void append_escaped_byte(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (byte) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
  }
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;
constexpr std::uint64_t high_bits = 0x80 * each_byte;

// High bits where a byte is `value`; a borrow may add one above a true one, never without one.
std::uint64_t equal_to(std::uint64_t word, std::uint64_t value) {
  const std::uint64_t zero = word ^ value * each_byte;
  return (zero - each_byte) & ~zero & high_bits;
}

using Word = std::array<char, 8>;

Word word_at(std::string_view text, std::size_t at) {
  Word word;
  std::copy_n(text.data() + at, word.size(), word.begin());  // Of a constant size: one load.
  return word;
}

// Eight bytes at once: records are mostly plain text, and every byte of them comes through here.
bool are_plain(Word bytes) {
  const auto word = std::bit_cast<std::uint64_t>(bytes);
  const std::uint64_t controls = (word - 0x20 * each_byte) & ~word & high_bits;
  return ((word & high_bits) | controls | equal_to(word, 0x7F) | equal_to(word, '"') |
          equal_to(word, '\\')) == 0;
}

// The four to seven bytes of a short text, some of them twice.
Word word_of(std::string_view text) {
  Word word;
  std::copy_n(text.data(), 4, word.begin());
  std::copy_n(text.data() + text.size() - 4, 4, word.begin() + 4);
  return word;
}

std::size_t plain_bytes(std::string_view text) {
  if (text.size() >= 4 && text.size() < 8 && are_plain(word_of(text))) return text.size();
  std::size_t plain = 0;
  while (text.size() - plain >= 8 && are_plain(word_at(text, plain))) plain += 8;
  if (plain > 0 && text.size() - plain < 8 && are_plain(word_at(text, text.size() - 8))) return text.size();
  while (plain < text.size() && is_plain(text[plain])) ++plain;
  return plain;
}

// Everything but ASCII: kept where it is UTF-8, replaced where it is not.
void append_unplain(std::string& out, std::string_view& rest) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte < 0x80) {
    append_escaped_byte(out, byte);
    rest.remove_prefix(1);
    return;
  }
  for (std::size_t length = 2; length <= 4 && length <= rest.size(); ++length) {
    if (is_utf8(rest.substr(0, length))) {
      out.append(rest.substr(0, length));
      rest.remove_prefix(length);
      return;
    }
  }
  append_utf8(out, 0xFFFD);
  rest.remove_prefix(1);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  // Names and most values: growing the text once costs a third of doing so for each quote.
  if (std::array<char, 64> quoted; text.size() <= quoted.size() - 2 && plain_bytes(text) == text.size()) {
    quoted[0] = quoted[text.size() + 1] = '"';
    std::ranges::copy(text, quoted.begin() + 1);
    out.append(quoted.data(), text.size() + 2);
    return;
  }
  out.push_back('"');
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t plain = plain_bytes(rest);
    out.append(rest.substr(0, plain));
    rest.remove_prefix(plain);
    if (!rest.empty()) append_unplain(out, rest);
  }
  out.push_back('"');
}

void append(std::string& out, const Value& value) {
  if (value.is_null()) out += "null";
  if (const bool* boolean = value.boolean()) out += *boolean ? "true" : "false";
  if (const Number* number = value.number()) out += number->text;
  if (const std::string* text = value.string()) append_string(out, *text);
  if (const Array* array = value.array()) {
    out.push_back('[');
    for (const Value& item : *array) {
      if (&item != &array->front()) out.push_back(',');
      append(out, item);
    }
    out.push_back(']');
  }
  if (const Object* object = value.object()) {
    out.push_back('{');
    for (const Member& member : *object) {
      if (&member != &object->front()) out.push_back(',');
      append_string(out, member.first);
      out.push_back(':');
      append(out, member.second);
    }
    out.push_back('}');
  }
}

std::string format(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

void Writer::separate() {
  if (!first_) out_.push_back(',');
  first_ = false;
}

void Writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  first_ = true;
}

void Writer::close(char bracket) {
  out_.push_back(bracket);
  first_ = false;
}

void Writer::key(std::string_view name) {
  if (std::array<char, 64> made; name.size() <= made.size() - 4 && plain_bytes(name) == name.size()) {
    std::size_t size = 0;
    if (!first_) made[size++] = ',';
    made[size++] = '"';
    std::ranges::copy(name, made.begin() + size);
    size += name.size();
    made[size++] = '"';
    made[size++] = ':';
    out_.append(made.data(), size);
  } else {
    separate();
    append_string(out_, name);
    out_.push_back(':');
  }
  first_ = true;
}

void Writer::string(std::string_view text) {
  separate();
  append_string(out_, text);
}

void Writer::integer(std::int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
}

void Writer::real(double value) {
  separate();
  if (!std::isfinite(value)) {
    out_ += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
}

void Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void Writer::null() {
  separate();
  out_ += "null";
}

void Writer::raw(std::string_view json) {
  separate();
  out_.append(json);
}

void Writer::member(std::string_view name, const std::vector<std::string>& texts) {
  key(name);
  begin_array();
  for (const std::string& text : texts) string(text);
  end_array();
}

}  // namespace claw::json
