// The ledger over restarts: `ledger.json` in the state folder, written anew every few seconds while agents
// act, and what the journal has since. A gateway that is killed knows at its next start what every agent did
// up to the last record.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "guard/guard.h"

namespace claw::verbs {

constexpr std::int64_t ledger_saved_every_us = 5'000'000;  // And so how much of the journal is read again.

class LedgerFile {
 public:
  LedgerFile(std::string state_folder, guard::Guard& guard, const Clock& clock);

  // Before the first agent comes; `newest` is the last record there is. Errors: a file that is damaged or
  // cannot be written. Starting without it would forget what agents did, so nothing starts.
  Status recall(std::uint64_t newest, const guard::Terms& terms);
  void tick(
      const guard::Terms& terms);  // About once a second: saves what is new, and is logged if it cannot.
  Status save();

 private:
  Status recall_journal(std::uint64_t after, std::uint64_t newest, const guard::Terms& terms);

  std::string folder_;
  std::string path_;
  guard::Guard& guard_;
  const Clock& clock_;
  std::uint64_t newest_ = 0;
  std::int64_t saved_us_ = 0;  // Monotonic.
  bool counted_ = false;
  bool failing_ = false;       // So that a full disk is logged twice, not every few seconds.
};

}  // namespace claw::verbs
