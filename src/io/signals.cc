#include "io/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace claw::io {

namespace {

sigset_t set_of(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  return set;
}

}  // namespace

void block_signals(std::initializer_list<int> numbers) {
  const sigset_t set = set_of(numbers);
  CLAW_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

Signals::Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> received)
    : received_(std::move(received)) {
  const sigset_t set = set_of(numbers);
  fd_ = Fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  CLAW_CHECK(static_cast<bool>(fd_));
  watch_ = Watch(loop, fd_.number(), *this, true, false);
}

void Signals::ready(Ready) {
  signalfd_siginfo seen{};
  while (::read(fd_.number(), &seen, sizeof seen) == sizeof seen) received_(static_cast<int>(seen.ssi_signo));
}

}  // namespace claw::io
