#include "operators/lockout.h"

#include <algorithm>

#include "base/host.h"
#include "base/text.h"

namespace claw::operators {

namespace {

constexpr std::size_t groups_of_network = 4;  // Of eight: a /64 is what one customer has.
constexpr std::string_view mapped = "::ffff:";

// Its groups without leading zeros, `::` written out; empty when it is no IPv6 address as sockets print it.
std::vector<std::string> ip6_groups(std::string_view address) {
  constexpr std::size_t groups_count = 8;
  const std::string_view bare = address.substr(0, address.find('%'));
  const std::size_t gap = bare.find("::");
  std::vector<std::string> groups;
  const auto take = [&](std::string_view part) {
    for (const std::string_view group : part.empty() ? std::vector<std::string_view>() : split(part, ':')) {
      const std::size_t digit = std::min(group.find_first_not_of('0'), group.size());
      groups.push_back(digit == group.size() ? "0" : lower(group.substr(digit)));
    }
  };
  take(bare.substr(0, std::min(gap, bare.size())));
  if (gap == std::string_view::npos) {
    return groups.size() == groups_count ? groups : std::vector<std::string>();
  }
  const std::size_t head = groups.size();
  take(bare.substr(gap + 2));
  if (groups.size() >= groups_count) return {};
  groups.insert(groups.begin() + static_cast<std::ptrdiff_t>(head), groups_count - groups.size(), "0");
  return groups;
}

}  // namespace

std::int64_t Lockout::wait_after(unsigned failures) const {
  if (failures <= limits_.free) return 0;
  const unsigned doublings = std::min(failures - limits_.free - 1, 40U);
  return std::min(limits_.most_us, limits_.first_us << doublings);
}

std::int64_t Lockout::wait_us(std::string_view key) const {
  const auto found = entries_.find(std::string(key));
  if (found == entries_.end()) return 0;
  const std::int64_t until_us = found->second.last_us + wait_after(found->second.failures);
  return std::max<std::int64_t>(0, until_us - clock_.monotonic_us());
}

void Lockout::count(std::string_view key) {
  const std::int64_t now_us = clock_.monotonic_us();
  auto found = entries_.find(std::string(key));
  // Whoever stayed away four times as long as the longest wait begins anew.
  if (found != entries_.end() && now_us - found->second.last_us > 4 * limits_.most_us) {
    clear(key);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (entries_.size() >= limits_.entries_max) clear(std::string(oldest_first_.front()));
    oldest_first_.emplace_back(key);
    found = entries_.emplace(key, Entry{0, 0, std::prev(oldest_first_.end())}).first;
  }
  oldest_first_.splice(oldest_first_.end(), oldest_first_, found->second.place);
  ++found->second.failures;
  found->second.last_us = now_us;
}

void Lockout::take_back(std::string_view key) {
  const auto found = entries_.find(std::string(key));
  if (found == entries_.end()) return;
  if (--found->second.failures == 0) clear(key);
}

void Lockout::clear(std::string_view key) {
  const auto found = entries_.find(std::string(key));
  if (found == entries_.end()) return;
  oldest_first_.erase(found->second.place);
  entries_.erase(found);
}

std::string network_of(std::string_view address) {
  if (lower(address.substr(0, mapped.size())) == mapped && is_ip4(address.substr(mapped.size()))) {
    return std::string(address.substr(mapped.size()));
  }
  if (address.find(':') == std::string_view::npos) return std::string(address);
  std::vector<std::string> groups = ip6_groups(address);
  if (groups.empty()) return std::string(address);
  groups.resize(groups_of_network);
  return join(groups, ":") + "::/64";
}

}  // namespace claw::operators
