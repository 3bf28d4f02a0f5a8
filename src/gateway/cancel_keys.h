// Which upstream key stands behind a cancel key of ours. A cancel request comes on a connection of its
// own, to any thread, so this is the one table all connections share. Keys of ours are random: knowing
// one is the right to cancel.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace claw::gateway {

class CancelKeys {
 public:
  void keep(std::string ours, std::string theirs);
  void forget(std::string_view ours);
  std::optional<std::string> find(std::string_view ours) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> keys_;
};

}  // namespace claw::gateway
