// The HTTP/2 codec of both roles: nghttp2's session is told what the machine wants, and the machine what the
// session found. Frame syntax, HPACK and the arithmetic of windows are nghttp2's; which streams the machine
// knows of, what is kept for them and what a peer may cost is decided here. Frames are read one at a time and
// what they cause is written before the next, so the same bytes have the same effect however they were cut.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/http/wire/codec.h"
#include "protocol/http/wire/h2/guard.h"
#include "protocol/http/wire/h2/head.h"
#include "protocol/http/wire/h2/session.h"
#include "protocol/http/wire/h2/stream.h"

namespace claw::http {

class H2Connection final : public Codec, private H2Listener {
 public:
  // `first_id` is where a client begins to count; tests see it come to the end.
  H2Connection(bool is_server, const H2Limits& limits, StreamId first_id = 1);

  void start(Output out) override { flush(out); }
  Result<std::size_t> feed(std::string_view bytes, Reader& reader, Output out) override;
  void peer_closed(Reader& reader) override;
  void goodbye(const Error& why, Output out) override;

  StreamId open(const Request& request, Output out) override;
  void respond(StreamId id, const Response& response, Output out) override;
  void body(StreamId id, std::string_view bytes, Output out) override;
  void end(StreamId id, const Fields& trailers, Output out) override;
  void reset(StreamId id, Reset why, Output out) override;

  bool can_write(StreamId id) const override;
  void pause(StreamId id, bool paused, Output out) override;
  bool wants_bytes() const override { return !failed_; }

  bool can_open() const override;
  bool must_close() const override;
  bool is_idle() const override;
  void upgrade(StreamId id) override;
  int version() const override { return 20; }

 private:
  struct Untold {
    StreamId stream;
    Reset why;
    std::string_view detail;  // A literal, as all of them.
  };

  // H2Listener: reading, in reading.cc.
  void on_head_begun(const nghttp2_frame& frame) override;
  bool on_field(std::string_view name, std::string_view value) override;
  void on_data(StreamId id, std::string_view bytes) override;
  void on_frame_read(const nghttp2_frame& frame) override;
  void on_stream_closed(StreamId id, std::uint32_t code) override;

  void feed_session(std::string_view bytes);
  void settle_data();
  void on_request_head(StreamId id, bool is_ended);
  void on_response_head(StreamId id, bool is_ended);
  void on_trailers(StreamId id);
  void on_ended(StreamId id, Fields trailers);
  void refuse_stream(StreamId id, std::string_view why);
  void lose(StreamId id, Reset why, std::string_view detail);
  void tell_untold();

  // H2Listener: writing, in writing.cc.
  void on_frame_due(const nghttp2_frame& frame) override;
  void on_frame_written(const nghttp2_frame& frame) override;
  void on_frame_dropped(const nghttp2_frame& frame) override;
  ssize_t choose_data(StreamId id, std::size_t bytes_max, std::uint32_t& flags) override;
  void write_data(StreamId id, std::string_view frame_header, std::size_t bytes) override;

  void flush(Output out);
  void drain(Output out);
  void write_run(protocol::Ticket ticket, std::string_view bytes);
  void send_run(Output out);
  StreamId open_refused(std::string_view why, Output out);
  void submit_response(StreamId id, H2Stream& stream, const Response& response);
  void answer_too_large(StreamId id);
  void stop_after_answer(StreamId id);
  void submit_reset(StreamId id, std::uint32_t code, bool is_ours);

  void fail(Error why);
  void charge(const Status& status);
  H2Stream* find(StreamId id);
  H2Stream* find_writable(StreamId id, protocol::Ticket ticket);
  bool has_ids() const;

  const bool is_server_;
  const H2Limits limits_;
  H2Guard guard_;
  H2HeadReader head_reader_;
  H2HeadWriter head_writer_;
  std::map<StreamId, H2Stream> streams_;  // In order, so that ends are told in order.
  std::vector<Untold> untold_;            // Ended while no reader was there to be told.
  Reader* reader_ = nullptr;              // Only during feed().
  const Output* out_ = nullptr;           // Only while nghttp2 is writing.
  StreamId data_stream_ = 0;              // Whose DATA frame is being read,
  std::size_t data_bytes_ = 0;            // and how much of it was.
  std::string run_;                       // Bytes of one ticket that follow each other.
  protocol::Ticket run_ticket_ = 0;
  protocol::Ticket due_ticket_ = 0;       // Of the frame nghttp2 hands out next.
  std::size_t own_resets_ = 0;            // Submitted by us and not written yet: paid for already.
  std::optional<Error> failed_;
  bool is_busy_ = false;                  // Inside nghttp2: it may be told, not asked.
  bool peer_is_leaving_ = false;          // It said GOAWAY.
  bool said_goodbye_ = false;
  H2Session session_;
};

}  // namespace claw::http
