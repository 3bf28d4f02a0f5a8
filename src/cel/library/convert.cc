#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/functions.h"
#include "cel/library/network.h"
#include "cel/library/time.h"

namespace claw::cel {
namespace {

Value range_error() { return Value::error("the number is out of range"); }

template <class T>
std::optional<T> read_whole(std::string_view text) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  T value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || (plus && text.starts_with('-'))) {
    return std::nullopt;
  }
  return value;
}

Value same(const Call& call) { return call[0]; }

Value int_from_uint(const Call& call) {
  const std::uint64_t value = call[0].as_uint64();
  return value > INT64_MAX ? range_error() : Value::int64(static_cast<std::int64_t>(value));
}
// Exclusive at both ends, as the specification's tests have it: the bounds are not exact in a double.
Value int_from_float(const Call& call) {
  const double value = call[0].as_float64();
  if (!(value > -9223372036854775808.0 && value < 9223372036854775808.0)) return range_error();
  return Value::int64(static_cast<std::int64_t>(value));
}
Value int_from_text(const Call& call) {
  const auto value = read_whole<std::int64_t>(call.text(0));
  return value ? Value::int64(*value) : Value::error("the text is not a whole number");
}
Value int_from_time(const Call& call) { return Value::int64(call[0].seconds()); }
Value int_from_duration(const Call& call) {
  return Value::int64(call[0].seconds() * 1'000'000'000 + call[0].nanos());
}

Value uint_from_int(const Call& call) {
  return call.integer(0) < 0 ? range_error() : Value::uint64(static_cast<std::uint64_t>(call.integer(0)));
}
Value uint_from_float(const Call& call) {
  const double value = call[0].as_float64();
  if (!(value > -1 && value < 18446744073709551616.0) || value < 0) return range_error();
  return Value::uint64(static_cast<std::uint64_t>(value));
}
Value uint_from_text(const Call& call) {
  const auto value = read_whole<std::uint64_t>(call.text(0));
  return value ? Value::uint64(*value) : Value::error("the text is not a whole number");
}

Value float_from_int(const Call& call) { return Value::float64(static_cast<double>(call.integer(0))); }
Value float_from_uint(const Call& call) { return Value::float64(static_cast<double>(call[0].as_uint64())); }
Value float_from_text(const Call& call) {
  std::string_view text = call.text(0);
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || (plus && text.starts_with('-'))) {
    return Value::error("the text is not a number");
  }
  return Value::float64(value);
}

Value text_from_bytes(const Call& call) {
  return is_utf8(call.text(0)) ? Value::string(call.text(0)) : Value::error("the bytes are not valid utf-8");
}
Value text_from_float(const Call& call) { return call.string(format_float(call[0].as_float64(), true)); }
Value text_from_any(const Call& call) { return call.string(format_value(call[0])); }
Value bytes_from_text(const Call& call) { return Value::bytes(call.text(0)); }

Value bool_from_text(const Call& call) {
  static constexpr std::array<std::string_view, 5> yes = {"1", "t", "true", "TRUE", "True"};
  static constexpr std::array<std::string_view, 5> no = {"0", "f", "false", "FALSE", "False"};
  for (const std::string_view word : yes)
    if (call.text(0) == word) return Value::boolean(true);
  for (const std::string_view word : no)
    if (call.text(0) == word) return Value::boolean(false);
  return Value::error("the text is neither true nor false");
}

Value time_from_int(const Call& call) { return make_timestamp(call.integer(0), 0); }
Value time_from_text(const Call& call) { return parse_timestamp(call.text(0)); }
Value duration_from_int(const Call& call) { return make_duration(0, call.integer(0)); }
Value duration_from_text(const Call& call) { return parse_duration(call.text(0)); }
Value type_of(const Call& call) { return Value::type(type_name(call[0])); }

constexpr std::array declarations = {
    Declaration{"int", "(int) int", same},
    Declaration{"int", "(uint) int", int_from_uint},
    Declaration{"int", "(double) int", int_from_float},
    Declaration{"int", "(string) int", int_from_text},
    Declaration{"int", "(timestamp) int", int_from_time},
    Declaration{"int", "(duration) int", int_from_duration},
    Declaration{"uint", "(uint) uint", same},
    Declaration{"uint", "(int) uint", uint_from_int},
    Declaration{"uint", "(double) uint", uint_from_float},
    Declaration{"uint", "(string) uint", uint_from_text},
    Declaration{"double", "(double) double", same},
    Declaration{"double", "(int) double", float_from_int},
    Declaration{"double", "(uint) double", float_from_uint},
    Declaration{"double", "(string) double", float_from_text},
    Declaration{"string", "(string) string", same},
    Declaration{"string", "(bytes) string", text_from_bytes},
    Declaration{"string", "(double) string", text_from_float},
    Declaration{"string",
                "(bool) string; (int) string; (uint) string; (timestamp) string; (duration) string; (ip) "
                "string; (cidr) string",
                text_from_any},
    Declaration{"bytes", "(bytes) bytes", same},
    Declaration{"bytes", "(string) bytes", bytes_from_text},
    Declaration{"bool", "(bool) bool", same},
    Declaration{"bool", "(string) bool", bool_from_text},
    Declaration{"timestamp", "(timestamp) timestamp", same},
    Declaration{"timestamp", "(int) timestamp", time_from_int},
    Declaration{"timestamp", "(string) timestamp", time_from_text},
    Declaration{"duration", "(duration) duration", same},
    Declaration{"duration", "(int) duration", duration_from_int},
    Declaration{"duration", "(string) duration", duration_from_text},
    Declaration{"dyn", "(A) dyn", same},
    Declaration{"type", "(A) type", type_of},
};

std::string format_list(const Value& list) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i) text += (i == 0 ? "" : ", ") + format_value(list.at(i));
  return text + "]";
}

std::string format_map(const Map& map) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i);
    entries.emplace_back(format_value(key), format_value(map.find(key).value_or(Value::null())));
  }
  std::ranges::sort(entries);
  std::string text = "{";
  for (const auto& [key, value] : entries) text += (text.size() == 1 ? "" : ", ") + key + ": " + value;
  return text + "}";
}

}  // namespace

std::span<const Declaration> conversion_declarations() { return declarations; }

// The shortest digits that read back as the same number; with an exponent from 1e+21 or below 1e-4 if
// allowed.
std::string format_float(double value, bool exponent_allowed) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::array<char, 400> buffer;
  const double size = std::fabs(value);
  const bool exponent = exponent_allowed && value != 0 && (size >= 1e21 || size < 1e-4);
  const auto style = exponent ? std::chars_format::scientific : std::chars_format::fixed;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, style);
  return {buffer.data(), result.ptr};
}

std::string format_value(const Value& value) {
  switch (value.kind()) {
    case Kind::absent: return "absent";
    case Kind::unknown: return "unknown";
    case Kind::error:
    case Kind::string:
    case Kind::bytes:
    case Kind::type: return std::string(value.as_text());
    case Kind::null: return "null";
    case Kind::boolean: return value.as_boolean() ? "true" : "false";
    case Kind::int64: return std::to_string(value.as_int64());
    case Kind::uint64: return std::to_string(value.as_uint64());
    case Kind::float64: return format_float(value.as_float64(), false);
    case Kind::list: return format_list(value);
    case Kind::map: return format_map(value.as_map());
    case Kind::timestamp: return format_timestamp(value);
    case Kind::duration: return format_duration(value);
    case Kind::optional:
      return value.as_optional() == nullptr ? "optional.none()"
                                            : "optional.of(" + format_value(*value.as_optional()) + ")";
    case Kind::ip: return format_address(value.as_address());
    case Kind::cidr: return format_block(value.as_address());
  }
  return {};
}

}  // namespace claw::cel
