#include "gateway/quota.h"

namespace claw::gateway {

Quota::Place::~Place() {
  if (quota_ == nullptr) return;
  const std::lock_guard lock(quota_->mutex_);
  if (--at_->second == 0) quota_->counts_.erase(at_);
}

std::optional<Quota::Place> Quota::take(std::string name, std::uint64_t most) {
  const std::lock_guard lock(mutex_);
  const auto at = counts_.try_emplace(std::move(name), 0).first;
  if (most != 0 && at->second >= most) return std::nullopt;  // It is not 0, so it has a Place.
  ++at->second;
  return Place(*this, at);
}

}  // namespace claw::gateway
