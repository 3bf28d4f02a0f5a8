// What a cancel key of ours stands for: the upstream's key, and how to take back what the connection has
// waiting for a person. A cancel request comes on a connection of its own, to any thread, so this is the
// one table all connections share. Keys of ours are random: knowing one is the right to cancel.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace claw::gateway {

class CancelKeys {
 public:
  // `take_back` is called on whatever thread the cancel request came to.
  void keep(std::string ours, std::string theirs, std::function<void()> take_back);
  void forget(std::string_view ours);  // Afterwards `take_back` is not called any more.
  // The upstream's key for a cancel request that came in, held actions taken back; nothing for a stranger.
  std::optional<std::string> cancel(std::string_view ours) const;

 private:
  struct Kept {
    std::string theirs;
    std::function<void()> take_back;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Kept> keys_;
};

}  // namespace claw::gateway
