#include "loopback/request.h"

#include "protocol/http/wire/h1.h"

namespace claw::loopback {

Request::Request(io::Loop& loop, io::Fd end, Limits limits, http::Request head, std::string_view body,
                 Answered& answered)
    : answered_(answered), codec_(http::make_h1_client()) {
  line_ = std::make_unique<Line>(
      loop, std::move(end), limits, [this](std::string& unread) { return heard(unread); },
      [this](const std::optional<Error>& why) { over(why); });
  const http::Output out{commands_, protocol::Side::upstream};
  head.has_body = !body.empty();
  head.length = body.size();
  if (body.empty()) head.length.reset();
  codec_->start(out);
  const http::StreamId stream = codec_->open(head, out);
  if (stream == 0) {
    problem_ = invalid("this cannot be said in an HTTP request");
    loop.post([this, guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) over(std::nullopt);
    });
    return;
  }
  if (head.has_body) {
    codec_->body(stream, body, out);
    codec_->end(stream, {}, out);
  }
  send_out();
}

Request::~Request() = default;

void Request::on_response(http::StreamId, http::Response response) {
  if (response.status >= 200) answered_.on_head(response);
}

void Request::on_body(http::StreamId, std::string_view bytes) { answered_.on_piece(bytes); }

void Request::on_end(http::StreamId, http::Fields) { ended_ = true; }

void Request::on_reset(http::StreamId, http::Reset, std::string_view detail) {
  problem_ = Error{Code::unavailable, std::string(detail), {}};
}

bool Request::heard(std::string& unread) {
  const auto used = codec_->feed(unread, *this, {commands_, protocol::Side::upstream});
  if (!used) {
    problem_ = used.error();
    return true;
  }
  unread.erase(0, *used);
  send_out();
  return ended_ || problem_.has_value();
}

void Request::send_out() {
  for (const protocol::Command& command : commands_.list()) {
    if (const auto* send = std::get_if<protocol::Send>(&command)) line_->send(send->bytes());
  }
  commands_.clear();
}

void Request::over(const std::optional<Error>& why) {
  if (problem_) return answered_.on_over(problem_);
  if (why && !ended_) codec_->peer_closed(*this);  // A body that only the end of the connection ends.
  if (ended_) return answered_.on_over(std::nullopt);
  answered_.on_over(problem_ ? problem_ : why);
}

}  // namespace claw::loopback
