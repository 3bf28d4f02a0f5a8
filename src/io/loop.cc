#include "io/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace claw::io {

namespace {

constexpr std::uint64_t wake_token = UINT64_MAX;
// What posted work posts has its turn before the sockets have theirs again: an answer leaves before what it
// came by is cleared away. Not for ever, since there may be more each time.
constexpr int posted_turns = 4;

std::uint32_t events_of(bool read, bool write, bool hears_ends = true) {
  // RDHUP stays on whatever is wanted: an agent that leaves while held must be noticed.
  return (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U) | (hears_ends ? EPOLLRDHUP : 0U);
}

std::uint64_t token_of(std::uint32_t slot, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | slot;
}

}  // namespace

void Fd::reset() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Watch::Watch(Loop& loop, int fd, Watcher& watcher, bool read, bool write)
    : loop_(&loop),
      fd_(fd),
      slot_(loop.add(fd, watcher, events_of(read, write))),
      read_(read),
      write_(write) {}

Watch::Watch(Watch&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)),
      fd_(other.fd_),
      slot_(other.slot_),
      read_(other.read_),
      write_(other.write_),
      hears_ends_(other.hears_ends_) {}

Watch& Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    reset();
    loop_ = std::exchange(other.loop_, nullptr);
    fd_ = other.fd_;
    slot_ = other.slot_;
    read_ = other.read_;
    write_ = other.write_;
    hears_ends_ = other.hears_ends_;
  }
  return *this;
}

void Watch::want(bool read, bool write) {
  if (loop_ == nullptr || (read == read_ && write == write_)) return;
  read_ = read;
  write_ = write;
  loop_->change(fd_, slot_, events_of(read, write, hears_ends_));
}

void Watch::end_is_known() {
  if (loop_ == nullptr || !hears_ends_) return;
  hears_ends_ = false;
  loop_->change(fd_, slot_, events_of(read_, write_, false));
}

void Watch::reset() {
  if (loop_ != nullptr) std::exchange(loop_, nullptr)->remove(fd_, slot_);
}

Loop::Loop(const Clock& clock)
    : clock_(clock),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      mail_(std::make_shared<Mail>(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {
  CLAW_CHECK(epoll_ && mail_->wake);
  epoll_event event{EPOLLIN, {.u64 = wake_token}};
  CLAW_CHECK(epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, mail_->wake.number(), &event) == 0);
}

std::uint32_t Loop::add(int fd, Watcher& watcher, std::uint32_t events) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot].watcher = &watcher;
  epoll_event event{events, {.u64 = token_of(slot, slots_[slot].generation)}};
  CLAW_CHECK(epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event) == 0);
  return slot;
}

void Loop::change(int fd, std::uint32_t slot, std::uint32_t events) {
  epoll_event event{events, {.u64 = token_of(slot, slots_[slot].generation)}};
  CLAW_CHECK(epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void Loop::remove(int fd, std::uint32_t slot) {
  CLAW_CHECK(epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, fd, nullptr) == 0);
  slots_[slot].watcher = nullptr;
  ++slots_[slot].generation;
  free_slots_.push_back(slot);
}

void Loop::run() {
  std::array<epoll_event, 256> events;
  while (!stopping_) {
    const int wait_ms = mail_->fall_asleep() ? next_wait_ms() : 0;
    const int count = epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), wait_ms);
    CLAW_CHECK(count >= 0 || errno == EINTR);
    mail_->wake_up();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == wake_token) {
        forget_wake();
        continue;
      }
      const auto slot = static_cast<std::uint32_t>(event.data.u64);
      const Slot& owner = slots_[slot];
      if (owner.watcher == nullptr || token_of(slot, owner.generation) != event.data.u64) continue;
      owner.watcher->ready({.readable = (event.events & EPOLLIN) != 0,
                            .writable = (event.events & EPOLLOUT) != 0,
                            .hung_up = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                            .broken = (event.events & (EPOLLHUP | EPOLLERR)) != 0});
    }
    for (int turn = 0; turn < posted_turns; ++turn) run_posted();
    run_timers();
  }
  stopping_ = false;  // It may be run again: a stop ends one run.
  run_posted();
}

void Loop::stop() {
  stopping_ = true;
  post([] {});
}

// One that is awake looks before it sleeps; so what it posts to itself, and what comes while it works, costs
// no call of the kernel.
void Loop::Mail::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex);
    posted.push_back(std::move(work));
    if (!std::exchange(is_asleep, false)) return;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake.number(), &one, sizeof one);
}

bool Loop::Mail::fall_asleep() {
  const std::lock_guard lock(mutex);
  is_asleep = posted.empty();
  return is_asleep;
}

void Loop::Mail::wake_up() {
  const std::lock_guard lock(mutex);
  is_asleep = false;
}

void Loop::post(std::function<void()> work) { mail_->post(std::move(work)); }

Loop::Poster Loop::poster() const {
  return [mail = std::weak_ptr(mail_)](std::function<void()> work) {
    if (const auto alive = mail.lock()) alive->post(std::move(work));
  };
}

void Loop::forget_wake() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(mail_->wake.number(), &count, sizeof count);
}

void Loop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(mail_->mutex);
    work.swap(mail_->posted);
  }
  for (auto& item : work) item();
}

TimerId Loop::after_ms(std::uint32_t delay_ms, std::function<void()> work) {
  const TimerId id = ++last_timer_;
  const std::int64_t deadline = clock_.monotonic_us() + std::int64_t{delay_ms} * 1000;
  timers_.emplace(std::pair{deadline, id}, std::move(work));
  deadlines_.emplace(id, deadline);
  return id;
}

void Loop::cancel(TimerId timer) {
  const auto found = deadlines_.find(timer);
  if (found == deadlines_.end()) return;
  timers_.erase({found->second, timer});
  deadlines_.erase(found);
}

int Loop::next_wait_ms() const {
  if (timers_.empty()) return -1;
  const std::int64_t left_us = timers_.begin()->first.first - clock_.monotonic_us();
  if (left_us <= 0) return 0;
  return static_cast<int>(std::min<std::int64_t>(left_us / 1000 + 1, 60'000));
}

void Loop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first.first <= clock_.monotonic_us()) {
    auto timer = timers_.extract(timers_.begin());
    deadlines_.erase(timer.key().second);
    timer.mapped()();
  }
}

}  // namespace claw::io
