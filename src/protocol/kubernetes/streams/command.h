// The rules of exec and attach, whatever carries their channels: who may speak where, how much has passed,
// and how it ended. The carriers (channels.h, multiplexed.h) tell it what they have read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/kubernetes/streams/sink.h"

namespace claw::kubernetes {

constexpr std::size_t channels_max = 5;
constexpr std::size_t status_bytes_max = 64 * 1024;  // Kept of what the server writes last.

class Command {
 public:
  struct Settings {
    bool takes_stdin = false;
    bool ends_with_object = true;  // A metav1.Status, from v4 on; before it, plain text where it failed.
    Sink* sink = nullptr;          // Outlives this.
  };
  explicit Command(const Settings& settings) : settings_(settings) {}

  // An Error: this side has no business there.
  Status on_open(std::size_t channel);  // By the agent, where channels are opened one by one: each once.
  Status on_data(bool from_agent, std::size_t channel, std::string_view bytes);
  Status on_end(bool from_agent, std::size_t channel);
  std::string note() const;

 private:
  Result<Channel> admit(bool from_agent, std::size_t channel) const;

  Settings settings_;
  std::array<std::uint64_t, channels_max> bytes_{};
  std::array<bool, channels_max> is_open_{};
  std::array<bool, channels_max> has_ended_{};
  std::string status_;
};

}  // namespace claw::kubernetes
