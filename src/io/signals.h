// Signals as events of a loop: blocked for the whole process when made, so make it before any thread.
#pragma once

#include <functional>
#include <initializer_list>

#include "io/loop.h"

namespace claw::io {

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
