// Requests of the gateway's own on a loop: each on a connection of its own, with one deadline over all of it,
// and a bounded answer. Whoever has to ask without a loop uses send_now().
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "io/loop.h"
#include "outbound/request.h"
#include "outbound/smtp.h"

namespace claw::outbound {

class Client {
 public:
  using Done = std::function<void(Result<Answer>)>;
  using Delivered = std::function<void(Status)>;

  explicit Client(io::Loop& loop);
  ~Client();  // What is under way is given up; nobody is told.
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` comes later on the loop's thread, once. Errors: Code::unavailable (nobody there, TLS failed, cut
  // off), Code::denied (out of reach), Code::timeout, Code::limit (a longer answer), Code::invalid (no HTTP).
  void send(const Request& request, Done done);
  void deliver(Mail mail, const MailServer& server, Secret password, Delivered done);
  std::size_t under_way() const { return flights_.size(); }

 private:
  struct Flight;
  void land(std::uint64_t number);

  io::Loop& loop_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Flight>> flights_;
};

// Blocks. Not for a loop's thread.
Result<Answer> send_now(const Request& request);

}  // namespace claw::outbound
