#include "protocol/websocket/frame.h"

#include <algorithm>

#include "base/cursor.h"

namespace claw::websocket {
namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t rsv1_bit = 0x40;
constexpr std::uint8_t rsv2_and_rsv3_bits = 0x30;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_in_16_bits = 126;
constexpr std::uint8_t length_in_64_bits = 127;

bool is_defined(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

Status check(const Frame& frame) {
  if (!is_defined(frame.opcode)) return invalid("undefined opcode");
  if (!frame.is_control()) return Done{};
  if (!frame.is_final) return invalid("fragmented control frame");
  if (frame.is_compressed) return invalid("compressed control frame");
  if (frame.payload_bytes > control_payload_bytes_max) return invalid("control frame too long");
  return Done{};
}

// RFC 6455 §5.2: in as few bytes as possible. Whoever reads another length sees another message behind it.
Result<std::uint64_t> take_length(Cursor& cursor, std::uint8_t first) {
  if (first == length_in_16_bits) {
    const std::uint16_t length = cursor.u16();
    if (cursor.ok() && length < length_in_16_bits) return invalid("length not in its shortest form");
    return std::uint64_t{length};
  }
  if (first == length_in_64_bits) {
    const std::uint64_t length = cursor.u64();
    if (cursor.ok() && length <= 0xffff) return invalid("length not in its shortest form");
    if (length >> 63 != 0) return invalid("length out of range");
    return length;
  }
  return std::uint64_t{first};
}

}  // namespace

Result<std::optional<Frame>> decode_frame(std::string_view bytes, bool from_client) {
  Cursor cursor(bytes);
  const std::uint8_t first = cursor.u8();
  const std::uint8_t second = cursor.u8();
  if (!cursor.ok()) return std::optional<Frame>();
  if ((first & rsv2_and_rsv3_bits) != 0) return invalid("reserved bit set");
  const bool is_masked = (second & mask_bit) != 0;
  if (is_masked != from_client) return invalid(from_client ? "frame without a mask" : "masked frame");
  Frame frame;
  frame.is_final = (first & final_bit) != 0;
  frame.is_compressed = (first & rsv1_bit) != 0;
  frame.opcode = first & 0x0f;
  frame.payload_bytes = second & 0x7f;
  CLAW_TRY_DONE(check(frame));
  CLAW_TRY(frame.payload_bytes, take_length(cursor, second & 0x7f));
  const std::string_view mask = is_masked ? cursor.take(frame.mask.size()) : std::string_view();
  if (!cursor.ok()) return std::optional<Frame>();
  std::copy(mask.begin(), mask.end(), frame.mask.begin());
  frame.header_bytes = bytes.size() - cursor.left();
  return std::optional<Frame>(frame);
}

void append_unmasked(std::string& out, std::string_view payload, const std::array<char, 4>& mask) {
  // The mask over and over, so that the compiler takes 32 bytes at a time.
  std::array<char, 32> pattern{};
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = mask[i % mask.size()];
  std::size_t at = out.size();
  out.append(payload);
  for (; at + pattern.size() <= out.size(); at += pattern.size()) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      out[at + i] = static_cast<char>(out[at + i] ^ pattern[i]);
    }
  }
  for (std::size_t i = 0; at < out.size(); ++i, ++at) out[at] = static_cast<char>(out[at] ^ pattern[i]);
}

bool is_close_code(std::uint16_t code) {
  // 1004 means nothing; 1005, 1006 and 1015 are what an API says when no frame came. 1012 to 1014: IANA.
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace claw::websocket
