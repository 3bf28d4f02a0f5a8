#include "protocol/http/wire/h2/guard.h"

#include <algorithm>

#include "base/cursor.h"

namespace claw::http {

namespace {

enum : std::uint8_t { headers_frame = 1, push_frame = 5, continuation_frame = 9 };

constexpr std::size_t frame_bytes_max = 16'384;  // RFC 9113 §4.2, unless we say otherwise, and we do not.

// A head of head_bytes_max fits into four frames. More only serve to keep a decoder busy (CVE-2024-28182).
constexpr std::uint32_t continuations_max = 7;

constexpr std::uint64_t one_reset = 10'000;     // Of patience: resets_max are granted per 10,000 streams.
constexpr std::uint64_t one_own_reset = 1'000;  // Ours are seldom the peer's doing.

constexpr std::uint32_t worth_of(H2Guard::Progress progress) {
  switch (progress) {
    case H2Guard::Progress::head: return 8;          // Itself, a PRIORITY, windows and a PING around it.
    case H2Guard::Progress::data_read: return 2;     // Itself and a little: gRPC measures with PINGs.
    case H2Guard::Progress::data_written: return 4;  // Some peers open two windows for every frame.
  }
  return 0;
}

Error too_much(std::string what) { return {Code::limit, std::move(what), {}}; }

}  // namespace

H2Guard::H2Guard(const H2Limits& limits, bool reads_preface)
    : limits_(limits),
      preface_left_(reads_preface ? preface_bytes : 0),
      calm_(limits.control_frames_max),
      patience_(limits.resets_max * one_reset) {}

Result<H2Guard::Part> H2Guard::take(std::string_view bytes) {
  if (is_too_long_) return invalid("a frame longer than we allow");
  if (header_.size() == header_bytes) header_.clear();
  Part part;
  if (preface_left_ > 0) {
    part.used = std::min(preface_left_, bytes.size());
    preface_left_ -= part.used;
    part.bytes = bytes.substr(0, part.used);
    return part;
  }
  std::size_t from = 0;
  if (payload_left_ == 0 && header_.empty() && bytes.size() >= header_bytes) {
    CLAW_TRY_DONE(charge_frame(bytes.substr(0, header_bytes)));
    part.used = header_bytes;
  } else if (payload_left_ == 0) {
    from = std::min(header_bytes - header_.size(), bytes.size());
    part.used = from;
    header_.append(bytes.substr(0, from));
    if (header_.size() < header_bytes) return part;
    CLAW_TRY_DONE(charge_frame(header_));
    part.header = header_;
  }
  const std::size_t more = std::min(payload_left_, bytes.size() - part.used);
  payload_left_ -= more;
  part.used += more;
  part.bytes = bytes.substr(from, part.used - from);
  return part;
}

Status H2Guard::charge_frame(std::string_view header) {
  Cursor cursor(header);
  payload_left_ = std::size_t{cursor.u8()} << 16;
  payload_left_ |= cursor.u16();
  is_too_long_ = payload_left_ > frame_bytes_max;
  if (is_too_long_) payload_left_ = 0;
  const std::uint8_t type = cursor.u8();
  // We never allow it; nghttp2 would, until the peer has said that it read so.
  if (type == push_frame) return invalid("a pushed stream");
  if (type == continuation_frame) {
    block_bytes_ += payload_left_;
    if (++continuations_ > continuations_max) return too_much("a head in too many frames");
  } else {
    continuations_ = 0;
    block_bytes_ = type == headers_frame ? payload_left_ : 0;
  }
  // Compression makes a head smaller; one twice as large as it may be decoded is not worth decoding.
  if (block_bytes_ > 2 * limits_.head_bytes_max) return too_much("a compressed head is too large");
  if (calm_ == 0) return too_much("too many frames without progress");
  --calm_;
  return Done{};
}

void H2Guard::earn(Progress progress) {
  calm_ = std::min(calm_ + worth_of(progress), limits_.control_frames_max);
}

void H2Guard::on_stream_opened() {
  patience_ = std::min<std::uint64_t>(patience_ + limits_.resets_max, limits_.resets_max * one_reset);
}

Status H2Guard::charge_reset() {
  if (patience_ < one_reset) return too_much("too many streams were reset");
  patience_ -= one_reset;
  return Done{};
}

Status H2Guard::charge_own_reset() {
  if (patience_ < one_own_reset) return too_much("too many streams had to be reset");
  patience_ -= one_own_reset;
  return Done{};
}

}  // namespace claw::http
