// An action that waits for an answer: what guard keeps of it until then. Only guard/ sees this.
#pragma once

#include <memory>
#include <string>

#include "guard/guard.h"

namespace claw::guard {

struct Guard::Held {
  std::shared_ptr<const Gate> gate;  // Its decision views the rules there.
  action::Action action;
  policy::Decision decision;
  std::string fingerprint;
  std::int64_t asked_us = 0;  // Wall time.
  std::int64_t asked_monotonic_us = 0;
  Later later;
  bool is_kept = false;       // As an operation too: a restart does not forget it.
  std::int64_t away_us = 0;   // When its connection has waited long enough, monotonic; 0: never.
  bool is_away = false;       // Under kept_mutex_: nobody waits on a connection any more.
  bool is_over = false;       // The same: it has its answer.
};

// What the agent is told when a question has ended.
std::string reason_of(const approval::Answer& answer);

}  // namespace claw::guard
