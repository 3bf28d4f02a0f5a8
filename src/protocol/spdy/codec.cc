#include "protocol/spdy/codec.h"

#include <algorithm>

#include "base/check.h"
#include "base/cursor.h"

namespace claw::spdy {
namespace {

constexpr std::size_t frame_head_bytes = 8;
constexpr std::uint32_t control_bit = 0x80000000;
constexpr std::uint32_t length_bits = 0x00ffffff;
constexpr std::uint16_t version = 3;  // 3.1 writes it too.

constexpr std::uint8_t flag_fin = 1;
constexpr std::uint8_t flag_one_way = 2;

enum Type : std::uint16_t {
  syn_stream = 1, syn_reply = 2, rst_stream = 3, settings = 4, ping = 6, goaway = 7, headers = 8,
  window_update = 9,
};

struct Head {
  std::uint32_t first = 0;
  std::uint8_t flags = 0;
  std::size_t length = 0;
  bool is_control() const { return (first & control_bit) != 0; }
};

Head read_head(std::string_view bytes) {
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.u32();
  const std::uint32_t second = cursor.u32();
  return {first, static_cast<std::uint8_t>(second >> 24), second & length_bits};
}

Result<StreamId> as_stream(std::uint32_t id) {
  if (id == 0 || (id & control_bit) != 0) return invalid("SPDY frame of no stream");
  return id;
}

// Frames of two numbers and no flags: an end that reads only those would take what follows for a new frame.
Result<std::pair<std::uint32_t, std::uint32_t>> read_two(std::uint8_t flags, std::string_view body) {
  Cursor cursor(body);
  const std::uint32_t first = cursor.u32();
  const std::uint32_t second = cursor.u32();
  if (flags != 0 || !cursor.done()) return invalid("SPDY control frame of a wrong length or with flags");
  return std::pair(first, second);
}

Result<Frame> read_reset(std::uint8_t flags, std::string_view body) {
  CLAW_TRY(const auto two, read_two(flags, body));
  CLAW_TRY(const StreamId stream, as_stream(two.first));
  if (two.second == 0) return invalid("SPDY reset without a reason");
  return Frame(Reset{stream, two.second});
}

Result<Frame> read_goaway(std::uint8_t flags, std::string_view body) {
  CLAW_TRY(const auto two, read_two(flags, body));
  if ((two.first & control_bit) != 0) return invalid("SPDY frame of no stream");
  return Frame(GoAway{two.first, two.second});
}

Result<Frame> read_window_update(std::uint8_t flags, std::string_view body) {
  CLAW_TRY(const auto two, read_two(flags, body));
  const bool is_valid = ((two.first | two.second) & control_bit) == 0 && two.second != 0;
  if (!is_valid) return invalid("SPDY window that makes no sense");
  return Frame(WindowUpdate{two.first, two.second});
}

Result<Frame> read_ping(std::uint8_t flags, std::string_view body) {
  Cursor cursor(body);
  const std::uint32_t id = cursor.u32();
  if (flags != 0 || !cursor.done() || id == 0) return invalid("SPDY ping that makes no sense");
  return Frame(Ping{id});
}

Result<Frame> read_settings(std::uint8_t flags, std::string_view body) {
  Cursor cursor(body);
  const std::uint64_t count = cursor.u32();
  if (flags > 1 || !cursor.ok() || cursor.left() != count * 8) {
    return invalid("SPDY settings of a wrong length");
  }
  return Frame(Settings{});
}

// SYN_REPLY and HEADERS look the same.
template <class T>
Result<Frame> read_headers(std::uint8_t flags, std::string_view body, HeaderReader& reader) {
  Cursor cursor(body);
  CLAW_TRY(const StreamId stream, as_stream(cursor.u32()));
  if (flags > flag_fin) return invalid("SPDY flags that are not defined");
  CLAW_TRY(Headers read, reader.read(cursor.rest()));
  return Frame(T{stream, flags == flag_fin, std::move(read)});
}

}  // namespace

void Decoder::feed(std::string_view bytes) {
  CLAW_CHECK(rest_.empty() || failed_);
  rest_ = bytes;
}

Result<std::optional<Frame>> Decoder::next() {
  if (failed_) return *failed_;
  Result<std::optional<Frame>> result = step();
  if (!result) {
    failed_ = result.error();
    kept_ = std::string();
    rest_ = {};
  }
  return result;
}

Result<std::optional<Frame>> Decoder::step() {
  if (is_in_data_) {
    if (rest_.empty() && data_left_ > 0) return std::optional<Frame>();
    return std::optional(data_piece());
  }
  if (!kept_.empty() || rest_.size() < frame_head_bytes) {  // A first 8 bytes that come in two parts.
    const std::size_t lacking = frame_head_bytes - std::min(frame_head_bytes, kept_.size());
    const std::size_t taken = std::min(lacking, rest_.size());
    kept_.append(rest_.substr(0, taken));
    rest_.remove_prefix(taken);
    if (kept_.size() < frame_head_bytes) return std::optional<Frame>();
  }
  const Head head = read_head(kept_.empty() ? rest_ : std::string_view(kept_));
  if (head.is_control()) return control(kept_.empty() ? rest_ : std::string_view(kept_));
  if (kept_.empty()) rest_.remove_prefix(frame_head_bytes);
  kept_.clear();
  CLAW_TRY(stream_, as_stream(head.first));
  if (head.flags > flag_fin) return invalid("SPDY flags that are not defined");
  is_fin_ = head.flags == flag_fin;
  data_left_ = head.length;
  is_in_data_ = true;
  if (rest_.empty() && data_left_ > 0) return std::optional<Frame>();
  return std::optional(data_piece());
}

Frame Decoder::data_piece() {
  const std::string_view bytes = rest_.substr(0, std::min(rest_.size(), data_left_));
  rest_.remove_prefix(bytes.size());
  data_left_ -= bytes.size();
  is_in_data_ = data_left_ > 0;
  return Piece{stream_, bytes, is_fin_ && !is_in_data_};
}

// `bytes` begin with the frame: what was kept of it, or else all that is there.
Result<std::optional<Frame>> Decoder::control(std::string_view bytes) {
  const Head head = read_head(bytes);
  if ((head.first & ~control_bit) >> 16 != version) return invalid("not SPDY version 3");
  if (head.length > control_frame_bytes_max) {
    return Error{Code::limit, "SPDY control frame too long", {}};
  }
  const std::size_t whole = frame_head_bytes + head.length;
  const bool is_kept = !kept_.empty();
  if (is_kept || rest_.size() < whole) {
    const std::size_t taken = std::min(whole - kept_.size(), rest_.size());
    kept_.append(rest_.substr(0, taken));
    rest_.remove_prefix(taken);
    if (kept_.size() < whole) return std::optional<Frame>();
    bytes = kept_;
  }
  const std::string_view body = bytes.substr(frame_head_bytes, head.length);
  CLAW_TRY(Frame frame, read_control(static_cast<std::uint16_t>(head.first), head.flags, body));
  if (kept_.empty()) rest_.remove_prefix(whole);
  kept_ = std::string();  // Nothing waits in it for hours.
  return std::optional(std::move(frame));
}

Result<Frame> Decoder::read_control(std::uint16_t type, std::uint8_t flags, std::string_view body) {
  switch (type) {
    case syn_stream: return read_syn_stream(flags, body);
    case syn_reply: return read_headers<SynReply>(flags, body, headers_);
    case headers: return read_headers<MoreHeaders>(flags, body, headers_);
    case rst_stream: return read_reset(flags, body);
    case settings: return read_settings(flags, body);
    case ping: return read_ping(flags, body);
    case goaway: return read_goaway(flags, body);
    case window_update: return read_window_update(flags, body);
    default: return invalid("SPDY frame of a type that is not read");
  }
}

Result<Frame> Decoder::read_syn_stream(std::uint8_t flags, std::string_view body) {
  Cursor cursor(body);
  CLAW_TRY(const StreamId stream, as_stream(cursor.u32()));
  const std::uint32_t parent = cursor.u32();
  cursor.u8();  // Priority: between the two ends.
  const std::uint8_t slot = cursor.u8();
  if (flags > (flag_fin | flag_one_way)) return invalid("SPDY flags that are not defined");
  if (!cursor.ok() || parent != 0 || slot != 0) return invalid("SPDY stream with a parent or a certificate");
  CLAW_TRY(Headers read, headers_.read(cursor.rest()));
  return Frame(SynStream{stream, (flags & flag_fin) != 0, (flags & flag_one_way) != 0, std::move(read)});
}

}  // namespace claw::spdy
