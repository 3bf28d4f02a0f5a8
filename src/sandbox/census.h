// How many sandboxes a gateway has, how long one takes to stand, and how they ended: for the metrics. All
// that start programs share one.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace claw::sandbox {

class Census {
 public:
  explicit Census(metrics::Registry& registry);

  void began() { running_.add(1); }
  void stood(double seconds) { start_seconds_.observe(seconds); }
  void gone(std::string_view why);  // By name_of(); empty: whoever had it wanted no more of it.

 private:
  metrics::Registry& registry_;
  metrics::Gauge running_;
  metrics::Histogram start_seconds_;
};

}  // namespace claw::sandbox
