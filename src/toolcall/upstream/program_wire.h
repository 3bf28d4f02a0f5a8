// The pipes of a program that is an MCP server, run in a sandbox: a message is a line. What it complains of
// is for the operator's log; what it says that is no line of a bearable length is its end. Where it was given
// a network, its connections are handed on to be served as its own: whose call they are for nobody can tell.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "toolcall/network/network.h"
#include "toolcall/upstream/wire.h"

namespace claw::toolcall::upstream {

struct ProgramTerms {
  std::string endpoint;  // For the log.
  Outfit outfit;
  std::size_t message_bytes_max = 0;
  std::function<claw::Status(const Goal&, io::Fd)> give = {};  // Has the gateway serve a connection it made.
};

class ProgramWire final : public Wire {
 public:
  // Starts it; an error where there is no such program, or no sandbox.
  static Result<std::unique_ptr<Wire>> start(io::Loop& loop, ProgramTerms terms);
  ~ProgramWire() override;

  void open(Ear& ear) override;
  void send(Outgoing message) override;
  void agreed(const claw::mcp::Version&) override {}
  void drop(const claw::mcp::Id&) override {}  // There is no way to tell, beside a message.

 private:
  ProgramWire(io::Loop& loop, ProgramTerms terms) : loop_(loop), terms_(std::move(terms)) {}
  void lead(const io::Address& to, io::Fd socket);
  void output(sandbox::Output which, std::string_view bytes);
  void complain(std::string_view bytes);
  void fail(const Error& why);
  void take_lines();

  io::Loop& loop_;
  ProgramTerms terms_;
  Ear* ear_ = nullptr;
  std::unique_ptr<sandbox::Child> child_;
  std::string unread_;
  std::string complaint_;      // The last words of its error stream.
  std::size_t seen_ = 0;       // Of unread_: up to here there is no line end.
  bool is_taking_ = false;     // take_lines() is under way, or will be.
  std::int64_t minute_us_ = 0;  // When the one began
  std::size_t connections_ = 0;  // in which it made so many.
  bool is_over_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace claw::toolcall::upstream
