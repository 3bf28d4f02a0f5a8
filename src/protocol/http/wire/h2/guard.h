// What a peer may cost us on one HTTP/2 connection, counted frame by frame before nghttp2 sees the frame.
// Every frame costs a little, and only work that was really done earns it back; so floods of PING, SETTINGS,
// PRIORITY, empty DATA, one-byte WINDOW_UPDATEs or frames for streams long gone end at a number, however they
// are mixed and cut. It has no clock: what is too much depends on the bytes alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/http/wire/h2.h"

namespace claw::http {

class H2Guard {
 public:
  // A server's peer opens with the preface of RFC 9113 §3.4, which has no frame header.
  H2Guard(const H2Limits& limits, bool reads_preface);

  // What of `bytes` belongs to the frame being read. A frame is charged for once its header is whole, and
  // only then handed on: nghttp2 counts the pieces in which a CONTINUATION's header comes as so many frames.
  struct Part {
    std::size_t used = 0;
    std::string_view header;  // When it came in pieces; ours, until the next take().
    std::string_view bytes;   // What follows it, or all.
  };
  Result<Part> take(std::string_view bytes);
  bool is_between_frames() const {
    return (header_.empty() || header_.size() == header_bytes) && payload_left_ == 0 && is_whole_preface();
  }

  enum class Progress : std::uint8_t { head, data_read, data_written };
  void earn(Progress progress);

  void on_stream_opened();
  Status charge_reset();       // One the peer sent, or made us send by what it sent.
  Status charge_own_reset();   // One our machine asked for: the peer may have provoked it.

 private:
  bool is_whole_preface() const { return preface_left_ == 0 || preface_left_ == preface_bytes; }
  Status charge_frame(std::string_view header);

  static constexpr std::size_t header_bytes = 9;
  static constexpr std::size_t preface_bytes = 24;
  const H2Limits& limits_;
  std::string header_;  // As much of a frame header as has arrived, when it comes in pieces.
  std::size_t preface_left_;
  std::size_t payload_left_ = 0;
  std::size_t block_bytes_ = 0;     // Of the field block being read, still compressed.
  std::uint32_t continuations_ = 0;
  bool is_too_long_ = false;        // The frame that begins here: nghttp2 refuses it by its header alone.
  std::uint32_t calm_;              // Frames that may still come without progress.
  std::uint64_t patience_;          // Resets that may still come, in ten-thousandths.
};

}  // namespace claw::http
