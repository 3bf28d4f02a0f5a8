#include "config/number.h"

#include <fmt/format.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <charconv>

#include "base/text.h"

namespace claw::config {

namespace {

namespace mp = boost::multiprecision;
using Real = mp::number<mp::cpp_bin_float<512, mp::digit_base_2>, mp::et_off>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits, a sign and a shift of the decimal point: made from `-12.5e3` without any arithmetic.
std::string place_point(std::string digits, std::int64_t point, bool negative) {
  if (point <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    point = 1;
  }
  const auto whole = static_cast<std::size_t>(point);
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  std::string out = digits.substr(0, whole);
  std::string fraction = digits.substr(whole);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  out.erase(0, std::min(out.find_first_not_of('0'), out.size() - 1));
  if (!fraction.empty()) out += "." + fraction;
  return negative && out != "0" ? "-" + out : out;
}

Real to_real(const std::string& decimal) { return Real(decimal); }

// The shortest text that reads back as the same value.
std::string to_text(const Real& value) {
  for (int digits = std::numeric_limits<Real>::digits10; digits < std::numeric_limits<Real>::max_digits10;
       ++digits) {
    std::string text = value.str(digits);
    if (Real(text) == value) return text;
  }
  return value.str(std::numeric_limits<Real>::max_digits10);
}

}  // namespace

Result<std::string> parse_decimal(std::string_view literal) {
  const bool negative = literal.starts_with('-');
  if (negative || literal.starts_with('+')) literal.remove_prefix(1);
  const std::size_t mantissa_end = std::min(literal.find_first_of("eE"), literal.size());
  std::string digits;
  std::int64_t point = -1;
  for (const char c : literal.substr(0, mantissa_end)) {
    if (is_digit(c)) digits += c;
    else if (c == '.' && point < 0) point = static_cast<std::int64_t>(digits.size());
    else return invalid(fmt::format("{} is not a number", quoted(literal)));
  }
  if (digits.empty()) return invalid(fmt::format("{} is not a number", quoted(literal)));
  if (point < 0) point = static_cast<std::int64_t>(digits.size());
  if (mantissa_end < literal.size()) {
    std::string_view exponent = literal.substr(mantissa_end + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    std::int64_t shift = 0;
    const auto read = std::from_chars(exponent.begin(), exponent.end(), shift);
    if (exponent.empty() || read.ptr != exponent.end())
      return invalid(fmt::format("{} is not a number", quoted(literal)));
    constexpr auto shift_max = static_cast<std::int64_t>(number_digits_max);
    if (read.ec != std::errc() || shift > shift_max || shift < -shift_max)
      digits.assign(number_digits_max + 1, '0');
    point += shift;
  }
  if (digits.size() > number_digits_max) {
    return Error{Code::limit, fmt::format("the number has more than {} digits", number_digits_max), {}};
  }
  return place_point(std::move(digits), point, negative);
}

Result<std::string> calculate(std::string_view symbol, const std::string& left, const std::string& right) {
  const Real a = to_real(left);
  const Real b = to_real(right);
  if ((symbol == "/" || symbol == "%") && b == 0) return invalid("division by zero");
  Real result;
  if (symbol == "+") result = a + b;
  if (symbol == "-") result = a - b;
  if (symbol == "*") result = a * b;
  if (symbol == "/") result = a / b;
  if (symbol == "%") result = a - b * mp::trunc(a / b);
  if (!mp::isfinite(result)) return Error{Code::limit, "the result is too large", {}};
  return parse_decimal(to_text(result));
}

int compare_decimals(const std::string& left, const std::string& right) {
  if (left == right) return 0;
  const Real a = to_real(left);
  const Real b = to_real(right);
  return a < b ? -1 : a == b ? 0 : 1;
}

std::string negate_decimal(const std::string& number) {
  if (number == "0") return number;
  return number.starts_with('-') ? number.substr(1) : "-" + number;
}

Number to_number(const std::string& decimal, std::string_view written) {
  Number out{.text = std::string(written), .integer = std::nullopt, .real = 0};
  std::int64_t whole = 0;
  const auto read = std::from_chars(decimal.data(), decimal.data() + decimal.size(), whole);
  if (read.ec == std::errc() && read.ptr == decimal.data() + decimal.size()) out.integer = whole;
  std::from_chars(decimal.data(), decimal.data() + decimal.size(), out.real);
  return out;
}

}  // namespace claw::config
