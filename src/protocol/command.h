// What a protocol machine asks for. Commands are imperatives; gateway/ is the only code that does them,
// in order, as soon as on() has returned.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
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

// To a destination's upstream: route 0 is the endpoint of the listener.
struct Connect {
  Side side = Side::upstream;
  std::uint32_t route = 0;
  std::string credential = {};         // Whose client certificate is shown, if it has one.
  std::vector<std::string> alpn = {};  // What we can speak, in our order; only with `tls`.
  bool tls = false;                    // Connected comes after the handshake. May give a pooled connection.
};

// An upstream connection that is idle and clean: whoever goes there next may have it.
struct Release {
  Side side;
};
// An upstream connection that is not needed any more.
struct Drop {
  Side side;
};

// With `alpn`, what the client has sent and the machine has not consumed is its ClientHello; a leaf for
// `host` answers it, or the door's own certificate where it has one.
struct StartTls {
  Side side;
  std::string host = {};
  std::vector<std::string> alpn = {};
  bool is_door = false;
};

// We send that side no more once all sent so far has gone out; it may go on sending.
struct Finish {
  Side side;
};

struct Identify {
  Secret token;
};

// Which endpoint owns a destination, for this agent? Writes down an unknown host that is let pass.
struct Route {
  std::string host;  // Lower case; a name or an IP literal without brackets.
  std::uint16_t port = 0;
  bool may_splice = true;  // A tunnel's; a single request cannot pass unread.
};

// A request as it is to be sent, for what is chosen or signed by it.
struct Shown {
  std::string method;
  std::string host;                                         // Without a port.
  std::string authority;                                    // As the Host field will say it.
  std::string path;                                         // Origin-form with its query.
  std::vector<std::pair<std::string, std::string>> fields;  // As the agent sent them, where they matter.
};

// Which credential will this action run with? Asked before it is judged: rules may pin one.
struct Choose {
  Ticket ticket;
  std::uint32_t route = 0;
  std::vector<std::string> carriers;  // Where a placeholder may be: Authorization, Cookie, the path, …
  Shown request;
};

// What puts that credential into the request, once it is allowed.
struct Inject {
  Ticket ticket;
  std::uint32_t route = 0;
  std::string credential;
  Shown request;
  std::optional<std::string> body;  // When Chosen asked for it.
  bool may_write = false;           // As its verdict said.
};

struct Decide {
  Ticket ticket;
  action::Action action;
  std::uint32_t route = 0;
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

// What is said on a connection that an allowed action opened, for the record: it is written down at most a
// moment after it has passed, and where it cannot be the connection ends.
struct Keep {
  Ticket ticket;
  std::string_view channel;        // `input`, `output`, …: constant text.
  std::string bytes;
  std::uint64_t left_out = 0;      // Bytes that passed as well, and are not kept.
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
                             FindKey, SetTimer, Close, Release, Drop, Identify, Route, Choose, Inject,
                             Finish, Keep>;

// The answer to one event: commands in order, and how much of what was received is done with.
class Commands {
 public:
  void relay(Side to, std::string_view view, Ticket ticket) { list_.push_back(Send{to, view, {}, ticket}); }
  void send(Side to, std::string made, Ticket ticket = 0) {
    list_.push_back(Send{to, {}, std::move(made), ticket});
  }
  template <class T>
  void ask(T command) { list_.push_back(std::move(command)); }
  void consume(Side side, std::size_t count) {
    if (number_of(side) >= consumed_.size()) consumed_.resize(number_of(side) + 1);
    consumed_[number_of(side)] += count;
  }

  std::size_t consumed(Side side) const {
    return number_of(side) < consumed_.size() ? consumed_[number_of(side)] : 0;
  }
  // Nothing asked, nothing consumed.
  bool is_empty() const {
    return list_.empty() && std::ranges::count(consumed_, 0U) == std::ssize(consumed_);
  }
  std::vector<Command>& list() { return list_; }
  const std::vector<Command>& list() const { return list_; }
  void clear() {  // Keeps its capacity.
    list_.clear();
    std::fill(consumed_.begin(), consumed_.end(), 0);
  }

 private:
  std::vector<Command> list_;
  std::vector<std::size_t> consumed_ = {0, 0};
};

}  // namespace claw::protocol
