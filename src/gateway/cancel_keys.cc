#include "gateway/cancel_keys.h"

namespace claw::gateway {

void CancelKeys::keep(std::string ours, std::string theirs, std::function<void()> take_back) {
  const std::lock_guard lock(mutex_);
  keys_.insert_or_assign(std::move(ours), Kept{std::move(theirs), std::move(take_back)});
}

void CancelKeys::forget(std::string_view ours) {
  const std::lock_guard lock(mutex_);
  keys_.erase(std::string(ours));
}

std::optional<std::string> CancelKeys::cancel(std::string_view ours) const {
  // Under the lock, so that the connection cannot go between the look-up and the call; it only posts.
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(std::string(ours));
  if (found == keys_.end()) return std::nullopt;
  found->second.take_back();
  return found->second.theirs;
}

}  // namespace claw::gateway
