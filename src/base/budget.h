// How many bytes all may hold together of something that strangers send, and what one holder has of it.
// Taking never waits: there is room, or whoever asks is refused. Any thread; what a Share holds is given back
// when it goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/metrics.h"

namespace claw {

class Budget {
 public:
  explicit Budget(std::uint64_t most) : most_(most) {}
  Budget(std::uint64_t most, metrics::Gauge held, metrics::Counter refused)
      : most_(most), held_gauge_(held), refused_counter_(refused) {}

  void set_most(std::uint64_t most) { most_ = most; }  // What is held already stays.
  std::uint64_t most() const { return most_; }
  std::uint64_t held() const { return held_; }

  bool take(std::uint64_t bytes) {  // All of it or nothing.
    const std::uint64_t before = held_.fetch_add(bytes, std::memory_order_relaxed);
    const std::uint64_t most = most_.load(std::memory_order_relaxed);
    if (before <= most && bytes <= most - before) {
      if (held_gauge_) held_gauge_->add(static_cast<double>(bytes));
      return true;
    }
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    if (refused_counter_) refused_counter_->add();
    return false;
  }
  void give(std::uint64_t bytes) {
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    if (held_gauge_) held_gauge_->add(-static_cast<double>(bytes));
  }

 private:
  std::atomic<std::uint64_t> held_ = 0;
  std::atomic<std::uint64_t> most_;
  std::optional<metrics::Gauge> held_gauge_;
  std::optional<metrics::Counter> refused_counter_;
};

class Share {
 public:
  Share() = default;  // Of nothing that has an end.
  ~Share() { release(); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  bool grow(std::uint64_t bytes) {
    if (budget_ == nullptr || bytes == 0) return true;
    if (!budget_->take(bytes)) return false;
    held_ += bytes;
    return true;
  }
  void release() {
    if (held_ != 0) budget_->give(std::exchange(held_, 0));
  }
  void of(std::shared_ptr<Budget> budget) {
    release();
    budget_ = std::move(budget);
  }

 private:
  std::shared_ptr<Budget> budget_;
  std::uint64_t held_ = 0;
};

}  // namespace claw
