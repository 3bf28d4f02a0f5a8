// One MCP server with one credential, kept up: a session is opened, and after an end opened again, the longer
// after the oftener it failed. Of what it offers only what is pinned is here to be called.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/loop.h"
#include "pins/board.h"
#include "toolcall/upstream/session.h"

namespace claw::toolcall::upstream {

class Server final : private SessionUser {
 public:
  struct Terms {
    std::string endpoint;   // `mcp.linear`
    std::string name;       // `linear`
    std::string credential; // Bare; empty: none.
    Session::Options session;
    bool accepts_first = false;
    bool hides_secrets = true;
    std::function<void()> changed;  // Other definitions are open, or none.
    std::function<Result<std::unique_ptr<Wire>>()> wire;
  };
  // Of what it offers: what waits now and nobody was told of, and what needed nobody.
  using Told = std::function<void(const Server&, const pins::Sorted&)>;
  Server(io::Loop& loop, Terms terms, pins::Board& board, Told told);
  ~Server() override;

  void start();
  void stop();                  // For good.
  void sort_again();            // What is pinned has changed.

  const Terms& terms() const { return terms_; }
  const std::vector<pins::Definition>& open() const { return open_; }  // Only while it is up.
  // Only while it is up, and after somebody has accepted something of it, if there is anything to accept.
  const std::vector<Resource>& resources() const;
  std::size_t held() const { return offered_.size() - open_.size(); }  // Waiting for somebody to look.
  bool has_open(const pins::Definition& definition) const;
  Session* session();           // Null: it is not up.

  struct State {
    bool is_up = false;
    std::string why;            // Of a server that is not.
    std::int64_t since_us = 0;  // Wall time.
    std::uint64_t starts = 0;
    std::vector<std::string> refused;  // Definitions that are none.
  };
  const State& state() const { return state_; }
  const About& about() const { return about_; }

 private:
  void listed(pins::Offer offer) override;
  void over(const Error& why) override;
  void down(const std::string& why);
  void set_open(std::vector<pins::Definition> definitions);

  io::Loop& loop_;
  const Terms terms_;
  pins::Board& board_;
  Told told_;
  std::unique_ptr<Session> session_;
  std::vector<pins::Definition> offered_;
  std::vector<pins::Definition> open_;
  About about_;
  State state_;
  io::TimerId again_ = 0;
  std::uint32_t wait_ms_ = 0;
  std::int64_t up_us_ = 0;  // Monotonic; 0: it is not.
  bool is_stopped_ = false;
};

}  // namespace claw::toolcall::upstream
