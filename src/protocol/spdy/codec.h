// Bytes of SPDY/3.1 to frames, one decoder for each direction. Reads strictly: version 3, known types and
// flags, every length exactly what its type has, headers by headers.h. Data is passed on as it comes and
// never gathered; a control frame is, up to a limit. Says nothing about streams: that is session.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/spdy/headers.h"
#include "protocol/spdy/message.h"

namespace claw::spdy {

constexpr std::size_t control_frame_bytes_max = 16 * 1024;  // Without its first 8.

class Decoder {
 public:
  // Views into `bytes` are kept until next() has said that there is no more: ask it until then.
  void feed(std::string_view bytes);
  Result<std::optional<Frame>>
  next();  // A frame or a piece of one, not yet, or why this peer makes no sense.

 private:
  Result<std::optional<Frame>> step();
  Result<std::optional<Frame>> control(std::string_view bytes);
  Result<Frame> read_control(std::uint16_t type, std::uint8_t flags, std::string_view body);
  Result<Frame> read_syn_stream(std::uint8_t flags, std::string_view body);
  Frame data_piece();

  std::string_view rest_;         // Of what was fed.
  std::string kept_;              // The beginning of a control frame, or of any frame's first 8 bytes.
  bool is_in_data_ = false;
  StreamId stream_ = 0;           // Of the data frame we are in.
  bool is_fin_ = false;
  std::size_t data_left_ = 0;
  HeaderReader headers_;
  std::optional<Error> failed_;
};

}  // namespace claw::spdy
