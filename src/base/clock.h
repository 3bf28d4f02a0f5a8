// Time, as told to us, so that tests can tell it otherwise. Wall time is for records and people,
// monotonic time for deadlines and durations; neither is ever used for the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_us() const = 0;       // Microseconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t monotonic_us() const = 0;  // Microseconds since some fixed moment.
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_us() const override;
  std::int64_t monotonic_us() const override;
};

class FakeClock final : public Clock {
 public:
  FakeClock() = default;
  FakeClock(const FakeClock& other)
      : wall_us_(other.wall_us_.load()), monotonic_us_(other.monotonic_us_.load()) {}
  std::int64_t wall_us() const override { return wall_us_; }
  std::int64_t monotonic_us() const override { return monotonic_us_; }
  void advance_us(std::int64_t by) { wall_us_ += by, monotonic_us_ += by; }

 private:
  std::atomic<std::int64_t> wall_us_ = 1'800'000'000'000'000;  // Other threads look while a test moves it.
  std::atomic<std::int64_t> monotonic_us_ = 1'000'000;
};

// `2027-01-15T08:00:00.000000Z` (RFC 3339, always UTC, always microseconds).
std::string format_time(std::int64_t wall_us);
void append_time(std::string& out, std::int64_t wall_us);
Result<std::int64_t> parse_time(std::string_view text);

// Go's notation, as the original's configs have it: `300ms`, `24h`, `1h30m`, `2.5s`. Microseconds.
Result<std::int64_t> parse_duration_us(std::string_view text);

}  // namespace claw
