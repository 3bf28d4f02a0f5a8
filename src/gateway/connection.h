// The pump of one connection: feeds its machine what happens and does what the machine asks. The only
// code that performs commands. It decides nothing: verdicts come from guard, secrets from vault, and
// which bytes go where from the machine.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/worker.h"
#include "io/connector.h"
#include "io/stream.h"
#include "protocol/machine.h"

namespace claw::gateway {

class Connection {
 public:
  Connection(Worker& worker, io::Fd client, const Served& served, std::shared_ptr<const Plan> plan,
             action::Principal principal);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void close(std::string_view why);  // At once; what is unsent is lost.
  const std::string& session() const { return session_; }
  void take_back();                  // The agent cancels what waits for a person.

 private:
  using Side = protocol::Side;
  using Ticket = protocol::Ticket;

  // One side: its socket, its place on the loop, and bytes the machine has not consumed.
  struct Peer final : public io::Watcher {
    Peer(Connection& connection, Side which) : owner(connection), side(which) {}
    void ready(io::Ready what) override { owner.ready(*this, what); }
    std::string_view unread() const {
      return fresh.empty() ? std::string_view(kept).substr(kept_from) : fresh;
    }
    void consume(std::size_t count);
    void keep_more(std::string_view bytes);
    void keep_fresh();  // Moves what is left of the shared input into a buffer of this peer's own.

    Connection& owner;
    const Side side;
    io::Stream stream;
    io::Watch watch;
    std::string_view fresh;  // In the worker's input, only while this peer is being read.
    std::string kept;
    std::size_t kept_from = 0;
    bool handshaking = false;
    bool ended = false;
    bool untold = false;     // Something is unread that the machine has not been told since it last changed.
  };

  struct Open {  // An allowed action that has not ended.
    Ticket ticket;
    Id action;
    std::int64_t since_us;
  };
  struct Held {
    Ticket ticket;
    Id action;
  };
  struct Timer {
    std::uint32_t name;
    io::TimerId id;
  };

  void ready(Peer& peer, io::Ready what);
  void read(Peer& peer);
  void shake_hands(Peer& peer);
  void flush(Peer& peer);
  void peer_gone(Peer& peer, std::string why);

  void tell(protocol::Event event);
  void tell_unread();
  void perform_all();
  void send_outgoing();
  void watch_again(Peer& peer);

  void perform(protocol::Send& command);
  void perform(protocol::Connect& command);
  void perform(protocol::StartTls& command);
  void perform(protocol::Decide& command);
  void perform(protocol::Withdraw& command);
  void perform(protocol::Lease& command);
  void perform(protocol::Record& command);
  void perform(protocol::Report& command);
  void perform(protocol::KeepKey& command);
  void perform(protocol::FindKey& command);
  void perform(protocol::SetTimer& command);
  void perform(protocol::Close& command);

  void connected(Result<io::Fd> socket);
  void decided_later(Ticket ticket, action::Verdict verdict);
  void decided(Ticket ticket, const Id& action, action::Verdict verdict);
  void remind();
  bool refresh_plan();
  std::string key_here(std::string_view ours) const;
  void record_session(std::string_view event, std::string_view detail);
  void finish_closing();

  Peer& peer(Side side) { return side == Side::client ? client_ : upstream_; }

  Worker& worker_;
  std::shared_ptr<const Plan> plan_;
  const Served* served_;
  action::Principal principal_;
  std::string session_;
  std::string cancel_key_;
  std::string credential_;
  std::int64_t since_us_;
  std::unique_ptr<protocol::Machine> machine_;
  Peer client_;
  Peer upstream_;
  std::unique_ptr<io::Connector> connector_;
  std::vector<Open> open_;
  std::vector<Held> held_;
  std::vector<Timer> timers_;
  io::TimerId login_timer_ = 0;
  io::TimerId reminder_ = 0;
  bool telling_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool recorded_open_ = false;
};

}  // namespace claw::gateway
