// A joined thread with a stack of a chosen size: the SQL grammar recurses with the statement, so the
// threads that read statements have 64 MiB of (reserved, not resident) stack.
#pragma once

#include <pthread.h>

#include <functional>
#include <memory>
#include <string>

namespace claw::io {

constexpr std::size_t deep_stack_bytes = 64UL * 1024 * 1024;

class Thread {
 public:
  Thread(std::string name, std::size_t stack_bytes, std::function<void()> work);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();  // Joins.

 private:
  pthread_t handle_{};
};

}  // namespace claw::io
