// The names of one sort that an agent used: which it knows, and how often it meets new ones. Names are kept
// as 64 bits of their hash. An agent that meets new ones every day is not told about for one more; one that
// never does is. Pure; times are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/json.h"

namespace claw::anomaly {

constexpr std::size_t names_max = 512;  // Of one sort and agent; the one not used for longest makes room.
constexpr std::int64_t names_us = 60LL * 24 * 3600 * 1'000'000;  // Not used for so long: new again.

struct Novelty {
  double expected = 0;  // New ones a day, in times of late; several within an hour are one.
};

class Names {
 public:
  // Uses a name. Something: it is new, and that is unlike this agent. `counts`: the agent is known well
  // enough that new names are counted; before that everything is new.
  std::optional<Novelty> use(std::string_view name, std::int64_t time_us, bool counts);

  void save(json::Writer& out) const;
  static Names restore(const json::Value& saved);

 private:
  bool know(std::uint64_t hash, std::int64_t time_us);
  double expected(std::int64_t time_us) const;

  std::unordered_map<std::uint64_t, std::int64_t> known_;  // When each was used last.
  double novel_ = 0;             // New ones, decayed as of novel_us_.
  std::int64_t novel_us_ = 0;
  double today_ = 0;             // New ones in the day that began then.
  std::int64_t day_ = 0;
};

}  // namespace claw::anomaly
