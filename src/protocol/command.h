// What a protocol machine asks for. Commands are imperatives; gateway/ is the only code that does them,
// in order, as soon as on() has returned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "action/action.h"
#include "protocol/event.h"

namespace claw::protocol {

// Either a view (relayed bytes of the receive buffer, nothing copied) or bytes the machine made.
// `ticket` names the action whose allowing verdict these bytes go upstream under; tests hold us to it.
struct Send {
  Side to;
  std::string_view view;
  std::string made;  // Used when `view` is empty.
  Ticket ticket = 0;
  std::string_view bytes() const { return view.empty() ? std::string_view(made) : view; }
};

struct Connect {};  // To the endpoint's upstream.

struct StartTls {
  Side side;
};

struct Decide {
  Ticket ticket;
  action::Action action;
};

// The agent has gone or taken it back: nobody waits for this verdict any more.
struct Withdraw {
  Ticket ticket;
};

struct Lease {
  std::string agent;     // Who, as the machine's authentication established it.
  std::string user;      // As the agent asked for them; they choose among credentials.
  std::string database;
};

enum class Ending : std::uint8_t { ok, failed, cancelled, unknown };  // unknown: upstream went away first.
struct Record {  // How an allowed action ended.
  Ticket ticket;
  Ending ending;
  std::int64_t rows = -1;   // -1: the protocol did not say.
  std::string detail;       // Command tag, SQLSTATE and message, status; never a secret.
};

// A protocol-level incident worth keeping: refused bytes, a failed login. No action is attached.
struct Report {
  std::string what;
};

// Cancel keys: what we handed the client, and what the upstream handed us.
struct KeepKey {
  std::string ours;
  std::string theirs;
};
struct FindKey {
  std::string ours;
};

struct SetTimer {  // Replaces a running timer of that name; 0 stops it.
  std::uint32_t timer;
  std::uint32_t after_ms;
};

// Ends the connection once everything sent so far has gone out.
struct Close {
  std::string why;
};

using Command = std::variant<Send, Connect, StartTls, Decide, Withdraw, Lease, Record, Report, KeepKey,
                             FindKey, SetTimer, Close>;

// The answer to one event: commands in order, and how much of what was received is done with.
class Commands {
 public:
  void relay(Side to, std::string_view view, Ticket ticket) { list_.push_back(Send{to, view, {}, ticket}); }
  void send(Side to, std::string made, Ticket ticket = 0) {
    list_.push_back(Send{to, {}, std::move(made), ticket});
  }
  template <class T>
  void ask(T command) { list_.push_back(std::move(command)); }
  void consume(Side side, std::size_t count) { consumed_[side == Side::client ? 0 : 1] += count; }

  std::size_t consumed(Side side) const { return consumed_[side == Side::client ? 0 : 1]; }
  std::vector<Command>& list() { return list_; }
  const std::vector<Command>& list() const { return list_; }
  void clear() { list_.clear(), consumed_[0] = consumed_[1] = 0; }  // Keeps its capacity.

 private:
  std::vector<Command> list_;
  std::size_t consumed_[2] = {0, 0};
};

}  // namespace claw::protocol
