// Refusals of one agent by one rule, close together and each of another text: somebody feels along the rule's
// edge. The same statement tried again and again is one text, and no burst. Pure; times are told.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"

namespace claw::anomaly {

constexpr std::int64_t burst_us = 10LL * 60 * 1'000'000;
constexpr std::size_t burst_rules_max = 64;   // With a burst under way; the oldest makes room.
constexpr std::size_t burst_texts_max = 256;  // Told apart in one; more are not counted.

class Bursts {
 public:
  struct Excess {
    std::size_t texts = 0;
    double peak = 0;  // The most there were before, of any rule.
  };

  // A refusal. Once for each burst: it has become one. `least` texts make one, and half as many again as the
  // agent had before.
  std::optional<Excess> add(const std::string& rule, std::string_view text, std::int64_t time_us,
                            std::size_t least);

  void save(json::Writer& out) const;
  static Bursts restore(const json::Value& saved);

 private:
  struct Burst {
    std::int64_t since_us = 0;
    std::set<std::size_t> texts;
    bool told = false;
  };
  void forget(std::int64_t now_us);
  void close(const Burst& burst);

  std::map<std::string, Burst, std::less<>> rules_;
  double peak_ = 0;
  std::int64_t peak_us_ = 0;
};

}  // namespace claw::anomaly
