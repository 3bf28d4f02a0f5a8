#include "protocol/http/wire/h2/connection.h"

namespace claw::http {

namespace {

Reset reset_of(std::uint32_t code) {
  switch (code) {
    case NGHTTP2_NO_ERROR:
    case NGHTTP2_CANCEL: return Reset::cancelled;
    case NGHTTP2_REFUSED_STREAM: return Reset::refused;
    case NGHTTP2_INTERNAL_ERROR: return Reset::internal;
    case NGHTTP2_ENHANCE_YOUR_CALM: return Reset::too_calm;
    default: return Reset::protocol;
  }
}

}  // namespace

void H2Connection::feed_session(std::string_view bytes) {
  if (bytes.empty() || failed_) return;
  is_busy_ = true;
  const ssize_t read = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  is_busy_ = false;
  if (read >= 0 || failed_) return;
  if (read == NGHTTP2_ERR_BAD_CLIENT_MAGIC) fail(invalid("no HTTP/2 preface"));
  else if (read == NGHTTP2_ERR_FLOODED) fail({Code::limit, "too many frames to be answered", {}});
  else fail(invalid(nghttp2_strerror(static_cast<int>(read))));
}

// Windows are opened for whole frames. The connection's always, so that a paused stream starves no other.
void H2Connection::settle_data() {
  const std::size_t bytes = std::exchange(data_bytes_, 0);
  if (bytes == 0) return;
  H2Stream* stream = find(data_stream_);
  nghttp2_session_consume_connection(session_.get(), bytes);
  const bool is_held = stream != nullptr && (stream->is_paused || stream->ended_in);
  if (is_held) stream->owed_bytes += bytes;
  else nghttp2_session_consume_stream(session_.get(), static_cast<std::int32_t>(data_stream_), bytes);
}

void H2Connection::on_head_begun(const nghttp2_frame&) { head_reader_.begin(); }

bool H2Connection::on_field(std::string_view name, std::string_view value) {
  if (head_reader_.add(name, value)) return true;
  fail({Code::limit, "a head that decodes to many times its limit", {}});
  return false;
}

void H2Connection::on_data(StreamId id, std::string_view bytes) {
  data_stream_ = id;
  data_bytes_ += bytes.size();
  const H2Stream* stream = find(id);
  if (stream == nullptr || stream->ended_in) return;  // The machine has given it up.
  if (is_server_ && !stream->protocol.empty() && !stream->is_upgraded) {
    return refuse_stream(id, "data for another protocol before it was agreed on");
  }
  reader_->on_body(id, bytes);
}

void H2Connection::on_frame_read(const nghttp2_frame& frame) {
  const auto id = static_cast<StreamId>(frame.hd.stream_id);
  const bool is_ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) on_request_head(id, is_ended);
      else if (const H2Stream* stream = find(id); stream != nullptr && !stream->ended_in) {
        if (is_server_ || stream->is_answered) on_trailers(id);
        else on_response_head(id, is_ended);
      }
      return;
    case NGHTTP2_DATA:
      if (frame.hd.length > frame.data.padlen) guard_.earn(H2Guard::Progress::data_read);
      if (is_ended) on_ended(id, {});
      return;
    case NGHTTP2_RST_STREAM:
      if (is_server_) charge(guard_.charge_reset());
      return lose(id, reset_of(frame.rst_stream.error_code), "the peer reset the stream");
    case NGHTTP2_GOAWAY: peer_is_leaving_ = true; return;
    default: return;  // nghttp2's own business, and the guard has counted it.
  }
}

void H2Connection::on_request_head(StreamId id, bool is_ended) {
  guard_.on_stream_opened();
  if (head_reader_.is_too_large()) return answer_too_large(id);
  auto request = head_reader_.take_request(is_ended);
  if (!request) return submit_reset(id, NGHTTP2_PROTOCOL_ERROR, false);
  guard_.earn(H2Guard::Progress::head);
  H2Stream& stream = streams_[id];
  stream.protocol = request->protocol;
  const bool is_extended = !stream.protocol.empty();
  reader_->on_request(id, std::move(*request));
  if (is_ended) on_ended(id, {});
  // As after an HTTP/1 upgrade: the request is whole, and what follows belongs to the other protocol.
  else if (is_extended && find(id) != nullptr) reader_->on_end(id, {});
}

void H2Connection::on_response_head(StreamId id, bool is_ended) {
  if (head_reader_.is_too_large()) return refuse_stream(id, "the head of the response is too large");
  auto response = head_reader_.take_response();
  if (!response) return refuse_stream(id, "the head of the response makes no sense");
  if (response->status < 200) {  // Earns nothing: a server could say `wait` for ever.
    response->has_body = false;
    return reader_->on_response(id, std::move(*response));
  }
  guard_.earn(H2Guard::Progress::head);
  H2Stream& stream = streams_[id];
  stream.is_answered = true;
  const bool is_bare = stream.is_head || response->status == 204 || response->status == 304;
  if (is_ended && !is_bare && !response->length) response->length = 0;  // For HTTP/1, which must be told.
  response->has_body = !is_ended && !is_bare;
  if (!stream.protocol.empty()) {
    if (response->status / 100 == 2) {
      response->status = 101;
      response->protocol = stream.protocol;
      response->has_body = false;
    } else {
      stream.ended_out = true;  // Refused: nothing is left to be said on it.
      nghttp2_session_resume_data(session_.get(), static_cast<std::int32_t>(id));
    }
  }
  reader_->on_response(id, std::move(*response));
  if (is_ended) on_ended(id, {});
}

void H2Connection::on_trailers(StreamId id) {
  auto trailers = head_reader_.take_trailers();
  if (!trailers) return refuse_stream(id, "trailers hold what belongs into the head");
  on_ended(id, std::move(*trailers));
}

void H2Connection::on_ended(StreamId id, Fields trailers) {
  H2Stream* stream = find(id);
  if (stream == nullptr || std::exchange(stream->ended_in, true)) return;
  reader_->on_end(id, std::move(trailers));
  stream = find(id);
  if (is_server_ || stream == nullptr || stream->ended_out || stream->is_upgraded) return;
  // An answer before the end of its request: the server has made up its mind, the rest is not wanted.
  streams_.erase(id);
  submit_reset(id, NGHTTP2_CANCEL, true);
}

// Both halves over: an ordinary end. Else nghttp2 found something wrong, or the peer leaves without
// answering.
void H2Connection::on_stream_closed(StreamId id, std::uint32_t code) {
  const bool is_left = code == NGHTTP2_REFUSED_STREAM;
  lose(id, reset_of(code), is_left ? "the peer will not read it" : "the peer broke the rules of HTTP/2");
}

void H2Connection::refuse_stream(StreamId id, std::string_view why) {
  submit_reset(id, NGHTTP2_PROTOCOL_ERROR, false);
  lose(id, Reset::protocol, why);
}

void H2Connection::lose(StreamId id, Reset why, std::string_view detail) {
  const H2Stream* stream = find(id);
  if (stream == nullptr) return;
  // To a client nothing follows an answer; to a server a request may be taken back while it is answered.
  const bool is_over = stream->ended_in && (stream->ended_out || !is_server_);
  streams_.erase(id);
  if (is_over) return;
  if (reader_ != nullptr) reader_->on_reset(id, why, detail);
  else untold_.push_back({id, why, detail});
}

void H2Connection::tell_untold() {
  for (const Untold& each : std::exchange(untold_, {})) reader_->on_reset(each.stream, each.why, each.detail);
}

}  // namespace claw::http
