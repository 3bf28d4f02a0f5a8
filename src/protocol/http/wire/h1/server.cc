#include "base/json.h"
#include "protocol/http/wire/h1/encode.h"

namespace claw::http {

namespace {

// A request whose answer was early is read to its end, so that the connection can be used again, but not
// longer than a new connection would cost.
constexpr std::size_t unwanted_bytes_max = 64 * 1024;

int status_for(Code code) {
  switch (code) {
    case Code::invalid: return 400;
    case Code::limit: return 413;
    case Code::unsupported: return 501;
    case Code::not_found: return 404;
    case Code::denied: return 403;
    case Code::unavailable: return 502;
    case Code::timeout: return 408;
  }
  return 400;
}

class H1Server final : public Codec {
 public:
  explicit H1Server(const H1Limits& limits) : head_(HeadReader::Kind::request, limits), body_(limits) {}

  void start(Output) override {}
  Result<std::size_t> feed(std::string_view bytes, Reader& reader, Output out) override;
  void peer_closed(Reader& reader) override;
  void goodbye(const Error& why, Output out) override;
  StreamId open(const Request&, Output) override { return 0; }
  void respond(StreamId stream, const Response& response, Output out) override;
  void body(StreamId stream, std::string_view bytes, Output out) override;
  void end(StreamId stream, const Fields& trailers, Output out) override;
  void reset(StreamId stream, Reset why, Output out) override;
  bool can_write(StreamId) const override { return true; }
  void pause(StreamId stream, bool paused, Output out) override;
  bool wants_bytes() const override;
  bool can_open() const override { return false; }
  bool must_close() const override { return reading_ == Reading::stopped; }
  bool is_idle() const override { return reading_ == Reading::head && !head_.has_begun(); }
  void upgrade(StreamId stream) override;
  int version() const override { return 11; }

 private:
  enum class Reading : std::uint8_t { head, body, complete, raw, raw_ended, stopped };
  enum class Answer : std::uint8_t { none, body, switching, raw, ended };

  Result<std::size_t> read_head(std::string_view bytes, Reader& reader);
  Result<std::size_t> read_body(std::string_view bytes, Reader& reader);
  void begin_request(Reader& reader);
  void request_complete();
  void answer_interim(const Response& response, Output out);
  void answer_final(const Response& response, Output out);
  ResponseFraming framing_for(const Response& response) const;
  void answer_ended();
  void next_request();
  bool is_current(StreamId stream) const { return stream == stream_ && is_open_; }

  Reading reading_ = Reading::head;
  Answer answer_ = Answer::none;
  HeadReader head_;
  BodyReader body_;
  BodyWriter writer_;
  StreamId stream_ = 0;
  bool is_open_ = false;  // From a request's head to the end of both it and its answer.
  bool paused_ = false;
  bool closing_ = false;    // After this answer.
  std::size_t unwanted_ = 0;
  int refusal_ = 0;         // The status goodbye() answers with, when it was we who refused.

  // Of the request being answered:
  bool is_head_ = false;
  bool is_connect_ = false;
  bool is_old_ = false;     // HTTP/1.0.
  bool owes_continue_ = false;
  std::string protocol_;
};

Result<std::size_t> H1Server::feed(std::string_view bytes, Reader& reader, Output) {
  std::size_t taken = 0;
  // Callbacks may have changed everything: each turn looks anew.
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

Result<std::size_t> H1Server::read_head(std::string_view bytes, Reader& reader) {
  auto taken = head_.feed(bytes);
  if (!taken) refusal_ = head_.refusal();
  else if (head_.is_done()) begin_request(reader);
  return taken;
}

void H1Server::begin_request(Reader& reader) {
  const bool chunked = head_.is_chunked();
  closing_ = head_.wants_close();
  Request request = head_.take_request();
  head_.reset();
  ++stream_;
  is_open_ = true;
  answer_ = Answer::none;
  unwanted_ = 0;
  is_head_ = request.method == "HEAD";
  is_connect_ = request.method == "CONNECT";
  is_old_ = request.version == 10;
  owes_continue_ = request.expects_continue;
  protocol_ = request.protocol;
  const bool has_body = request.has_body;
  const Framing framing = chunked ? Framing::chunked : has_body ? Framing::length : Framing::none;
  body_.start(framing, request.length.value_or(0));
  reading_ = has_body ? Reading::body : Reading::complete;
  const StreamId stream = stream_;
  reader.on_request(stream, std::move(request));
  if (!has_body && is_current(stream)) reader.on_end(stream, {});
}

Result<std::size_t> H1Server::read_body(std::string_view bytes, Reader& reader) {
  auto step = body_.next(bytes);
  if (!step) {
    refusal_ = body_.refusal();
    return std::move(step).error();
  }
  owes_continue_ = false;  // It was not waited for.
  const StreamId stream = stream_;
  if (answer_ == Answer::ended) {
    unwanted_ += step->taken;
    if (step->done) next_request();
    else if (unwanted_ > unwanted_bytes_max) reading_ = Reading::stopped;
    return step->taken;
  }
  if (!step->body.empty()) reader.on_body(stream, step->body);
  if (step->done && is_current(stream) && reading_ == Reading::body) {
    const bool answered = answer_ == Answer::ended;
    request_complete();
    if (!answered) reader.on_end(stream, body_.take_trailers());
  }
  return step->taken;
}

void H1Server::request_complete() {
  reading_ = Reading::complete;
  if (answer_ == Answer::ended) next_request();
}

void H1Server::next_request() {
  is_open_ = false;
  paused_ = false;
  answer_ = Answer::none;
  reading_ = closing_ ? Reading::stopped : Reading::head;
}

void H1Server::answer_ended() {
  answer_ = Answer::ended;
  paused_ = false;
  if (reading_ == Reading::complete || closing_) next_request();
}

void H1Server::peer_closed(Reader& reader) {
  closing_ = true;
  if (reading_ == Reading::raw) {
    reading_ = Reading::raw_ended;  // What the other side still says may go to it.
    return reader.on_end(stream_, {});
  }
  if (reading_ == Reading::raw_ended) return;
  // It may be waiting for its answer with its own side shut.
  if (reading_ == Reading::complete && answer_ != Answer::switching) return;
  const bool cut_off = is_open_ && answer_ != Answer::ended;
  reading_ = Reading::stopped;
  is_open_ = false;
  if (cut_off) reader.on_reset(stream_, Reset::cancelled, "the client closed within a request");
}

void H1Server::respond(StreamId stream, const Response& response, Output out) {
  if (!is_current(stream) || answer_ != Answer::none || reading_ == Reading::stopped) return;
  if (response.status >= 100 && response.status < 200 && response.status != 101) {
    answer_interim(response, out);
  } else {
    answer_final(response, out);
  }
}

void H1Server::answer_interim(const Response& response, Output out) {
  if (is_old_) return;  // RFC 9110 §15.2: an HTTP/1.0 client takes it for the answer.
  if (response.status == 100) owes_continue_ = false;
  std::string head = encode_response_head(response, {});
  if (!head.empty()) out.made(std::move(head));
}

ResponseFraming H1Server::framing_for(const Response& response) const {
  ResponseFraming how;
  const bool switches = response.status == 101 || (is_connect_ && response.status / 100 == 2);
  how.close = closing_ && !switches;
  if (switches || response.status == 204) return how;
  if (is_head_ || response.status == 304) {
    how.length = response.length;
  } else if (!response.has_body) {
    how.length = 0;
  } else if (response.length) {
    how.framing = Framing::length;
    how.length = response.length;
  } else {
    how.framing = is_old_ ? Framing::until_close : Framing::chunked;
  }
  return how;
}

void H1Server::answer_final(const Response& response, Output out) {
  // A client that was never told to go on may or may not send its body: nobody knows where the next request
  // is.
  const bool much_unread = reading_ == Reading::body && body_.left() > unwanted_bytes_max;
  closing_ = closing_ || owes_continue_ || much_unread;
  const ResponseFraming how = framing_for(response);
  const bool switches = response.status == 101;
  std::string head = encode_response_head(response, how);
  if (head.empty() || (switches && (protocol_.empty() || !same_name(protocol_, response.protocol)))) {
    return goodbye(Error{Code::unavailable, "the upstream's answer cannot be passed on", {}}, out);
  }
  out.made(std::move(head));
  writer_.start(how.framing, how.length.value_or(0));
  if (switches || (is_connect_ && response.status / 100 == 2)) answer_ = Answer::switching;
  else if (response.has_body) answer_ = Answer::body;
  else answer_ended();
}

void H1Server::body(StreamId stream, std::string_view bytes, Output out) {
  if (!is_current(stream)) return;
  if (answer_ == Answer::raw) return out.relay(bytes);
  if (answer_ == Answer::body && !writer_.body(bytes, out)) reset(stream, Reset::internal, out);
}

void H1Server::end(StreamId stream, const Fields& trailers, Output out) {
  if (!is_current(stream)) return;
  if (answer_ == Answer::raw) return reset(stream, Reset::cancelled, out);
  if (answer_ != Answer::body) return;
  if (!writer_.end(trailers, out)) return reset(stream, Reset::internal, out);
  answer_ended();
}

// An answer that is cut off ends with the connection, short of the length or last chunk it announced.
void H1Server::reset(StreamId stream, Reset, Output) {
  if (!is_current(stream)) return;
  is_open_ = false;
  reading_ = Reading::stopped;
}

void H1Server::pause(StreamId stream, bool paused, Output) {
  if (is_current(stream) && answer_ != Answer::ended) paused_ = paused;
}

bool H1Server::wants_bytes() const {
  if (reading_ == Reading::head) return true;
  return (reading_ == Reading::body || reading_ == Reading::raw) && !paused_;
}

void H1Server::upgrade(StreamId stream) {
  if (!is_current(stream) || answer_ != Answer::switching) return;
  answer_ = Answer::raw;
  reading_ = Reading::raw;
}

void H1Server::goodbye(const Error& why, Output out) {
  // Nobody waits for the news that nothing was asked in time; it could be taken for the next answer.
  const bool is_unasked = is_idle() && why.code == Code::timeout;
  const bool may_answer = reading_ != Reading::stopped && answer_ == Answer::none && !is_unasked;
  const bool is_head = is_open_ && is_head_;
  is_open_ = false;
  reading_ = Reading::stopped;
  if (!may_answer) return;
  const int status = refusal_ != 0 ? refusal_ : status_for(why.code);
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("title", reason_of(status));
  writer.member("status", status);
  writer.member("detail", why.what);
  writer.end_object();
  Response response;
  response.status = status;
  response.fields.add("Content-Type", "application/problem+json");
  std::string bytes = encode_response_head(response, {Framing::length, body.size(), true});
  out.made(is_head ? std::move(bytes) : std::move(bytes.append(body)));
}

}  // namespace

std::unique_ptr<Codec> make_h1_server(H1Limits limits) { return std::make_unique<H1Server>(limits); }

}  // namespace claw::http
