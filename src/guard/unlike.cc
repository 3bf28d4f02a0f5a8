#include "guard/unlike.h"

#include <algorithm>

namespace claw::guard {

void Unlike::note(const std::string& account, std::string_view kind, std::int64_t at_us) {
  const std::lock_guard lock(mutex_);
  if (agents_.size() >= unlike_agents_max && !agents_.contains(account)) {
    agents_.erase(std::ranges::min_element(
        agents_, {}, [](const auto& each) { return each.second.last_us; }));
  }
  Agent& agent = agents_[account];
  agent.kinds[std::string(kind)] = at_us;
  agent.last_us = std::max(agent.last_us, at_us);
  any_.store(true, std::memory_order_release);
}

std::vector<std::string> Unlike::of(const std::string& account, std::int64_t now_us) const {
  std::vector<std::string> kinds;
  if (!any_.load(std::memory_order_acquire)) return kinds;
  const std::lock_guard lock(mutex_);
  const auto found = agents_.find(account);
  if (found == agents_.end()) return kinds;
  for (const auto& [kind, at_us] : found->second.kinds) {
    if (now_us - at_us < unlike_us) kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace claw::guard
