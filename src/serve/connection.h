// One connection of an operator: TLS where its door has it, HTTP/1.1 or HTTP/2 by the agents' own strict
// codecs, requests gathered whole and answers sent as fast as they are read. It knows its server and nothing
// else.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/server.h"
#include "io/stream.h"
#include "protocol/http/wire/codec.h"

namespace claw::serve {

constexpr std::size_t body_bytes_max = 4 * 1024 * 1024;   // A candidate policy; nothing else is near it.
constexpr std::size_t unsent_bytes_max = 256 * 1024;      // Kept for a slow reader before its flow must wait.
constexpr std::size_t unread_bytes_max = 128 * 1024;      // Of requests that wait for the one before them.
constexpr std::size_t bodies_bytes_max = 8 * 1024 * 1024; // Of all requests of one connection together.

class Connection final : public io::Watcher,
                         public http::Reader,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, Server::Door& door, io::Fd socket, Caller caller);
  ~Connection() override;

  void begin();
  void close();
  void ready(io::Ready what) override;
  bool is_overdue(std::int64_t now_us) const;
  bool is_idle() const { return exchanges_.empty(); }
  std::int64_t heard_us() const { return heard_us_; }
  const Caller& caller() const { return caller_; }
  Server::Door& door() { return door_; }

 private:
  struct Exchange {
    struct Left final : Waiting {
      void on_left(std::function<void()> left) override { told = std::move(left); }
      std::function<void()> told;
    };
    Exchange() = default;
    Exchange(Exchange&&) = default;
    Exchange& operator=(Exchange&&) = default;
    ~Exchange() {
      if (waiting != nullptr && !answered && waiting->told) std::exchange(waiting->told, nullptr)();
    }
    http::Request head;
    std::string body;
    std::int64_t began_us = 0;
    bool complete = false;
    bool handed = false;    // To whoever answers.
    bool answered = false;  // The head has gone out.
    bool has_body = false;  // And what follows has not, not whole.
    std::string rest;       // Of a body,
    std::size_t sent = 0;   // so much of it went.
    std::shared_ptr<Flow> flow = {};
    bool flow_ended = false;
    std::shared_ptr<Left> waiting = {};
  };

  void on_request(http::StreamId stream, http::Request request) override;
  void on_body(http::StreamId stream, std::string_view bytes) override;
  void on_end(http::StreamId stream, http::Fields trailers) override;
  void on_reset(http::StreamId stream, http::Reset why, std::string_view detail) override;

  void look_at_hello();
  void shake_hands();
  void start_codec(const std::string& protocol);
  void read();
  bool read_some();
  void feed();
  void hand_over();
  void answer(http::StreamId stream, Answer answer);
  void refuse(http::StreamId stream, int status);
  void pump();
  bool pump(http::StreamId stream, Exchange& exchange);
  bool send_out();
  void settle();
  http::Output out() { return {commands_, protocol::Side::client}; }

  Server& server_;
  Server::Door& door_;
  io::Stream stream_;
  Caller caller_;
  io::Watch watch_;
  std::unique_ptr<http::Codec> codec_;
  protocol::Commands commands_;
  std::map<http::StreamId, Exchange> exchanges_;
  std::string input_;
  std::size_t bodies_bytes_ = 0;
  std::int64_t opened_us_ = 0;
  std::int64_t heard_us_ = 0;
  std::int64_t reading_us_ = 0;  // When the request that is being read began; 0: none is.
  std::int64_t taken_us_ = 0;    // When the reader last took something.
  bool feeding_ = false;
  bool answered_ = false;  // Something, while feeding.
  bool handshaking_ = false;
  bool ending_ = false;  // Nothing more is read; closed once all is out.
  bool closed_ = false;
};

}  // namespace claw::serve
