#include "main/replay/times.h"

#include <charconv>

#include "base/clock.h"
#include "base/text.h"

namespace claw::verbs {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t days_max = 36'500;

std::optional<std::int64_t> days_us(std::string_view text) {
  if (!text.ends_with('d')) return std::nullopt;
  std::int64_t days = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto read = std::from_chars(text.data(), end, days);
  if (read.ec != std::errc() || read.ptr != end || days < 0 || days > days_max) return std::nullopt;
  return days * day_us;
}

}  // namespace

Result<std::optional<std::int64_t>> moment_of(const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  if (const auto time = parse_time(text)) return std::optional(*time);
  const std::int64_t now_us = SystemClock().wall_us();
  if (const auto days = days_us(text)) return std::optional(now_us - *days);
  if (const auto ago = parse_duration_us(text)) return std::optional(now_us - *ago);
  return invalid("no time: " + quoted(text) + ", write 2027-01-15T08:00:00Z, or 7d or 2h for as long ago");
}

}  // namespace claw::verbs
