#include "protocol/websocket/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"

namespace claw::websocket {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view tail = "\x00\x00\xff\xff"sv;  // What the sender left off (RFC 7692 §7.2.1).
constexpr int unused_bits = 63;
constexpr int at_block_end = 128;  // Of z_stream::data_type, see inflate() in zlib.h.

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

}  // namespace

struct Inflater::State {
  z_stream stream{};
  bool has_ended = false;   // By a block that calls itself the last.
  std::string after_end;    // What followed it.
};

Inflater::Inflater(int window_bits) : state_(std::make_unique<State>()) {
  CLAW_CHECK(window_bits >= 8 && window_bits <= 15);
  CLAW_CHECK(inflateInit2(&state_->stream, -window_bits) == Z_OK);  // Negative: without zlib's own header.
}

Inflater::~Inflater() { inflateEnd(&state_->stream); }

Status Inflater::add(std::string_view piece, std::string& out, std::size_t bytes_max) {
  State& state = *state_;
  CLAW_CHECK(piece.size() <= std::numeric_limits<uInt>::max());
  std::array<Bytef, 16 * 1024> buffer;
  state.stream.next_in = bytes_of(piece);
  state.stream.avail_in = static_cast<uInt>(piece.size());
  while (!state.has_ended) {
    state.stream.next_out = buffer.data();
    state.stream.avail_out = static_cast<uInt>(buffer.size());
    const int result = inflate(&state.stream, Z_SYNC_FLUSH);
    const std::size_t made = buffer.size() - state.stream.avail_out;
    if (made > bytes_max - out.size()) return Error{Code::limit, "message too long when inflated", {}};
    out.append(buffer.begin(), buffer.begin() + made);
    if (result == Z_BUF_ERROR) return Done{};  // No input left, and nothing that waits to come out.
    if (result != Z_OK && result != Z_STREAM_END) return invalid("payload is no deflate stream");
    state.has_ended = result == Z_STREAM_END;
    if (!state.has_ended && state.stream.avail_in == 0 && state.stream.avail_out != 0) return Done{};
  }
  const std::string_view rest = piece.substr(piece.size() - state.stream.avail_in);
  state.after_end.append(rest.substr(0, 2));  // More than one byte is wrong whatever it is.
  return Done{};
}

// RFC 7692 §7.2.3.4: a last block may be followed by the header of an empty one, and no more: whether what
// came next could refer to what was before, receivers disagree.
Status Inflater::finish(std::string& out, std::size_t bytes_max) {
  State& state = *state_;
  if (!state.has_ended) {
    CLAW_TRY_DONE(add(tail, out, bytes_max));
    const int type = state.stream.data_type;
    const bool is_aligned = !state.has_ended && (type & at_block_end) != 0 && (type & unused_bits) == 0;
    if (!is_aligned) return invalid("payload does not end with a deflate block");
    return Done{};
  }
  if (state.after_end != "\0"sv) return invalid("payload goes on behind its last deflate block");
  forget();
  return Done{};
}

void Inflater::forget() {
  CLAW_CHECK(inflateReset(&state_->stream) == Z_OK);
  state_->has_ended = false;
  state_->after_end.clear();
}

}  // namespace claw::websocket
