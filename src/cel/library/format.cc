#include <cmath>

#include <fmt/format.h>

#include "cel/functions.h"

namespace claw::cel {
namespace {

constexpr std::size_t precision_max = 100;
constexpr std::size_t default_precision = 6;

std::optional<double> as_number(const Value& value) {
  if (value.is(Kind::float64)) return value.as_float64();
  if (value.is(Kind::int64)) return static_cast<double>(value.as_int64());
  if (value.is(Kind::uint64)) return static_cast<double>(value.as_uint64());
  return std::nullopt;
}

std::optional<std::string> real(const Value& value, bool scientific, std::size_t precision) {
  const auto number = as_number(value);
  if (!number) return std::nullopt;
  if (!std::isfinite(*number)) return format_float(*number, false);
  return scientific ? fmt::format("{:.{}e}", *number, precision) : fmt::format("{:.{}f}", *number, precision);
}

// `spec` is the presentation of {fmt}: b, o, x, X.
std::optional<std::string> in_radix(const Value& value, char spec) {
  const std::string pattern = fmt::format("{{:{}}}", spec);
  if (value.is(Kind::int64)) return fmt::format(fmt::runtime(pattern), value.as_int64());
  if (value.is(Kind::uint64)) return fmt::format(fmt::runtime(pattern), value.as_uint64());
  return std::nullopt;
}

std::optional<std::string> hexadecimal(const Value& value, char spec) {
  if (!value.is(Kind::string) && !value.is(Kind::bytes)) return in_radix(value, spec);
  std::string made;
  for (const char byte : value.as_text())
    made += fmt::format(fmt::runtime(spec == 'x' ? "{:02x}" : "{:02X}"), static_cast<unsigned char>(byte));
  return made;
}

// Something with a kind that only the %s of other values knows is refused, as the reference does.
bool is_printable(const Value& value) {
  return !value.is(Kind::optional) && !value.is(Kind::ip) && !value.is(Kind::cidr);
}

std::optional<std::string> clause(char letter, std::optional<std::size_t> precision, const Value& value) {
  if (precision && letter != 'f' && letter != 'e') return std::nullopt;
  const bool is_number = as_number(value).has_value();
  switch (letter) {
    case 's': return is_printable(value) ? std::optional(format_value(value)) : std::nullopt;
    case 'd': return is_number ? std::optional(format_value(value)) : std::nullopt;
    case 'f': return real(value, false, precision.value_or(default_precision));
    case 'e': return real(value, true, precision.value_or(default_precision));
    case 'b':
      return value.is(Kind::boolean) ? std::optional<std::string>(value.as_boolean() ? "1" : "0")
                                     : in_radix(value, 'b');
    case 'o': return in_radix(value, 'o');
    case 'x':
    case 'X': return hexadecimal(value, letter);
    default: return std::nullopt;
  }
}

// Reads `.3` from the front; nothing if there is none, and a precision past the maximum if it is nonsense.
std::optional<std::size_t> take_precision(std::string_view& rest) {
  if (!rest.starts_with('.')) return std::nullopt;
  rest.remove_prefix(1);
  std::size_t precision = 0;
  const bool empty = rest.empty() || rest[0] < '0' || rest[0] > '9';
  for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1))
    precision = std::min(precision * 10 + static_cast<std::size_t>(rest[0] - '0'), precision_max + 1);
  return empty ? precision_max + 1 : precision;
}

}  // namespace

Value format_text(const Call& call) {
  std::string_view rest = call.text(0);
  std::string made;
  std::size_t next = 0;
  while (!rest.empty()) {
    const std::size_t percent = std::min(rest.find('%'), rest.size());
    made += rest.substr(0, percent);
    rest.remove_prefix(percent);
    if (rest.starts_with("%%")) {
      made += '%';
      rest.remove_prefix(2);
      continue;
    }
    if (rest.empty()) break;
    rest.remove_prefix(1);
    const auto precision = take_precision(rest);
    if (rest.empty() || (precision && *precision > precision_max)) {
      return call.error("the format ends in the middle of a clause");
    }
    if (next >= call[1].size()) {
      return call.error(fmt::format("the format asks for element {} of a list of {}", next, call[1].size()));
    }
    const auto text = clause(rest[0], precision, call[1].at(next));
    if (!text) return call.error(fmt::format("%{} cannot format a {}", rest[0], type_name(call[1].at(next))));
    ++next;
    if (!call.budget.spend_bytes(text->size())) return too_costly();
    made += *text;
    rest.remove_prefix(1);
  }
  return call.string(made);
}

}  // namespace claw::cel
