#include "protocol/kubernetes/streams/frames.h"

#include <algorithm>

#include "base/check.h"

namespace claw::kubernetes {

using websocket::Frame;
using websocket::Opcode;

namespace {

constexpr std::size_t head_bytes_max = 14;
constexpr std::size_t control_frame_bytes_max = head_bytes_max + websocket::control_payload_bytes_max;
constexpr std::size_t unmasked_bytes_max = 16 * 1024;  // At once: what a connection that waits keeps.

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  CLAW_CHECK(rest_.empty() || failed_);
  rest_ = bytes;
}

Result<std::optional<MessagePiece>> FrameReader::next() {
  if (failed_) return *failed_;
  Result<std::optional<MessagePiece>> result = step();
  if (!result) {
    failed_ = result.error();
    rest_ = {};
    kept_ = std::string();
  }
  return result;
}

Result<std::optional<MessagePiece>> FrameReader::step() {
  if (frame_) {
    if (rest_.empty()) return std::optional<MessagePiece>();
    return std::optional(payload_piece());
  }
  const std::size_t kept_before = kept_.size();
  std::string_view bytes = rest_;
  if (kept_before > 0) {
    kept_.append(rest_.substr(0, control_frame_bytes_max - kept_before));
    bytes = kept_;
  }
  CLAW_TRY(const std::optional<Frame> frame, websocket::decode_frame(bytes, settings_.from_agent));
  if (frame) CLAW_TRY_DONE(admit(*frame));
  const std::size_t whole =
      frame ? frame->header_bytes + (frame->is_control() ? frame->payload_bytes : 0) : bytes.size() + 1;
  if (bytes.size() < whole) {
    if (kept_before == 0) kept_ = bytes;
    rest_ = {};
    return std::optional<MessagePiece>();
  }
  rest_.remove_prefix(whole - kept_before);
  if (frame->is_control()) {
    CLAW_TRY(const MessagePiece piece,
             control(*frame, bytes.substr(frame->header_bytes, frame->payload_bytes)));
    kept_.clear();
    return std::optional(piece);
  }
  kept_.clear();
  begin(*frame);
  if (rest_.empty() && frame_->payload_bytes > 0) return std::optional<MessagePiece>();
  return std::optional(payload_piece());
}

Status FrameReader::admit(const Frame& frame) const {
  if (is_closed_) return invalid("frame after a close frame");
  if (frame.is_compressed) return invalid("compressed, which was not agreed");
  if (frame.is_control()) return Done{};
  const bool continues = frame.opcode == 0;
  if (continues && !message_) return invalid("continuation of nothing");
  if (!continues && message_) return invalid("a new message within another");
  if (!settings_.may_fragment && !frame.is_final) return invalid("a message in more than one frame");
  return Done{};
}

Result<MessagePiece> FrameReader::control(const Frame& frame, std::string_view payload) {
  const auto opcode = static_cast<Opcode>(frame.opcode);
  if (opcode == Opcode::close) {
    if (payload.size() == 1) return invalid("close frame without a valid code");
    is_closed_ = true;
  }
  clear_.clear();
  websocket::append_unmasked(clear_, payload, frame.mask);
  return MessagePiece{opcode, clear_, true, true};
}

void FrameReader::begin(const Frame& frame) {
  is_first_ = frame.opcode != 0;
  if (is_first_) message_ = static_cast<Opcode>(frame.opcode);
  frame_ = frame;
  read_ = 0;
}

MessagePiece FrameReader::payload_piece() {
  const std::uint64_t left = frame_->payload_bytes - read_;
  std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left, rest_.size()));
  if (settings_.from_agent) count = std::min(count, unmasked_bytes_max);
  MessagePiece piece{*message_, rest_.substr(0, count), std::exchange(is_first_, false), false};
  rest_.remove_prefix(count);
  if (settings_.from_agent) piece.bytes = unmasked(piece.bytes);
  read_ += count;
  if (read_ < frame_->payload_bytes) return piece;
  piece.is_last = frame_->is_final;
  frame_.reset();
  if (piece.is_last) message_.reset();
  return piece;
}

std::string_view FrameReader::unmasked(std::string_view bytes) {
  std::array<char, 4> mask{};  // As it stands at this byte of the payload.
  for (std::size_t i = 0; i < mask.size(); ++i) mask.at(i) = frame_->mask.at((read_ + i) % mask.size());
  clear_.clear();
  websocket::append_unmasked(clear_, bytes, mask);
  return clear_;
}

}  // namespace claw::kubernetes
