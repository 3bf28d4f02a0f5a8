// JSON (RFC 8259), read strictly and written plainly. Reading refuses duplicate keys, more than
// `depth_max` levels, bad UTF-8 and anything after the value, and keeps numbers exactly as written.
// Writing appends to a string and allocates nothing else. Documents are small here; hot paths that only
// look at a few fields of a large foreign document have their own readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace claw::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;  // In source order; keys are unique.

struct Number {
  std::string text;  // As written: `1.10` stays `1.10`.
  std::optional<std::int64_t> as_int64() const;
  std::optional<std::uint64_t> as_uint64() const;
  double as_double() const;
};

class Value {
 public:
  Value() = default;
  Value(bool value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Number value) : data_(std::move(value)) {}
  Value(std::int64_t value);
  Value(int value) : Value(std::int64_t{value}) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  bool is_null() const { return data_.index() == 0; }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const Number* number() const { return std::get_if<Number>(&data_); }
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  Object* object() { return std::get_if<Object>(&data_); }

  const Value* find(std::string_view key) const;   // A member of this object, or null.
  std::string text_or(std::string_view key, std::string_view otherwise) const;
  std::int64_t int_or(std::string_view key, std::int64_t otherwise) const;
  bool bool_or(std::string_view key, bool otherwise) const;

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> data_;
};

constexpr std::size_t depth_max = 128;  // Deeper documents are attacks on somebody's stack.

Result<Value> parse(std::string_view text);
void append(std::string& out, const Value& value);
std::string format(const Value& value);

void append_string(std::string& out, std::string_view text);  // Quoted and escaped; bad UTF-8 becomes U+FFFD.

// Writes one object or array member by member: Writer w(out); w.begin_object(); w.member("ok", true); ...
// The caller keeps begin and end in balance.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void string(std::string_view text);
  void integer(std::int64_t value);
  void real(double value);
  void boolean(bool value);
  void null();
  void raw(std::string_view json);  // Already JSON.

  void member(std::string_view name, std::string_view text) { key(name), string(text); }
  void member(std::string_view name, const char* text) { key(name), string(text); }
  void member(std::string_view name, bool value) { key(name), boolean(value); }
  void member(std::string_view name, std::int64_t value) { key(name), integer(value); }
  void member(std::string_view name, int value) { key(name), integer(value); }
  void member(std::string_view name, const std::vector<std::string>& texts);
  // Left out when empty: records stay short.
  void member_unless_empty(std::string_view name, std::string_view text) {
    if (!text.empty()) member(name, text);
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  bool first_ = true;
};

}  // namespace claw::json
