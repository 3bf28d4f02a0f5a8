// A thread beside the loop for what takes long: looking through records, comparing passwords, judging a
// thousand actions anew. Work waits its turn in a queue of bounded length, so that answering approvals never
// waits for any of it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/thread.h"

namespace claw::serve {

class Lane {
 public:
  Lane(const std::string& name, std::size_t threads, std::size_t waiting_max);
  ~Lane();  // What has not begun is dropped.
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  bool take(std::function<void()> work);  // False: too much is waiting. Any thread.

 private:
  void run();

  const std::size_t waiting_max_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<io::Thread>> threads_;
};

}  // namespace claw::serve
