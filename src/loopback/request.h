// One HTTP/1.1 request and its answer, head and body as they come: written and read by the same codec that
// the gateway speaks to agents with. Its other end is the gateway, which puts the credential in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "loopback/line.h"
#include "protocol/http/wire/codec.h"
#include "protocol/http/wire/message.h"

namespace claw::loopback {

class Answered {
 public:
  virtual ~Answered() = default;
  virtual void on_head(const http::Response& head) = 0;
  virtual void on_piece(std::string_view body) = 0;
  // Once, later; nothing: the whole answer came. This may be let go of in it.
  virtual void on_over(const std::optional<Error>& why) = 0;
};

class Request final : private http::Reader {
 public:
  // `path` of the head in origin-form. A head that cannot be said in HTTP/1 is an Error of on_over().
  Request(io::Loop& loop, io::Fd end, Limits limits, http::Request head, std::string_view body,
          Answered& answered);
  ~Request() override;

 private:
  void on_response(http::StreamId stream, http::Response response) override;
  void on_body(http::StreamId stream, std::string_view bytes) override;
  void on_end(http::StreamId stream, http::Fields trailers) override;
  void on_reset(http::StreamId stream, http::Reset why, std::string_view detail) override;

  bool heard(std::string& unread);
  void send_out();
  void over(const std::optional<Error>& why);

  Answered& answered_;
  std::unique_ptr<http::Codec> codec_;
  protocol::Commands commands_;
  bool ended_ = false;
  std::optional<Error> problem_;
  std::unique_ptr<Line> line_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::loopback
