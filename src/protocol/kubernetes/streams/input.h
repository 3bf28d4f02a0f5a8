// What a command is given to read over `v5.channel.k8s.io`, the one protocol where it has an end before the
// command's own: taken in whole, or as far as anybody looks, while the upgrade is already agreed to. Answers
// pings meanwhile, because kubectl hangs up after a minute without one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/http/dialect.h"
#include "protocol/kubernetes/streams/channels.h"

namespace claw::kubernetes {

inline constexpr std::string_view input_protocol = "v5.channel.k8s.io";

class CommandInput final : public http::Input {
 public:
  CommandInput(std::string accept_key, std::uint64_t bytes_max)
      : accept_key_(std::move(accept_key)), bytes_max_(bytes_max), reader_(true, true) {}

  http::Response accept() const override;
  // True also for whatever still comes after it has ended: pings, a terminal's size. An Error is for good.
  Result<bool> feed(std::string_view bytes) override;
  http::Body body() const override { return {input_, has_ended_ && !is_long_}; }
  std::string take_replies() override { return std::exchange(replies_, {}); }
  // They are to be read along by the Streams of the same request, too.
  std::string take_words() override { return std::exchange(words_, {}); }
  Status check(const http::Response& response) const override;
  std::string refusal(int status, const action::Verdict& why) const override;

 private:
  Result<bool> read(std::string_view bytes);
  Status on(const Event& event);
  Status on_input(std::string_view bytes);

  std::string accept_key_;  // What answers the agent's Sec-WebSocket-Key.
  std::uint64_t bytes_max_;
  ChannelReader reader_;
  std::string input_;
  std::string words_;
  std::string replies_;
  bool has_ended_ = false;
  bool has_all_sizes_ = false;  // The terminal's.
  bool is_long_ = false;
  std::optional<Error> failed_;
};

// Sec-WebSocket-Accept for a key, RFC 6455 §4.2.2; nothing where it is no key.
std::string accept_key_of(std::string_view key);

}  // namespace claw::kubernetes
