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
  out.push_back('"');
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t plain = 0;
    while (plain < rest.size() && is_plain(rest[plain])) ++plain;
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
  separate();
  append_string(out_, name);
  out_.push_back(':');
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
