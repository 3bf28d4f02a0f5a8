// Signals as events of a loop. They must be blocked in every thread or one of them dies of it, so block
// them before the first thread is started.
#pragma once

#include <functional>
#include <initializer_list>

#include "io/loop.h"

namespace claw::io {

void block_signals(std::initializer_list<int> numbers);  // In this thread and those it starts.

class Signals final : public Watcher {
 public:
  Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> received);
  void ready(Ready what) override;

 private:
  std::function<void(int)> received_;
  Fd fd_;
  Watch watch_;
};

}  // namespace claw::io
