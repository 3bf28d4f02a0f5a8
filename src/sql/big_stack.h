// Runs a function on a thread with the stack that read_postgres() needs, and waits for it. For tests,
// benchmarks and command-line tools; the server's own threads have such stacks from the start.
#pragma once

#include <pthread.h>
#include <functional>

#include "base/check.h"
#include "sql/postgres.h"

namespace claw::sql {

inline void on_big_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_t thread;
  CLAW_CHECK(pthread_attr_init(&attributes) == 0);
  CLAW_CHECK(pthread_attr_setstacksize(&attributes, stack_bytes_min) == 0);
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  CLAW_CHECK(pthread_create(&thread, &attributes, run, &work) == 0);
  CLAW_CHECK(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
}

}  // namespace claw::sql
