// How much of something an agent does in windows of one length, and what is usual at each hour of the day:
// a decaying mean and variance for each hour (UTC), and the most it ever had, which decays too. Pure; times
// are told and only go forward.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/json.h"

namespace claw::anomaly {

struct RateTerms {
  std::int64_t window_us;
  double least;     // So little is never too much, whatever was before.
  double
      deviations;  // From the hour's mean: a Poisson's tail where the history is calm, wider where it is not.
  double peaks;     // And times the most there ever was, which keeps bursts that are usual out.
};

struct Excess {
  double count = 0;
  double mean = 0;  // Of this hour's windows.
  double peak = 0;
};

class Rate {
 public:
  // Something happened; what that makes of the present window, once, where it is too much.
  std::optional<Excess> add(double amount, std::int64_t time_us, const RateTerms& terms);

  double windows() const { return windows_; }  // With something in them, ever.

  void save(json::Writer& out) const;
  static Rate restore(const json::Value& saved);

 private:
  struct Hour {
    double mean = 0;
    double variance = 0;
    double weight = 0;  // How many windows it has seen.
  };
  void close(const RateTerms& terms);
  void pass(std::int64_t until_us, const RateTerms& terms);
  Hour usual() const;
  double limit(const RateTerms& terms) const;

  std::array<Hour, 24> hours_;
  std::int64_t window_ = 0;  // When the present one began; 0: none did.
  double count_ = 0;         // In it.
  double peak_ = 0;
  double windows_ = 0;
  bool told_ = false;        // Of the present window.
};

}  // namespace claw::anomaly
