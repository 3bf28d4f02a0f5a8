// A connection's life in parts, each with its own small state: opening (the agent's first packets and
// proof), login (the upstream), session (the talk), or cancelling. Machine holds one at a time; a part
// that is done names the next. Not for use outside this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "protocol/machine.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/options.h"

namespace claw::postgres {

// What is known of the connection as a whole; grows as the phases learn it.
struct Seat {
  std::shared_ptr<const Options> options;
  action::Principal principal;
  std::string session_id;
  std::string our_key;      // What the agent may cancel with.
  std::string credential;   // Once leased.
  std::string user;
  std::string database;
};

class Phase {
 public:
  explicit Phase(Seat seat) : seat_(std::move(seat)) {}
  virtual ~Phase() = default;
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

  virtual void enter(protocol::Commands&) {}  // Told once, before any event.
  virtual void on(const protocol::Event& event, protocol::Commands& out) = 0;
  virtual bool wants(protocol::Side side) const = 0;
  virtual std::string_view state() const = 0;
  std::unique_ptr<Phase> take_next() { return std::move(next_); }

 protected:
  // The connection ends here; the agent is told in Postgres's words where it can still hear us.
  void fail(protocol::Commands& out, std::string_view code, std::string_view message);
  void close(protocol::Commands& out, std::string why);
  void go_on(std::unique_ptr<Phase> next) { next_ = std::move(next); }

  Seat seat_;

 private:
  std::unique_ptr<Phase> next_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Phase> make_opening(Seat seat);
std::unique_ptr<Phase> make_cancelling(Seat seat, std::string key);
std::unique_ptr<Phase> make_login(Seat seat, Parameters parameters);

// `reports_read_only`: this server tells us when default_transaction_read_only changes (version 14 on).
struct Arrival {
  bool reports_read_only = false;
  std::vector<std::pair<std::string, std::string>> reported;
};
std::unique_ptr<Phase> make_session(Seat seat, Arrival arrival);

}  // namespace claw::postgres
