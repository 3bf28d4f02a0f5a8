#include "protocol/http/wire/h1/encode.h"

namespace claw::http {

namespace {

constexpr std::size_t interim_max = 16;  // Answers before the answer; more is a server that never gets there.

class H1Client final : public Codec {
 public:
  explicit H1Client(const H1Limits& limits) : head_(HeadReader::Kind::response, limits), body_(limits) {}

  void start(Output) override {}
  Result<std::size_t> feed(std::string_view bytes, Reader& reader, Output out) override;
  void peer_closed(Reader& reader) override;
  void goodbye(const Error& why, Output out) override;
  StreamId open(const Request& request, Output out) override;
  void respond(StreamId, const Response&, Output) override {}
  void body(StreamId stream, std::string_view bytes, Output out) override;
  void end(StreamId stream, const Fields& trailers, Output out) override;
  void reset(StreamId stream, Reset why, Output out) override;
  bool can_write(StreamId) const override { return true; }
  void pause(StreamId stream, bool paused, Output out) override;
  bool wants_bytes() const override;
  bool can_open() const override { return reading_ == Reading::idle; }
  bool must_close() const override { return reading_ == Reading::stopped; }
  bool is_idle() const override { return reading_ == Reading::idle; }
  void upgrade(StreamId stream) override;
  int version() const override { return 11; }

 private:
  enum class Reading : std::uint8_t { idle, head, body, switching, raw, raw_ended, stopped };

  Result<std::size_t> read_head(std::string_view bytes, Reader& reader);
  Result<std::size_t> read_body(std::string_view bytes, Reader& reader);
  Status begin_response(Reader& reader, bool more_follows);
  Status check_switch(const Response& response) const;
  Status complete(Reader& reader, Fields trailers, bool more_follows);
  Framing framing_of(const Response& response, bool chunked) const;
  bool is_raw() const { return reading_ == Reading::raw || reading_ == Reading::raw_ended; }
  bool is_current(StreamId stream) const { return stream == stream_ && is_open_; }

  Reading reading_ = Reading::idle;
  HeadReader head_;
  BodyReader body_;
  BodyWriter writer_;
  StreamId stream_ = 0;
  bool is_open_ = false;
  bool sent_ = true;     // The request, to its end.
  bool paused_ = false;
  bool closing_ = false;
  bool is_head_ = false;
  bool is_connect_ = false;
  std::string protocol_;
  std::size_t interim_ = 0;
};

StreamId H1Client::open(const Request& request, Output out) {
  CLAW_CHECK(can_open());
  Framing framing = Framing::none;
  if (request.has_body) framing = request.length ? Framing::length : Framing::chunked;
  std::string head = encode_request_head(request, framing);
  if (head.empty()) return 0;
  out.made(std::move(head));
  writer_.start(framing, request.length.value_or(0));
  is_head_ = request.method == "HEAD";
  is_connect_ = request.method == "CONNECT";
  protocol_ = request.protocol;
  sent_ = !request.has_body;
  is_open_ = true;
  paused_ = false;
  interim_ = 0;
  reading_ = Reading::head;
  return ++stream_;
}

Result<std::size_t> H1Client::feed(std::string_view bytes, Reader& reader, Output) {
  if (reading_ == Reading::idle && !bytes.empty()) return invalid("the upstream answers what nobody asked");
  std::size_t taken = 0;
  while (taken < bytes.size() && wants_bytes()) {
    const std::string_view rest = bytes.substr(taken);
    if (reading_ == Reading::raw) {
      reader.on_body(stream_, rest);
      return bytes.size();
    }
    CLAW_TRY(const std::size_t count,
             reading_ == Reading::head ? read_head(rest, reader) : read_body(rest, reader));
    if (count == 0) break;
    taken += count;
  }
  return taken;
}

Result<std::size_t> H1Client::read_head(std::string_view bytes, Reader& reader) {
  CLAW_TRY(const std::size_t taken, head_.feed(bytes));
  if (head_.is_done()) CLAW_TRY_DONE(begin_response(reader, taken < bytes.size()));
  return taken;
}

// RFC 9112 §6.3, strictly.
Framing H1Client::framing_of(const Response& response, bool chunked) const {
  const bool has_none = is_head_ || response.status == 204 || response.status == 304;
  if (has_none || (is_connect_ && response.status / 100 == 2)) return Framing::none;
  if (chunked) return Framing::chunked;
  return response.length ? Framing::length : Framing::until_close;
}

Status H1Client::check_switch(const Response& response) const {
  if (protocol_.empty()) return invalid("the upstream switches protocols unasked");
  if (!same_name(protocol_, response.protocol)) return invalid("the upstream switches to another protocol");
  return sent_ ? Status(Done{}) : invalid("the upstream switches protocols within a request");
}

Status H1Client::begin_response(Reader& reader, bool more_follows) {
  const bool chunked = head_.is_chunked();
  closing_ = closing_ || head_.wants_close();
  Response response = head_.take_response();
  head_.reset();
  const StreamId stream = stream_;
  const bool no_framing = response.status < 200 || response.status == 204;
  if (chunked && no_framing) return invalid("an answer without a body has a Transfer-Encoding");
  if (response.status < 200) {
    response.has_body = false;
    if (response.status == 101) {
      CLAW_TRY_DONE(check_switch(response));
      reading_ = Reading::switching;
    } else if (++interim_ > interim_max) {
      return Error{Code::limit, "the upstream sends too many interim answers", {}};
    }
    reader.on_response(stream, std::move(response));
    return Done{};
  }
  const Framing framing = framing_of(response, chunked);
  const bool is_tunnel = is_connect_ && response.status / 100 == 2;
  response.has_body = framing != Framing::none;
  body_.start(framing, response.length.value_or(0));
  const bool is_whole =
      !is_tunnel && (framing == Framing::none || (framing == Framing::length && response.length == 0u));
  reading_ = is_tunnel ? Reading::switching : Reading::body;
  reader.on_response(stream, std::move(response));
  if (!is_whole || !is_current(stream)) return Done{};
  return complete(reader, {}, more_follows);
}

Result<std::size_t> H1Client::read_body(std::string_view bytes, Reader& reader) {
  CLAW_TRY(const BodyReader::Step step, body_.next(bytes));
  const StreamId stream = stream_;
  if (!step.body.empty()) reader.on_body(stream, step.body);
  if (step.done && is_current(stream) && reading_ == Reading::body) {
    CLAW_TRY_DONE(complete(reader, body_.take_trailers(), step.taken < bytes.size()));
  }
  return step.taken;
}

// The answer is whole. What follows it was sent before anybody asked: an upstream that is a message ahead of
// us would answer the next agent with this one's data.
Status H1Client::complete(Reader& reader, Fields trailers, bool more_follows) {
  const bool closes = closing_ || !sent_ || body_.framing() == Framing::until_close;
  is_open_ = false;
  reading_ = closes || more_follows ? Reading::stopped : Reading::idle;
  reader.on_end(stream_, std::move(trailers));
  if (more_follows && !closes) return invalid("the upstream answers what nobody asked");
  return Done{};
}

void H1Client::peer_closed(Reader& reader) {
  const Reading was = reading_;
  if (was == Reading::raw) {
    reading_ = Reading::raw_ended;  // What the other side still says may go to it.
    return reader.on_end(stream_, {});
  }
  if (was == Reading::raw_ended) return;
  const bool was_open = is_open_;
  reading_ = Reading::stopped;
  is_open_ = false;
  if (!was_open) return;
  const bool ends_body = was == Reading::body && body_.framing() == Framing::until_close;
  if (ends_body) return reader.on_end(stream_, {});
  reader.on_reset(stream_, Reset::cancelled,
                  was == Reading::head ? "the upstream closed without an answer"
                                       : "the upstream closed within an answer");
}

void H1Client::goodbye(const Error&, Output) {  // A client has no words for it.
  is_open_ = false;
  reading_ = Reading::stopped;
}

void H1Client::body(StreamId stream, std::string_view bytes, Output out) {
  if (!is_current(stream)) return;
  if (is_raw()) return out.relay(bytes);
  if (!sent_ && !writer_.body(bytes, out)) reset(stream, Reset::internal, out);
}

void H1Client::end(StreamId stream, const Fields& trailers, Output out) {
  if (!is_current(stream)) return;
  if (is_raw()) return reset(stream, Reset::cancelled, out);
  if (sent_) return;
  sent_ = true;
  if (!writer_.end(trailers, out)) reset(stream, Reset::internal, out);
}

void H1Client::reset(StreamId stream, Reset, Output) {
  if (!is_current(stream)) return;
  is_open_ = false;
  reading_ = Reading::stopped;
}

void H1Client::pause(StreamId stream, bool paused, Output) {
  if (is_current(stream)) paused_ = paused;
}

bool H1Client::wants_bytes() const {
  switch (reading_) {
    case Reading::idle: return true;  // To see it close, or misbehave.
    case Reading::head:
    case Reading::body:
    case Reading::raw: return !paused_;
    case Reading::switching:
    case Reading::raw_ended:
    case Reading::stopped: return false;
  }
  return false;
}

void H1Client::upgrade(StreamId stream) {
  if (is_current(stream) && reading_ == Reading::switching) reading_ = Reading::raw;
}

}  // namespace

std::unique_ptr<Codec> make_h1_client(H1Limits limits) { return std::make_unique<H1Client>(limits); }

}  // namespace claw::http
