// How many bytes all may hold together of something that strangers send, and what one of them may have of it:
// after every taking as much must be free as this one holds, so that whoever comes next finds room. One alone
// has at most half, two a third each. Taking never waits: there is room, or whoever asks is refused. Any
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/metrics.h"

namespace claw {

class Budget : public std::enable_shared_from_this<Budget> {
 public:
  class Account;  // Of one of them, however many hold for it. It keeps the budget.

  explicit Budget(std::uint64_t most) : most_(most) {}
  Budget(std::uint64_t most, metrics::Gauge held, metrics::Counter refused)
      : most_(most), held_gauge_(held), refused_counter_(refused) {}

  void set_most(std::uint64_t most) { most_ = most; }  // What is held already stays.
  std::uint64_t most() const { return most_; }
  std::uint64_t held() const { return held_; }
  std::shared_ptr<Account> account(std::string_view name);  // Only of a budget that is itself shared.

 private:
  // All of it or nothing; `own` is what the account holds then. Added first and looked at afterwards: of two
  // that take at once neither overlooks the other.
  bool take(std::uint64_t bytes, std::uint64_t own) {
    const std::uint64_t held = held_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    const std::uint64_t most = most_.load(std::memory_order_relaxed);
    if (held >= bytes && held <= most && own <= most - held) {
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

  std::atomic<std::uint64_t> held_ = 0;
  std::atomic<std::uint64_t> most_;
  std::mutex mutex_;  // Guards accounts_; those that are over take themselves out.
  std::map<std::string, std::weak_ptr<Account>, std::less<>> accounts_;
  std::optional<metrics::Gauge> held_gauge_;
  std::optional<metrics::Counter> refused_counter_;
};

class Budget::Account {
 public:
  Account(std::shared_ptr<Budget> budget, std::string name)
      : budget_(std::move(budget)), name_(std::move(name)) {}
  ~Account() {
    const std::lock_guard lock(budget_->mutex_);
    const auto at = budget_->accounts_.find(name_);
    // Another of the name may have begun meanwhile.
    if (at != budget_->accounts_.end() && at->second.expired()) budget_->accounts_.erase(at);
  }
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  const std::string& name() const { return name_; }
  bool take(std::uint64_t bytes) {
    const std::uint64_t own = held_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (budget_->take(bytes, own)) return true;
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  void give(std::uint64_t bytes) {
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    budget_->give(bytes);
  }

 private:
  std::shared_ptr<Budget> budget_;
  std::string name_;
  std::atomic<std::uint64_t> held_ = 0;
};

inline std::shared_ptr<Budget::Account> Budget::account(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<Account>& known = accounts_.try_emplace(std::string(name)).first->second;
  std::shared_ptr<Account> account = known.lock();
  if (account == nullptr) {
    account = std::make_shared<Account>(shared_from_this(), std::string(name));
    known = account;
  }
  return account;
}

// What one holder has; given back when it goes.
class Share {
 public:
  Share() = default;
  ~Share() { release(); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  // From now on for this one; what is held moves there, or if that has no room for it all stays as it is.
  bool put_on(const std::shared_ptr<Budget::Account>& account) {
    if (account_ == account) return true;
    if (held_ != 0 && !account->take(held_)) return false;
    if (held_ != 0) account_->give(held_);
    account_ = account;
    return true;
  }
  bool grow(std::uint64_t bytes) {  // On the account it was put on.
    if (!account_->take(bytes)) return false;
    held_ += bytes;
    return true;
  }
  void release() {
    if (held_ != 0) account_->give(std::exchange(held_, 0));
  }
  bool is_empty() const { return held_ == 0; }

 private:
  std::shared_ptr<Budget::Account> account_;
  std::uint64_t held_ = 0;
};

}  // namespace claw
