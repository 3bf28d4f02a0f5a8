#include "watch/watch.h"

#include <sys/resource.h>

#include "io/loop.h"
#include "io/thread.h"
#include "watch/follower.h"

namespace claw::watch {

namespace {

constexpr std::size_t stack_bytes = 1024 * 1024;
constexpr std::uint32_t look_ms = 500;  // Rules know of a finding within a second.

// A tenth of what a thread that serves agents gets where both want the processor. Linux has a priority for
// each thread; 0 is whoever asks.
constexpr int niceness = 10;

}  // namespace

struct Watch::Inner {
  explicit Inner(Services services) : loop(services.clock), follower(std::move(services)) {
    loop.post([this] {
      setpriority(PRIO_PROCESS, 0, niceness);
      tick();
    });
    thread = std::make_unique<io::Thread>("claw-watch", stack_bytes, [this] { loop.run(); });
  }
  void tick() {
    if (follower.step()) loop.post([this] { tick(); });
    else loop.after_ms(look_ms, [this] { tick(); });
  }
  void stop() {
    if (thread == nullptr) return;
    follower.stop();
    loop.stop();
    thread.reset();
    follower.save();
  }
  io::Loop loop;
  Follower follower;
  std::unique_ptr<io::Thread> thread;
};

Watch::Watch(Services services) : inner_(std::make_unique<Inner>(std::move(services))) {}
Watch::~Watch() { inner_->stop(); }
void Watch::use(const config::AnomalySettings& settings) { inner_->follower.use(settings); }
void Watch::stop() { inner_->stop(); }

}  // namespace claw::watch
