// What was found unlike each agent of late, for rules that ask: kinds of anomalies, each remembered for an
// hour. Whoever looks for anomalies notes them here; guard tells rules. Thread-safe. It finds nothing and
// decides nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace claw::guard {

constexpr std::int64_t unlike_us =
    3600LL * 1'000'000;  // An on-call engineer has seen it by then, or a rule asked.
constexpr std::size_t unlike_agents_max = 1000;         // Further ones take the place of the oldest.

class Unlike {
 public:
  // `account` is account_of() the principal. Times are monotonic: when it was found, and now.
  void note(const std::string& account, std::string_view kind, std::int64_t at_us);
  std::vector<std::string> of(const std::string& account, std::int64_t now_us) const;  // Sorted.

 private:
  struct Agent {
    std::map<std::string, std::int64_t, std::less<>> kinds;  // When each was found last.
    std::int64_t last_us = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Agent, std::less<>> agents_;
  std::atomic<bool> any_ = false;  // So that an action of an ordinary day takes no lock.
};

}  // namespace claw::guard
