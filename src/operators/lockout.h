// Slows down whoever guesses: after some failures each further one makes the next wait twice as long, up to a
// quarter of an hour and never for ever. Counts before the guess is looked at, so that a hundred guesses at
// once are a hundred. Bounded: when full, what failed longest ago is forgotten. Not thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace claw::operators {

class Lockout {
 public:
  struct Limits {
    unsigned free = 5;                             // Failures that cost nothing: people mistype.
    std::int64_t first_us = 1'000'000;             // The wait after the next one; then doubled each time.
    std::int64_t most_us = 15LL * 60 * 1'000'000;  // About a hundred guesses a day.
    std::size_t entries_max = 8192;                // Filling it takes longer than the longest wait.
  };

  Lockout(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  // How long `key` has to wait, in microseconds; 0: it may try.
  std::int64_t wait_us(std::string_view key) const;
  void count(std::string_view key);      // A try, before it is looked at.
  void take_back(std::string_view key);  // That one was none.
  void clear(std::string_view key);      // It was right: all is forgotten.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    unsigned failures = 0;
    std::int64_t last_us = 0;  // Monotonic.
    std::list<std::string>::iterator place;
  };
  std::int64_t wait_after(unsigned failures) const;

  const Clock& clock_;
  Limits limits_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> oldest_first_;
};

// The address a stranger cannot easily change: an IPv4 address, the /64 of an IPv6 one. What is no address
// stands for itself.
std::string network_of(std::string_view address);

}  // namespace claw::operators
