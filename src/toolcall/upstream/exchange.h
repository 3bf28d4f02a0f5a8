// One HTTP request to an MCP server on a connection of its own, and its answer as it comes: a JSON body, or a
// stream of events that may last. Bounded in time until its head, and in silence after that.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "outbound/link.h"
#include "protocol/http/wire/h1.h"

namespace claw::toolcall::upstream {

class Exchange final : public outbound::LinkUser, private http::Reader {
 public:
  struct Told {  // Each on the loop's thread, never before the constructor has returned.
    std::function<void(const http::Response&)> head;
    std::function<void(std::string_view)> body;
    std::function<void(std::optional<Error>)> end;  // Once, the last.
  };
  Exchange(io::Loop& loop, const outbound::Goal& goal, http::Request head, std::string body, Told told);
  ~Exchange() override;

 private:
  void connected() override;
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(Error why) override;
  void on_response(http::StreamId stream, http::Response response) override;
  void on_body(http::StreamId stream, std::string_view bytes) override;
  void on_end(http::StreamId stream, http::Fields trailers) override;
  void on_reset(http::StreamId stream, http::Reset why, std::string_view detail) override;
  void finish(std::optional<Error> why);

  Told told_;
  std::unique_ptr<http::Codec> codec_;
  std::string unsent_;
  std::string received_;
  bool is_sayable_ = false;
  bool has_head_ = false;
  bool ended_ = false;
  std::shared_ptr<bool> alive_;  // False once this is gone: whoever is told may end it.
  std::unique_ptr<outbound::Link> link_;
};

}  // namespace claw::toolcall::upstream
