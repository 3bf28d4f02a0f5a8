#include "protocol/spdy/session.h"

namespace claw::spdy {
namespace {

bool& ended_of(bool from_client, bool& client_ended, bool& server_ended) {
  return from_client ? client_ended : server_ended;
}

}  // namespace

Status Session::feed(bool from_client, std::string_view bytes) {
  if (failed_) return *failed_;
  Status status = read(from_client, bytes);
  if (!status) failed_ = status.error();
  return status;
}

Status Session::read(bool from_client, std::string_view bytes) {
  Decoder& decoder = (from_client ? client_ : server_).decoder;
  decoder.feed(bytes);
  for (;;) {
    CLAW_TRY(const std::optional<Frame> frame, decoder.next());
    if (!frame) return Done{};
    CLAW_TRY_DONE(std::visit([&](const auto& read) { return on(from_client, read); }, *frame));
  }
}

// Null: it has ended, and what still comes for it is dropped by whoever gets it. The ends of a connection
// learn that only some time after each other.
Result<Session::Stream*> Session::find(StreamId id) {
  if (const auto found = streams_.find(id); found != streams_.end()) return &found->second;
  if (id > last_opened_of(id)) return invalid("SPDY frame for a stream that was never opened");
  return static_cast<Stream*>(nullptr);
}

Status Session::on(bool from_client, const SynStream& frame) {
  if ((frame.stream % 2 == 1) != from_client) return invalid("SPDY stream with a number of the other side's");
  StreamId& last = last_opened_of(frame.stream);
  if (frame.stream <= last) return invalid("SPDY stream with a number that was used");
  if (streams_.size() >= open_streams_max) return Error{Code::limit, "too many SPDY streams at once", {}};
  last = frame.stream;
  Stream& stream = streams_[frame.stream];
  CLAW_TRY_DONE(listener_.on_open(from_client, frame.stream, frame.headers));
  if (frame.is_one_way) {
    stream.is_replied = true;
    CLAW_TRY_DONE(end(!from_client, frame.stream, stream));
  }
  if (frame.is_fin) return end(from_client, frame.stream, streams_.at(frame.stream));
  return Done{};
}

Status Session::on(bool from_client, const SynReply& frame) {
  if ((frame.stream % 2 == 1) == from_client) return invalid("SPDY reply to oneself");
  CLAW_TRY(Stream* const stream, find(frame.stream));
  if (stream == nullptr) return Done{};
  if (stream->is_replied) return invalid("SPDY reply twice");
  stream->is_replied = true;
  return frame.is_fin ? end(from_client, frame.stream, *stream) : Done{};
}

Status Session::on(bool from_client, const Piece& piece) {
  CLAW_TRY(Stream* const stream, find(piece.stream));
  if (stream == nullptr) return Done{};
  const bool is_opener = (piece.stream % 2 == 1) == from_client;
  if (!is_opener && !stream->is_replied) return invalid("SPDY data before the reply");
  // One that copies may not have heard yet that another has closed: dropped at the other end.
  if (ended_of(from_client, stream->client_ended, stream->server_ended)) return Done{};
  if (!piece.bytes.empty()) CLAW_TRY_DONE(listener_.on_data(from_client, piece.stream, piece.bytes));
  return piece.is_fin ? end(from_client, piece.stream, *stream) : Done{};
}

Status Session::on(bool, const Reset& frame) {
  CLAW_TRY(Stream* const stream, find(frame.stream));
  if (stream == nullptr) return Done{};
  streams_.erase(frame.stream);
  return listener_.on_gone(frame.stream);
}

Status Session::on(bool from_client, const MoreHeaders& frame) {
  CLAW_TRY(Stream* const stream, find(frame.stream));
  if (stream == nullptr || !frame.is_fin) return Done{};
  return end(from_client, frame.stream, *stream);
}

Status Session::end(bool from_client, StreamId id, Stream& stream) {
  bool& has_ended = ended_of(from_client, stream.client_ended, stream.server_ended);
  if (has_ended) return Done{};
  has_ended = true;
  const bool is_gone = stream.client_ended && stream.server_ended;
  if (is_gone) streams_.erase(id);
  CLAW_TRY_DONE(listener_.on_end(from_client, id));
  return is_gone ? listener_.on_gone(id) : Done{};
}

}  // namespace claw::spdy
