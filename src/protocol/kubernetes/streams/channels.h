// Channels over WebSocket (`channel.k8s.io` to `v5.channel.k8s.io`): the first byte of a message names its
// channel; in v5 a message of 255 and a channel closes that channel. ChannelReader reads one direction; the
// two Streams read along, with the rules of a command or of a port-forward.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/kubernetes/streams/command.h"
#include "protocol/kubernetes/streams/forward.h"
#include "protocol/kubernetes/streams/frames.h"
#include "protocol/kubernetes/streams/read_along.h"

namespace claw::kubernetes {

constexpr std::uint8_t close_signal = 255;

struct Event {
  enum class Kind : std::uint8_t {
    data,   // A piece of what is said on `channel`.
    end,    // `channel` is closed; only where channels can be.
    ping,   // `bytes` are wanted back.
    over,   // A close frame: nothing follows.
  };
  Kind kind = Kind::data;
  std::uint8_t channel = 0;
  std::string_view bytes;  // Until the next call.
};

// The API server takes every frame of an agent for a message of its own, with a channel of its own, where
// others put them together: an agent's message in two frames is an Error.
class ChannelReader {
 public:
  ChannelReader(bool from_agent, bool can_close)
      : can_close_(can_close), frames_({.from_agent = from_agent, .may_fragment = !from_agent}) {}

  void feed(std::string_view bytes) { frames_.feed(bytes); }  // As FrameReader.
  Result<std::optional<Event>> next();

 private:
  Result<std::optional<Event>> closing(std::string_view bytes, bool is_last);

  bool can_close_;
  FrameReader frames_;
  std::optional<std::uint8_t> channel_;  // Of the message we are in.
  std::string named_;                    // By a close signal.
};

class CommandChannels final : public ReadAlong {
 public:
  CommandChannels(const Command::Settings& settings, bool can_close)
      : command_(settings), agent_(true, can_close), server_(false, can_close) {}

  std::string note() const override { return command_.note(); }

 private:
  Status read(bool from_agent, std::string_view bytes) override;

  Command command_;
  ChannelReader agent_;
  ChannelReader server_;
};

// Two channels for each port, of data and of errors; the server begins each with the port, low byte first.
class ForwardChannels final : public ReadAlong {
 public:
  explicit ForwardChannels(std::vector<std::uint16_t> ports)
      : ports_(std::move(ports)), agent_(true, false), server_(false, false) {}

  std::string note() const override { return forward_.note(); }

 private:
  Status read(bool from_agent, std::string_view bytes) override;
  struct Opened {
    std::uint8_t port_bytes = 0;  // That have come.
    std::uint16_t port = 0;
  };

  Status on_data(bool from_agent, std::uint8_t channel, std::string_view bytes);
  Status take_port(std::uint8_t channel, std::string_view& bytes);

  std::vector<std::uint16_t> ports_;  // Empty: not known.
  std::array<Opened, close_signal> opened_{};
  Forward forward_;
  ChannelReader agent_;
  ChannelReader server_;
};

}  // namespace claw::kubernetes
