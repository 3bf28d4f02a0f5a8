// One thread's event loop: readiness of descriptors (epoll, level-triggered), timers, and work posted
// from other threads. Everything but post() and stop() is for the loop's own thread. Machines need no
// coroutines, so neither does the loop: the pump reacts, it never waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "io/fd.h"

namespace claw::io {

struct Ready {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;  // The peer will send no more, or the socket failed; reading says which.
  bool broken = false;   // It takes nothing more either. Told again and again, whatever is wanted.
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void ready(Ready what) = 0;
};

// One registration; unwatches itself. Interest changes only reach the kernel when they differ.
class Loop;
class Watch {
 public:
  Watch() = default;
  Watch(Loop& loop, int fd, Watcher& watcher, bool read, bool write);
  Watch(Watch&& other) noexcept;
  Watch& operator=(Watch&& other) noexcept;
  ~Watch() { reset(); }

  void want(bool read, bool write);
  void end_is_known();  // That the peer will send no more is not told again; what it sent may still be read.
  bool reading() const { return read_; }
  bool writing() const { return write_; }
  void reset();

 private:
  Loop* loop_ = nullptr;
  int fd_ = -1;
  std::uint32_t slot_ = 0;
  bool read_ = false;
  bool write_ = false;
  bool hears_ends_ = true;
};

using TimerId = std::uint64_t;

class Loop {
 public:
  explicit Loop(const Clock& clock);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();                                // Until stop().
  void stop();                               // From any thread.
  void post(std::function<void()> work);     // From any thread; runs on the loop's.

  // The same for who may outlive the loop: what is posted to a loop that has gone is never run.
  using Poster = std::function<void(std::function<void()>)>;
  Poster poster() const;

  TimerId after_ms(std::uint32_t delay_ms, std::function<void()> work);
  void cancel(TimerId timer);                // Harmless when it has already run.

  const Clock& clock() const { return clock_; }

 private:
  friend class Watch;
  struct Slot {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;  // An event read before an unwatch must not reach the next owner.
  };

  struct Mail {
    explicit Mail(int wake_number) : wake(wake_number) {}
    void post(std::function<void()> work);
    bool fall_asleep();  // False: there is work.
    void wake_up();
    Fd wake;
    std::mutex mutex;  // Guards what follows.
    std::vector<std::function<void()>> posted;
    bool is_asleep = false;   // In the kernel, or about to be: whoever posts first must wake it.
  };

  std::uint32_t add(int fd, Watcher& watcher, std::uint32_t events);
  void change(int fd, std::uint32_t slot, std::uint32_t events);
  void remove(int fd, std::uint32_t slot);
  int next_wait_ms() const;
  void forget_wake();
  void run_timers();
  void run_posted();

  const Clock& clock_;
  Fd epoll_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::map<std::pair<std::int64_t, TimerId>, std::function<void()>> timers_;
  std::map<TimerId, std::int64_t> deadlines_;
  TimerId last_timer_ = 0;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<Mail> mail_;
};

}  // namespace claw::io
