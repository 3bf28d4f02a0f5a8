#include "io/thread.h"

#include "base/check.h"

namespace claw::io {

namespace {

void* enter(void* work) {
  const std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()>*>(work));
  (*owned)();
  return nullptr;
}

}  // namespace

Thread::Thread(std::string name, std::size_t stack_bytes, std::function<void()> work) {
  pthread_attr_t attributes;
  CLAW_CHECK(pthread_attr_init(&attributes) == 0);
  CLAW_CHECK(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
  auto owned = std::make_unique<std::function<void()>>(std::move(work));
  CLAW_CHECK(pthread_create(&handle_, &attributes, enter, owned.get()) == 0);
  static_cast<void>(owned.release());
  pthread_attr_destroy(&attributes);
  name.resize(std::min<std::size_t>(name.size(), 15));  // The kernel's limit.
  pthread_setname_np(handle_, name.c_str());
}

Thread::~Thread() { CLAW_CHECK(pthread_join(handle_, nullptr) == 0); }

}  // namespace claw::io
