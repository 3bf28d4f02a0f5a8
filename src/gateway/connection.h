// The pump of one connection: feeds its machine what happens and does what the machine asks. The only
// code that performs commands. It decides nothing: verdicts come from guard, secrets from vault, and
// which bytes go where from the machine.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcript.h"
#include "gateway/worker.h"
#include "io/connector.h"
#include "io/stream.h"
#include "protocol/machine.h"

namespace claw::gateway {

class Connection {
 public:
  Connection(Worker& worker, io::Fd client, const Door& door, std::shared_ptr<const Plan> plan,
             action::Principal principal);
  // One of our own: its door is of nobody's plan.
  Connection(Worker& worker, io::Fd client, std::shared_ptr<const InnerDoor> door,
             std::shared_ptr<const Plan> plan, action::Principal principal);
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
    bool dialled_tls = false;  // The handshake belongs to Connect, which is not answered before it is over.
    bool read_posted = false;
    bool ended = false;
    bool said_all = false;   // It sends no more, the machine knows, and what we send it still goes.
    bool broken = false;     // It takes no more, and nobody has room yet for what it said last.
    bool finishing = false;  // We send it no more, once what is unsent has gone out.
    std::uint32_t route = 0;
    std::string pool_key;      // Empty: not for the pool.
    std::int64_t dialled_us = 0;  // When connecting began.
    io::TimerId greeting_timer = 0;  // It has until then to end its handshake, if it was dialled by TLS.
    io::TlsStart tls_start;    // What its handshake begins with, once it is connected.
    std::shared_ptr<io::TlsContext> tls_context;
    std::unique_ptr<io::Connector> connector;
    bool untold = false;     // Something is unread that the machine has not been told since it last changed.
  };

  // Where actions of this connection go. The first is the door's own endpoint, if it has one.
  struct Destination {
    const Served* served = nullptr;  // In plan_; null: an unknown host that policy lets pass.
    std::string host;                // As the agent asked; empty: the endpoint's own.
    std::uint16_t port = 0;
  };
  struct Open {  // An allowed action that has not ended.
    Ticket ticket;
    Id action;
    std::int64_t since_us;
    std::shared_ptr<const guard::Gate> gate;
    std::uint32_t route;
    std::int64_t connect_us = -1;  // What connecting took that was begun for it.
    Transcript transcript = {};
  };
  struct Held {
    Ticket ticket;
    Id action;
    std::uint32_t route;
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
  void hung_up(Peer& peer, bool is_broken);
  void said_all(Peer& peer);
  void finish_when_sent(Peer& peer);
  std::size_t last_words() const;
  void await_last_words(std::size_t unsent_before);

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
  void perform(protocol::Keep& command);
  void perform(protocol::Report& command);
  void perform(protocol::KeepKey& command);
  void perform(protocol::FindKey& command);
  void perform(protocol::SetTimer& command);
  void perform(protocol::Close& command);
  void perform(protocol::Release& command);
  void perform(protocol::Drop& command);
  void perform(protocol::Identify& command);
  void perform(protocol::Route& command);
  void perform(protocol::Choose& command);
  void perform(protocol::Inject& command);
  void perform(protocol::Finish& command);

  // False: the connection has ended, because it could not be.
  bool write_transcript(Open& of, Transcript::More more = Transcript::More::maybe);
  const audit::Redaction* redaction() const;  // Null: all goes on record.
  void write_transcripts_later();

  void start_tls(Peer& peer, std::shared_ptr<io::TlsContext> context, io::TlsStart start);
  void report(const std::string& what);  // To log and journal.
  void dial(Peer& peer, const Destination& to);
  void dialled(Peer& peer, Result<io::Fd> socket);
  void await_greeting(Peer& upstream);
  std::uint32_t connect_ms_max() const;
  void connected(Peer& peer, std::optional<Error> error);
  void note_connected(const Peer& upstream);
  Result<std::shared_ptr<io::TlsContext>> upstream_context(const Destination& to,
                                                           const std::string& credential);
  Result<std::shared_ptr<io::TlsContext>> client_context(const protocol::StartTls& command);
  void inject(protocol::Inject command, bool asked);
  void injected(Ticket ticket, Result<vault::Injection> injection);
  std::uint32_t destination(const Served* to, const std::string& host, std::uint16_t port);
  const config::Endpoint* endpoint_at(const std::string& host, std::uint16_t port) const;
  bool pass_unknown(const std::string& goal);
  io::Address address_of(const Destination& to) const;
  void decided_later(Ticket ticket, action::Verdict verdict);
  void decided(Ticket ticket, const Id& action, std::uint32_t route, action::Verdict verdict);
  void remind();
  void count_sent();
  bool refresh_plan();
  std::string key_here(std::string_view ours) const;
  void record_session(std::string_view event, std::string_view detail);
  void finish_closing();
  void open_session(std::string_view detail = {});

  std::optional<Error> admit(const Served* to);  // Why this agent may have no further connection there.
  std::int64_t idle_limit_us() const;
  void watch_idle();
  void been_silent();
  void watch_taking();

  Peer* peer(Side side);             // Null: no such upstream.
  Peer& new_upstream(Side side);
  template <class Do>
  void each_peer(
      const Do& act);  // The client first. `act` may end the connection, and then is not called again.
  const Served* served(std::uint32_t route) const;
  std::optional<action::Principal> certified();
  void read_later(Side side);
  bool may_read(const Peer& side) const;
  bool has_room_across(const Peer& side) const;
  void let_go(Peer& upstream);
  std::unique_ptr<protocol::Machine> http_machine();

  Worker& worker_;
  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const InnerDoor> own_door_;  // Null: the door is in plan_.
  const Door* door_;
  std::string place_;                // `postgres.prod`, or `proxy.dev`: for the record.
  std::vector<Destination> destinations_;
  action::Principal principal_;
  std::string session_;
  std::string cancel_key_;
  std::string credential_;
  std::int64_t since_us_;
  std::unique_ptr<protocol::Machine> machine_;
  Peer client_;
  std::vector<std::unique_ptr<Peer>> upstreams_;  // By side, from 1.
  std::vector<std::unique_ptr<Peer>> gone_;       // Let go of when nobody can be in their code any more.
  std::vector<Open> open_;
  std::vector<Held> held_;
  std::vector<Timer> timers_;
  io::TimerId login_timer_ = 0;
  io::TimerId reminder_ = 0;
  io::TimerId transcript_timer_ = 0;
  io::TimerId idle_timer_ = 0;
  std::int64_t sent_bytes_ = 0;           // To the agent, that nobody was told of yet.
  io::TimerId taking_timer_ = 0;
  std::size_t taken_ = 0;                 // Of what the client did not take at once, since that was set.
  std::int64_t heard_us_ = 0;             // When the last bytes came, from either side.
  std::string admitted_agent_;            // Whom the places are for,
  std::vector<std::string> admitted_;     // at which endpoints.
  std::vector<Quota::Place> places_;
  bool telling_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool recorded_open_ = false;
  std::string session_place_;  // The endpoint that the session's records name.
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is: for answers from afar.
  std::string why_;  // The machine's word for why it closed.
};

}  // namespace claw::gateway
