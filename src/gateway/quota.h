// How many connections are open under a name: an agent's, an endpoint's, an agent's at an endpoint. All
// threads share one; whoever holds a Place is counted. It knows no policy: how many are too many is the
// caller's.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace claw::gateway {

class Quota {
  using Counts = std::map<std::string, std::uint64_t>;

 public:
  class Place {  // Counts one while it lives. The quota outlives it.
   public:
    Place(Place&& other) noexcept : quota_(std::exchange(other.quota_, nullptr)), at_(other.at_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(quota_, other.quota_);
      std::swap(at_, other.at_);
      return *this;
    }
    ~Place();

   private:
    friend class Quota;
    Place(Quota& quota, Counts::iterator at) : quota_(&quota), at_(at) {}
    Quota* quota_;
    Counts::iterator at_;
  };

  // Nothing when so many are there already; 0: however many.
  std::optional<Place> take(std::string name, std::uint64_t most);

 private:
  std::mutex mutex_;
  Counts counts_;  // No name without a Place.
};

}  // namespace claw::gateway
