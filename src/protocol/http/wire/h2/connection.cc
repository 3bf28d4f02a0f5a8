#include "protocol/http/wire/h2/connection.h"

#include <limits>

namespace claw::http {

namespace {

constexpr std::size_t farewell_bytes_max = 200;

std::uint32_t code_of(Code code) {
  switch (code) {
    case Code::invalid: return NGHTTP2_PROTOCOL_ERROR;
    case Code::limit: return NGHTTP2_ENHANCE_YOUR_CALM;
    case Code::timeout: return NGHTTP2_NO_ERROR;  // Nobody did anything wrong.
    case Code::unsupported:
    case Code::not_found:
    case Code::denied:
    case Code::unavailable: return NGHTTP2_INTERNAL_ERROR;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

}  // namespace

H2Connection::H2Connection(bool is_server, const H2Limits& limits, StreamId first_id)
    : is_server_(is_server),
      limits_(limits),
      guard_(limits_, is_server),
      head_reader_(limits_),
      session_(make_h2_session(is_server, limits_, *this)) {
  if (is_server) return;
  CLAW_CHECK(nghttp2_session_set_next_stream_id(session_.get(), static_cast<std::int32_t>(first_id)) == 0);
}

Result<std::size_t> H2Connection::feed(std::string_view bytes, Reader& reader, Output out) {
  CLAW_CHECK(!is_busy_);
  if (failed_) return *failed_;
  reader_ = &reader;
  tell_untold();
  std::size_t used = 0;
  while (used < bytes.size() && !failed_) {
    const auto part = guard_.take(bytes.substr(used));
    if (!part) {
      fail(part.error());
      break;
    }
    feed_session(part->header);
    feed_session(part->bytes);
    used += part->used;
    if (!guard_.is_between_frames() && !failed_) continue;
    settle_data();
    drain(out);
  }
  send_run(out);
  reader_ = nullptr;
  if (failed_) return *failed_;
  return used;
}

void H2Connection::peer_closed(Reader& reader) {
  fail({Code::unavailable, "the peer closed the connection", {}});
  reader_ = &reader;
  tell_untold();
  while (!streams_.empty()) lose(streams_.begin()->first, Reset::cancelled, "the peer closed the connection");
  reader_ = nullptr;
}

// What nghttp2 found wrong it has said itself.
void H2Connection::goodbye(const Error& why, Output out) {
  if (!std::exchange(said_goodbye_, true)) {
    const std::string_view text = std::string_view(why.what).substr(0, farewell_bytes_max);
    const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_.get());
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, code_of(why.code),
                          reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  fail(why);
  flush(out);
}

bool H2Connection::can_write(StreamId id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() || found->second.unsent.size() < limits_.unsent_bytes_max;
}

void H2Connection::pause(StreamId id, bool paused, Output out) {
  H2Stream* stream = find(id);
  if (stream == nullptr) return;
  stream->is_paused = paused;
  if (paused || stream->owed_bytes == 0) return;
  nghttp2_session_consume_stream(session_.get(), static_cast<std::int32_t>(id),
                                 std::exchange(stream->owed_bytes, 0));
  flush(out);
}

bool H2Connection::can_open() const {
  const std::uint32_t peer_max =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return !is_server_ && !failed_ && !peer_is_leaving_ && has_ids() &&
         streams_.size() < std::min(peer_max, limits_.streams_max);
}

// Two are left over, so that one can always be given to an open() that fails.
bool H2Connection::has_ids() const {
  return nghttp2_session_get_next_stream_id(session_.get()) <= std::numeric_limits<std::int32_t>::max() - 2;
}

bool H2Connection::must_close() const {
  return failed_ || ((peer_is_leaving_ || (!is_server_ && !has_ids())) && streams_.empty());
}

bool H2Connection::is_idle() const {
  return streams_.empty() && untold_.empty() && guard_.is_between_frames() && !must_close();
}

void H2Connection::upgrade(StreamId id) {
  if (H2Stream* stream = find(id)) stream->is_upgraded = true;
}

void H2Connection::fail(Error why) {
  if (!failed_) failed_ = std::move(why);
}

void H2Connection::charge(const Status& status) {
  if (!status) fail(status.error());
}

H2Stream* H2Connection::find(StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace claw::http
