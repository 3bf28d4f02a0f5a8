// One agent's history: what the detector compares with. Only the detector's own files see it.
#pragma once

#include <array>
#include <cstdint>

#include "anomaly/burst.h"
#include "anomaly/detector.h"
#include "anomaly/names.h"
#include "anomaly/rate.h"

namespace claw::anomaly {

struct Detector::Agent {
  std::int64_t since_us = 0;
  std::int64_t last_us = 0;
  std::int64_t actions = 0;
  std::array<Names, 4> names;  // Endpoints, verbs, objects, hosts: as the first kinds.
  Rate short_actions;          // In five minutes,
  Rate long_actions;           // in an hour;
  Rate rows;                   // in an hour,
  Rate destructive;            // in an hour.
  Bursts denials;
  std::array<std::int64_t, kind_count> told_us{};  // When each kind was told last.
};

}  // namespace claw::anomaly
