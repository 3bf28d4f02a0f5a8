#include "gateway/cancel_keys.h"

namespace claw::gateway {

void CancelKeys::keep(std::string ours, std::string theirs) {
  const std::lock_guard lock(mutex_);
  keys_.insert_or_assign(std::move(ours), std::move(theirs));
}

void CancelKeys::forget(std::string_view ours) {
  const std::lock_guard lock(mutex_);
  keys_.erase(std::string(ours));
}

std::optional<std::string> CancelKeys::find(std::string_view ours) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(std::string(ours));
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

}  // namespace claw::gateway
