// Wider rights for minutes: a named person breaks the glass for a profile, and until it ends rules marked
// `break_glass` are there for its agents and everything they do is flagged. Thread-safe. Whoever calls
// grant() has made sure who the person is. Nothing of it outlives the process: a gateway that starts has no
// broken glass, whoever made it start.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"

namespace claw::guard {

constexpr std::int64_t break_glass_minutes_max = 60;  // An emergency that lasts longer is asked for again.
constexpr std::size_t break_glass_reason_bytes_max = 1000;
constexpr std::size_t break_glass_max = 20;           // At once: more is a policy, not an emergency.

struct BrokenGlass {
  std::string id;
  std::string profile;
  std::string person;
  std::string reason;
  std::int64_t since_us = 0;  // Wall time.
  std::int64_t until_us = 0;
};

class BreakGlass {
 public:
  BreakGlass(const Clock& clock, audit::Sink& sink, metrics::Registry& registry);
  BreakGlass(const BreakGlass&) = delete;
  BreakGlass& operator=(const BreakGlass&) = delete;

  // Recorded before it counts; the grant's id. Errors: no person, no reason, too long, too many, no record.
  // It does not know which profiles there are.
  Result<std::string> grant(std::string_view profile, std::string_view person, std::int64_t minutes,
                            std::string_view reason);
  Status end(std::string_view id, std::string_view person);  // Ends even where that cannot be recorded.
  void tick();                                               // Ends and records what has run out.

  std::string active(std::string_view profile) const;  // The grant's id, or nothing.
  std::vector<BrokenGlass> list() const;               // Those that are active, oldest first.

 private:
  struct Grant {
    BrokenGlass told;
    std::int64_t deadline_us;  // Monotonic: setting the clock back makes no minute longer.
  };
  void record(std::string_view person, std::string_view event, const BrokenGlass& which) const;

  const Clock& clock_;
  audit::Sink& sink_;
  metrics::Gauge gauge_;
  mutable std::mutex mutex_;
  std::vector<Grant> grants_;
  std::atomic<bool> any_ = false;  // So that an action of an ordinary day takes no lock.
};

}  // namespace claw::guard
