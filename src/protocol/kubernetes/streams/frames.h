// WebSocket frames as they come, without gathering a message: one direction's reader for those who count and
// look along, where a message may be of any length. As strict about frames as websocket::Decoder; compression
// is not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/websocket/codec.h"
#include "protocol/websocket/frame.h"

namespace claw::kubernetes {

struct MessagePiece {
  websocket::Opcode opcode = websocket::Opcode::binary;
  std::string_view bytes;   // Unmasked; until the next call.
  bool is_first = false;    // Of its message.
  bool is_last = false;     // Control frames come whole: first and last.
};

class FrameReader {
 public:
  struct Settings {
    bool from_agent = true;   // Then frames must be masked, else they must not be.
    bool may_fragment = true; // May a message come in several frames?
  };
  explicit FrameReader(Settings settings) : settings_(settings) {}

  // Views into `bytes` are kept until next() has said that there is no more: ask it until then.
  void feed(std::string_view bytes);
  Result<std::optional<MessagePiece>> next();

 private:
  Result<std::optional<MessagePiece>> step();
  void begin(const websocket::Frame& frame);
  Status admit(const websocket::Frame& frame) const;
  Result<MessagePiece> control(const websocket::Frame& frame, std::string_view payload);
  MessagePiece payload_piece();
  std::string_view unmasked(std::string_view bytes);

  Settings settings_;
  std::string_view rest_;   // Of what was fed.
  std::string kept_;        // The beginning of a frame's head, or of a control frame.
  std::string clear_;       // What the last piece's bytes view, where a mask was taken off.
  std::optional<websocket::Frame> frame_;  // The data frame we are in.
  std::uint64_t read_ = 0;                 // Of its payload.
  std::optional<websocket::Opcode> message_;  // The message whose last frame has not come.
  bool is_first_ = false;
  bool is_closed_ = false;
  std::optional<Error> failed_;
};

}  // namespace claw::kubernetes
