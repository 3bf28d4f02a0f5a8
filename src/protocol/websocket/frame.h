// One frame's header by RFC 6455 §5.2, with all that can be said against it before its payload has come.
// Who calls it knows what the frames before it were.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::websocket {

constexpr std::size_t control_payload_bytes_max = 125;  // RFC 6455 §5.5.

struct Frame {
  bool is_final = false;
  bool is_compressed = false;  // RSV1 (RFC 7692 §6).
  std::uint8_t opcode = 0;     // One of those that are defined; 0 continues.
  std::array<char, 4> mask{};
  std::size_t header_bytes = 0;
  std::uint64_t payload_bytes = 0;

  bool is_control() const { return opcode >= 8; }
};

// A header, not yet, or why it makes no sense. A client's frames must be masked, a server's must not be.
Result<std::optional<Frame>> decode_frame(std::string_view bytes, bool from_client);

// Appends `payload` with the mask taken off (or put on: it is the same).
void append_unmasked(std::string& out, std::string_view payload, const std::array<char, 4>& mask);

bool is_close_code(std::uint16_t code);  // May this code stand in a close frame (RFC 6455 §7.4)?

}  // namespace claw::websocket
