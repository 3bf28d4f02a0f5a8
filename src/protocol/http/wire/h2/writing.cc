#include "protocol/http/wire/h2/connection.h"

#include <algorithm>

#include "base/text.h"

namespace claw::http {

namespace {

// A DATA frame that shows the peer opens its window in earnest. One that dribbles is a peer that wants us
// busy (CVE-2019-9511), unless there was no more to send.
constexpr std::size_t honest_data_bytes = 1024;

std::uint32_t code_of(Reset why) {
  switch (why) {
    case Reset::cancelled: return NGHTTP2_CANCEL;
    case Reset::refused: return NGHTTP2_REFUSED_STREAM;
    case Reset::internal: return NGHTTP2_INTERNAL_ERROR;
    case Reset::protocol: return NGHTTP2_PROTOCOL_ERROR;
    case Reset::too_calm: return NGHTTP2_ENHANCE_YOUR_CALM;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

std::int32_t number_of(StreamId id) { return static_cast<std::int32_t>(id); }

}  // namespace

StreamId H2Connection::open(const Request& request, Output out) {
  CLAW_CHECK(can_open());
  nghttp2_session* session = session_.get();
  const bool is_extended = !request.protocol.empty();
  if (is_extended &&
      nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 1) {
    return open_refused("the peer has not agreed to other protocols inside HTTP/2", out);
  }
  if (!head_writer_.write(request)) return open_refused("the request cannot be written as HTTP/2", out);
  const bool goes_on = request.has_body || is_extended;
  const nghttp2_data_provider body = make_h2_body();
  const auto& entries = head_writer_.entries();
  const std::int32_t submitted = nghttp2_submit_request(session, nullptr, entries.data(), entries.size(),
                                                        goes_on ? &body : nullptr, nullptr);
  CLAW_CHECK(submitted > 0);  // Only memory can be short.
  const auto id = static_cast<StreamId>(submitted);
  H2Stream& stream = streams_[id];
  stream.ticket = out.ticket;
  stream.protocol = request.protocol;
  stream.is_head = request.method == "HEAD" && !is_extended;
  stream.ended_out = !goes_on;
  flush(out);
  return id;
}

// A number of its own, told at the next feed(); the PING sees to it that there is one.
StreamId H2Connection::open_refused(std::string_view why, Output out) {
  const auto id = static_cast<StreamId>(nghttp2_session_get_next_stream_id(session_.get()));
  CLAW_CHECK(nghttp2_session_set_next_stream_id(session_.get(), number_of(id + 2)) == 0);
  untold_.push_back({id, Reset::refused, why});
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  flush(out);
  return id;
}

void H2Connection::respond(StreamId id, const Response& response, Output out) {
  H2Stream* stream = find_writable(id, out.ticket);
  if (stream == nullptr || stream->is_answered) return;
  submit_response(id, *stream, response);
  flush(out);
}

void H2Connection::submit_response(StreamId id, H2Stream& stream, const Response& response) {
  const bool is_switch = response.status == 101;
  const bool agrees = !stream.protocol.empty() && (is_switch || response.status / 100 == 2);
  if (!head_writer_.write(response) || (is_switch && !agrees)) {
    submit_reset(id, NGHTTP2_INTERNAL_ERROR, true);
    return lose(id, Reset::internal, "the response cannot be written as HTTP/2");
  }
  const auto& entries = head_writer_.entries();
  if (response.status < 200 && !is_switch) {
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, number_of(id), nullptr, entries.data(),
                           entries.size(), nullptr);
    return;
  }
  const bool goes_on = response.has_body || agrees;
  const nghttp2_data_provider body = make_h2_body();
  stream.is_answered = true;
  stream.ended_out = !goes_on;
  if (!agrees && !stream.protocol.empty()) {  // Not agreed on: the peer has nothing more to say here.
    stream.ended_in = true;
    stream.stop_peer = true;
  }
  nghttp2_submit_response(session_.get(), number_of(id), entries.data(), entries.size(),
                          goes_on ? &body : nullptr);
}

// The machine is not asked: it has no request to answer.
void H2Connection::answer_too_large(StreamId id) {
  Response response;
  response.status = 431;
  response.length = 0;
  CLAW_CHECK(head_writer_.write(response).ok());
  const auto& entries = head_writer_.entries();
  nghttp2_submit_response(session_.get(), number_of(id), entries.data(), entries.size(), nullptr);
}

void H2Connection::body(StreamId id, std::string_view bytes, Output out) {
  H2Stream* stream = find_writable(id, out.ticket);
  if (stream == nullptr || bytes.empty() || (is_server_ && !stream->is_answered)) return;
  if (is_busy_) {
    stream->unsent.keep(bytes);
    nghttp2_session_resume_data(session_.get(), number_of(id));
    return;
  }
  stream->unsent.show(bytes);
  nghttp2_session_resume_data(session_.get(), number_of(id));
  flush(out);
  if ((stream = find(id)) != nullptr) stream->unsent.keep_rest();
}

void H2Connection::end(StreamId id, const Fields& trailers, Output out) {
  H2Stream* stream = find_writable(id, out.ticket);
  if (stream == nullptr || (is_server_ && !stream->is_answered)) return;
  stream->ended_out = true;
  stream->trailers = trailers;
  nghttp2_session_resume_data(session_.get(), number_of(id));
  flush(out);
}

void H2Connection::reset(StreamId id, Reset why, Output out) {
  H2Stream* stream = find(id);
  if (stream == nullptr || failed_) return;
  if (is_server_) charge(guard_.charge_own_reset());
  const bool is_answer_out = nghttp2_session_get_stream_local_close(session_.get(), number_of(id)) == 1;
  if (is_server_ && is_answer_out) {
    stop_after_answer(id);
  } else {
    streams_.erase(id);
    submit_reset(id, code_of(why), true);
  }
  flush(out);
}

// RFC 9113 §8.1: an answer may end before its request; NO_ERROR asks for no more of that, and harms no
// answer.
void H2Connection::stop_after_answer(StreamId id) {
  streams_.erase(id);
  if (nghttp2_session_get_stream_remote_close(session_.get(), number_of(id)) == 0) {
    submit_reset(id, NGHTTP2_NO_ERROR, true);
  }
}

void H2Connection::submit_reset(StreamId id, std::uint32_t code, bool is_ours) {
  if (is_ours) ++own_resets_;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, number_of(id), code);
}

H2Stream* H2Connection::find_writable(StreamId id, protocol::Ticket ticket) {
  H2Stream* stream = find(id);
  if (stream == nullptr || failed_ || stream->ended_out) return nullptr;
  if (ticket != 0) stream->ticket = ticket;
  return stream;
}

void H2Connection::flush(Output out) {
  drain(out);
  if (!is_busy_) send_run(out);
}

void H2Connection::drain(Output out) {
  if (is_busy_) return;
  is_busy_ = true;
  out_ = &out;
  const std::uint8_t* bytes = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_.get(), &bytes)) > 0) {
    write_run(due_ticket_, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  if (size < 0) fail(invalid(nghttp2_strerror(static_cast<int>(size))));
  out_ = nullptr;
  is_busy_ = false;
}

// Frames of several streams leave together, but each under the ticket it may leave under.
void H2Connection::write_run(protocol::Ticket ticket, std::string_view bytes) {
  if (ticket != run_ticket_ && !run_.empty()) send_run(*out_);
  run_ticket_ = ticket;
  run_.append(bytes);
}

void H2Connection::send_run(Output out) {
  if (run_.empty()) return;
  Output{out.commands, out.to, run_ticket_}.made(std::exchange(run_, {}));
}

void H2Connection::on_frame_due(const nghttp2_frame& frame) {
  const H2Stream* stream = find(static_cast<StreamId>(frame.hd.stream_id));
  due_ticket_ = stream == nullptr ? 0 : stream->ticket;
}

void H2Connection::on_frame_written(const nghttp2_frame& frame) {
  const auto id = static_cast<StreamId>(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_RST_STREAM:
      if (own_resets_ > 0) --own_resets_;
      else if (is_server_) charge(guard_.charge_reset());
      return;
    case NGHTTP2_GOAWAY:
      if (std::exchange(said_goodbye_, true)) return;
      fail(invalid(printable({reinterpret_cast<const char*>(frame.goaway.opaque_data),
                              frame.goaway.opaque_data_len}, 200)));
      return;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && is_server_) {
        const H2Stream* stream = find(id);
        if (stream == nullptr || stream->stop_peer) stop_after_answer(id);
      }
      return;
    default: return;
  }
}

void H2Connection::on_frame_dropped(const nghttp2_frame& frame) {
  const auto id = static_cast<StreamId>(frame.hd.stream_id);
  if (frame.hd.type == NGHTTP2_RST_STREAM && own_resets_ > 0) --own_resets_;
  if (frame.hd.type != NGHTTP2_HEADERS || find(id) == nullptr) return;
  submit_reset(id, NGHTTP2_INTERNAL_ERROR, true);
  lose(id, Reset::refused, "a head was not sent");
}

ssize_t H2Connection::choose_data(StreamId id, std::size_t bytes_max, std::uint32_t& flags) {
  H2Stream* stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_DEFERRED;
  const std::size_t bytes = std::min(bytes_max, stream->unsent.size());
  const bool is_last = stream->ended_out && bytes == stream->unsent.size();
  if (bytes == 0 && !is_last) return NGHTTP2_ERR_DEFERRED;
  if (!is_last) return static_cast<ssize_t>(bytes);
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream->trailers.empty()) return static_cast<ssize_t>(bytes);
  if (!head_writer_.write(stream->trailers)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  const auto& entries = head_writer_.entries();
  nghttp2_submit_trailer(session_.get(), number_of(id), entries.data(), entries.size());
  return static_cast<ssize_t>(bytes);
}

void H2Connection::write_data(StreamId id, std::string_view frame_header, std::size_t bytes) {
  H2Stream* stream = find(id);
  write_run(stream == nullptr ? 0 : stream->ticket, frame_header);
  if (stream == nullptr) return;
  stream->unsent.take(bytes, run_);
  if (bytes >= honest_data_bytes || stream->unsent.size() == 0) guard_.earn(H2Guard::Progress::data_written);
}

}  // namespace claw::http
