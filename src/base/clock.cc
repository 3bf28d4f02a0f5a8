#include "base/clock.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

namespace claw {

namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_day = 86'400 * us_per_second;

struct Unit {
  std::string_view name;
  double us;
};
// Longer names first where one is the start of another.
constexpr Unit units[] = {{"ns", 1e-3}, {"us", 1.0},        {"µs", 1.0},       {"ms", 1e3},
                          {"s", 1e6},   {"m", 60.0 * 1e6}, {"h", 3600.0 * 1e6}};

const Unit* unit_at(std::string_view text) {
  for (const Unit& unit : units) {
    if (text.starts_with(unit.name)) return &unit;
  }
  return nullptr;
}

void append_digits(std::string& out, std::int64_t value, int width) {
  char digits[20];
  for (int i = width; i-- > 0;) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<std::size_t>(width));
}

// `2027-01-15T08:00:00`
std::string format_second(std::int64_t second) {
  constexpr std::int64_t seconds_per_day = us_per_day / us_per_second;
  const std::int64_t days = std::chrono::floor<std::chrono::days>(std::chrono::seconds{second}).count();
  const std::int64_t rest = second - days * seconds_per_day;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::string out;
  append_digits(out, static_cast<int>(date.year()), 4);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_digits(out, rest / 3600, 2);
  out.push_back(':');
  append_digits(out, rest / 60 % 60, 2);
  out.push_back(':');
  append_digits(out, rest % 60, 2);
  return out;
}

}  // namespace

std::int64_t SystemClock::wall_us() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::int64_t SystemClock::monotonic_us() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Every record has a time, and thousands of them the same second: its text is made once.
void append_time(std::string& out, std::int64_t wall_us) {
  thread_local std::int64_t kept_second = 0;
  thread_local std::string kept = format_second(0);
  std::int64_t second = wall_us / us_per_second;
  std::int64_t rest = wall_us % us_per_second;
  if (rest < 0) {
    rest += us_per_second;
    --second;
  }
  if (second != kept_second) {
    kept = format_second(second);
    kept_second = second;
  }
  out += kept;
  out.push_back('.');
  append_digits(out, rest, 6);
  out.push_back('Z');
}

std::string format_time(std::int64_t wall_us) {
  std::string out;
  append_time(out, wall_us);
  return out;
}

Result<std::int64_t> parse_time(std::string_view text) {
  const auto bad = [&] { return invalid(fmt::format("`{}` is not a time like 2027-01-15T08:00:00Z", text)); };
  int part[6] = {};
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (text.size() < shape.size() + 1 || text.back() != 'Z') return bad();
  for (std::size_t i = 0, field = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !digit : text[i] != shape[i]) return bad();
    if (digit) part[field] = part[field] * 10 + (text[i] - '0');
    else ++field;
  }
  std::int64_t fraction_us = 0;
  std::string_view rest = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (!rest.empty()) {
    if (rest.front() != '.' || rest.size() > 7 || rest.size() < 2) return bad();
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.begin(), rest.end(), fraction_us);
    if (error != std::errc{} || end != rest.end()) return bad();
    for (std::size_t i = rest.size(); i < 6; ++i) fraction_us *= 10;
  }
  const std::chrono::year_month_day date{std::chrono::year{part[0]},
                                         std::chrono::month{static_cast<unsigned>(part[1])},
                                         std::chrono::day{static_cast<unsigned>(part[2])}};
  if (!date.ok() || part[3] > 23 || part[4] > 59 || part[5] > 59) return bad();
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * us_per_day + ((part[3] * 60LL + part[4]) * 60 + part[5]) * us_per_second + fraction_us;
}

Result<std::int64_t> parse_duration_us(std::string_view text) {
  const auto bad = [&] { return invalid(fmt::format("`{}` is not a duration like 30s, 5m or 24h", text)); };
  if (text == "0") return std::int64_t{0};
  double total = 0;
  std::string_view rest = text;
  if (rest.empty()) return bad();
  while (!rest.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(rest.begin(), rest.end(), value, std::chars_format::fixed);
    if (error != std::errc{} || rest.front() == '-') return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
    const Unit* unit = unit_at(rest);
    if (unit == nullptr) return bad();
    rest.remove_prefix(unit->name.size());
    total += value * unit->us;
  }
  if (!(total < 9e18)) return bad();
  return static_cast<std::int64_t>(std::llround(total));
}

}  // namespace claw
