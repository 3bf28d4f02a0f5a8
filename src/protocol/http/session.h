// HTTP between one agent and the upstreams it asks for: each request read, judged, given its credential,
// encoded anew, and its answer relayed under limits. Works the same whether either side speaks HTTP/1.1 or
// HTTP/2. Six files carry it: session.cc (events, endings, back-pressure), ask.cc (a request up to its
// verdict), send.cc (from the verdict to the upstream), answer.cc (the way back), socket.cc (WebSockets and
// other upgrades), input.cc (commands whose input is read before they run).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/principal.h"
#include "action/sql.h"
#include "protocol/http/exchange.h"
#include "protocol/http/wire/codec.h"
#include "protocol/http/wire/h1.h"
#include "protocol/http/wire/h2.h"
#include "protocol/machine.h"

namespace claw::http {

// How and where a session begins.
struct Arrival {
  Door door;
  action::Principal principal;
  std::string session;
  bool identified = false;   // The agent's token has been seen already, on CONNECT or in SOCKS.
  // Where everything on this connection goes; without it every request says so itself.
  struct Fixed {
    std::string host;
    std::uint16_t port = 0;
    std::uint32_t route = 0;
    std::shared_ptr<const Options> options;
  };
  std::optional<Fixed> fixed;
  bool is_tls = false;       // The agent speaks TLS to us.
  protocol::Ticket last_ticket = 0;  // Given out on this connection before, by the session of its CONNECT.
};

// A CONNECT that was granted: HTTP ends here and the tunnel begins.
struct Tunnel {
  std::string host;
  std::uint16_t port = 0;
  protocol::Routed routed;
};

bool is_websocket(const Request& request);
bool edits_messages(const action::Edits* edits);  // Does a secret go into WebSocket messages?

// One timer, told again and again; what takes too long is found when it fires.
constexpr std::uint32_t tick_timer = 1;
constexpr std::uint32_t tick_ms = 10'000;

class Session {
 public:
  Session(Arrival arrival, std::unique_ptr<Codec> codec);
  ~Session();

  void on(const protocol::Event& event, protocol::Commands& out);
  bool wants(protocol::Side side) const;
  std::string_view state() const;
  std::optional<Tunnel>& tunnel() { return tunnel_; }
  void leave(protocol::Commands& out);  // A tunnel takes its place: its upstream connections are let go.
  const Arrival& arrival() const { return arrival_; }
  protocol::Ticket last_ticket() const { return last_ticket_; }

 private:
  using Side = protocol::Side;
  using Stage = Exchange::Stage;

  class FromAgent;
  class FromUpstream;

  // session.cc
  void on_received(const protocol::Received& received);
  void on_peer_closed(const protocol::PeerClosed& closed);
  void on_tick();
  void on_stalled();
  void settle();                 // After every event: back-pressure, what has ended, what may begin.
  void press();
  void finish(Exchange& exchange, protocol::Ending ending, std::string_view why);
  void leave_link(Exchange& exchange);
  void end(std::string why);
  void conclude();
  bool lose_broken();
  void let_go(std::unique_ptr<Link>& link);
  void watch_quiet(Exchange& exchange);
  Exchange* by_stream(StreamId stream);
  Exchange* by_ticket(protocol::Ticket ticket);
  Exchange* by_link(const Link& link, StreamId stream);
  Link* link_at(Side side);
  bool is_still_sending(const Exchange& exchange) const;
  void drain(Exchange& exchange, std::size_t bytes);
  std::string_view keep(std::string bytes);  // Until the next event, so that commands may view it.
  Output to_agent() { return {*out_, Side::client, 0}; }
  Output to_upstream(const Exchange& exchange) { return {*out_, exchange.link->side, exchange.ticket}; }

  // ask.cc
  void on_request(StreamId stream, Request request);
  void on_request_body(StreamId stream, std::string_view bytes);
  bool hold(Exchange& exchange, std::uint64_t bytes);
  void refuse_body(Exchange& exchange);
  void let_go_of_body(Exchange& exchange);
  void on_request_end(StreamId stream, Fields trailers);
  void on_request_reset(StreamId stream, std::string_view why);
  void identify(Exchange& exchange);
  bool is_anothers(const Exchange& exchange, const Secret& token) const;
  void on_identified(const protocol::Identified& identified);
  void route(Exchange& exchange);
  void on_routed(const protocol::Routed& routed);
  void choose(Exchange& exchange);
  bool may_upgrade(Exchange& exchange) const;
  void refuse_upgrade(Exchange& exchange);
  void ask_credential(const Exchange& exchange);
  bool wants_body_of(const Exchange& exchange) const;
  void on_chosen(const protocol::Chosen& chosen);
  void gather(Exchange& exchange);
  void decide(Exchange& exchange);
  void on_decided(const protocol::Decided& decided);
  void say_continue(Exchange& exchange);
  void refuse(Exchange& exchange, int status, const action::Verdict& why);
  void answer_instead(Exchange& exchange, Refusal refusal, std::string_view note);
  void answer_operation(Exchange& exchange, const action::Verdict& why);
  void report_unjudged(Exchange& exchange, std::string_view why);
  protocol::Shown shown(const Exchange& exchange) const;
  std::shared_ptr<const action::Context> context_of(const Exchange& exchange);

  // send.cc
  std::string authority_of(const Exchange& exchange) const;
  void inject(Exchange& exchange);
  void on_leased(const protocol::Leased& leased);
  void place(Exchange& exchange);  // On a connection that is there, or on a new one, or later.
  void on_connected(const protocol::Connected& connected);
  void transmit(Exchange& exchange, Link& link);
  void send_body(Exchange& exchange, std::string_view bytes);
  void end_body(Exchange& exchange, const Fields& trailers);
  Status prepare(Exchange& exchange);
  Link* usable_link(const Exchange& exchange);
  Link& new_link(const Exchange& exchange);
  bool make_room();
  void lose(Link& link, std::string_view why);
  void fail(Exchange& exchange, int status, std::string_view why);  // Allowed, and could not be done.

  // answer.cc
  void on_response(Link& link, StreamId stream, Response response);
  void on_answer_body(Link& link, StreamId stream, std::string_view bytes);
  void on_answer_end(Link& link, StreamId stream, Fields trailers);
  void on_answer_reset(Link& link, StreamId stream, Reset why, std::string_view detail);
  Status clean(Exchange& exchange, Response& response);
  void strip(const Exchange& exchange, Fields& fields) const;
  Fields redacted(const Exchange& exchange, Fields fields) const;
  void pass_answer(Exchange& exchange, std::string_view bytes);
  bool finish_answer(Exchange& exchange);

  // input.cc
  void take_input(Exchange& exchange);
  void on_input(Exchange& exchange, std::string_view bytes);
  void refuse_input(Exchange& exchange, int status, const action::Verdict& why);

  // socket.cc
  void upgrade(Exchange& exchange, Response response);
  void agree(Exchange& exchange, Response response);
  Status read_messages_of(Exchange& exchange, const Response& response);
  void relay_message_bytes(Exchange& exchange, bool from_agent, std::string_view bytes);
  void read_messages(Exchange& exchange, bool from_agent);
  void release_messages(Exchange& exchange, bool from_agent);
  void pass_message(Exchange& exchange, const Waiting& waiting, bool from_agent);
  bool on_message_decided(Exchange& exchange, const protocol::Decided& decided);
  void close_socket(Exchange& exchange, std::uint16_t code, std::string_view reason);
  void break_off(Exchange& exchange, std::string_view why);
  void end_socket(Exchange& exchange, bool from_agent);
  void withdraw_messages(Exchange& exchange);

  Arrival arrival_;
  std::unique_ptr<Codec> codec_;
  std::unique_ptr<FromAgent> reader_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<std::unique_ptr<Link>> links_;  // By side, from 1.
  std::deque<std::size_t> free_links_;        // Places in it, the longest free first.
  std::deque<std::string> kept_;
  struct Identifying {
    StreamId stream;
    Secret token;
  };
  std::deque<Identifying> identifying_;       // Whose Identify is open, in order; likewise below.
  std::deque<StreamId> routing_;
  std::optional<Secret> known_token_;         // Of `arrival_.principal`.
  std::shared_ptr<Budget::Account> bodies_;  // Of the agent that last held one.
  std::optional<Tunnel> tunnel_;
  std::shared_ptr<const action::Context> context_;  // Of the last action; most are by the same credential.
  std::string context_key_;
  protocol::Ticket last_ticket_ = 0;
  protocol::Commands* out_ = nullptr;         // While on() runs.
  std::uint32_t quiet_ticks_ = 0;
  bool was_idle_ = true;
  std::optional<std::string> ending_;         // Why; done when the event is through.
  bool ended_ = false;
};

}  // namespace claw::http
