#include "protocol/http/machine.h"

#include <fmt/format.h>

#include "base/text.h"
#include "protocol/tls/hello.h"

namespace claw::http {

using protocol::Commands;
using protocol::Side;

namespace {

// From the first byte to the first request: a person's client needs a second, an attacker's takes its time.
constexpr std::uint32_t opening_timer = 2;
constexpr std::uint32_t opening_ms = 30'000;

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 §3.4.
constexpr std::string_view tunnel_stands = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view tunnel_failed =
    "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
// A fatal alert, access_denied (RFC 8446 §6): all that can be said before a TLS handshake has begun.
constexpr std::string_view tls_access_denied("\x15\x03\x03\x00\x02\x02\x31", 7);
constexpr char socks5 = 0x05;
constexpr char socks4 = 0x04;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string without_dot(std::string host) {
  while (host.ends_with('.')) host.pop_back();
  return host;
}

}  // namespace

Machine::Machine(Door door, action::Principal principal, std::string session,
                 std::optional<Arrival::Fixed> fixed)
    : door_(std::move(door)),
      principal_(std::move(principal)),
      session_name_(std::move(session)),
      fixed_(std::move(fixed)) {}

Machine::~Machine() = default;

void Machine::on(const protocol::Event& event, Commands& out) {
  if (phase_ == Phase::ended) return;
  if (phase_ == Phase::session) {
    session_->on(event, out);
    if (session_->tunnel()) take_tunnel(out);
    return;
  }
  if (std::holds_alternative<protocol::Started>(event)) {
    out.ask(protocol::SetTimer{opening_timer, opening_ms});
  } else if (const auto* received = std::get_if<protocol::Received>(&event)) {
    on_received(*received, out);
  } else if (const auto* routed = std::get_if<protocol::Routed>(&event)) {
    on_routed(*routed, out);
  } else if (const auto* identified = std::get_if<protocol::Identified>(&event)) {
    on_identified(*identified, out);
  } else if (const auto* ready = std::get_if<protocol::TlsReady>(&event)) {
    on_tls(*ready, out);
  } else if (const auto* connected = std::get_if<protocol::Connected>(&event)) {
    on_connected(*connected, out);
  } else if (const auto* closed = std::get_if<protocol::PeerClosed>(&event)) {
    on_closed(*closed, out);
  } else if (const auto* timed_out = std::get_if<protocol::TimedOut>(&event)) {
    if (timed_out->timer == opening_timer && phase_ != Phase::splice) on_late(out);
  }
}

void Machine::on_received(const protocol::Received& received, Commands& out) {
  if (received.bytes.empty()) return;
  has_spoken_ = true;
  switch (phase_) {
    case Phase::opening: return on_first_bytes(received.bytes, out);
    case Phase::socks: return on_socks(received.bytes, out);
    case Phase::tunnel: return on_tunnel(received.bytes, out);
    case Phase::splice: return splice(received, out);
    case Phase::door_tls:
    case Phase::routing:
    case Phase::agent_tls:
    case Phase::session:
    case Phase::dialling:
    case Phase::ended: return;
  }
}

// Who says nothing at all is a probe or a client in reserve; who stops midway holds a place on purpose.
void Machine::on_late(Commands& out) {
  const std::string why = "nothing was asked in time";
  if (has_spoken_) refuse(why, out);
  else end(why, out);
}

void Machine::on_first_bytes(std::string_view bytes, Commands& out) {
  const char first = bytes.front();
  const bool is_hello = tls::is_tls(bytes);
  if (door_.kind == Door::Kind::transparent) {
    way_ = Way::redirect;
    if (is_hello) return on_hello(bytes, out);
    if (is_letter(first)) return begin_session(false, bytes, out);
    return ask_route(door_.original_host, door_.original_port, out);
  }
  if (is_hello && door_.has_tls && !is_tls_) return on_hello(bytes, out);
  if (is_hello) return refuse("TLS, where this door speaks none", out);
  if (door_.requires_tls && !is_tls_) return refuse("this door asks for TLS", out);
  if (door_.kind == Door::Kind::proxy && (first == socks5 || first == socks4)) {
    phase_ = Phase::socks;
    way_ = Way::socks;
    socks_.emplace(door_.require_token);
    return on_socks(bytes, out);
  }
  if (!is_letter(first)) return refuse("neither HTTP nor TLS nor SOCKS", out);
  if (door_.kind == Door::Kind::endpoint &&
      http2_preface.starts_with(bytes.substr(0, http2_preface.size()))) {
    if (bytes.size() < http2_preface.size()) return;  // `PRI` or `PRIVMSG`: the rest will tell.
    return begin_session(true, bytes, out);
  }
  begin_session(false, bytes, out);
}

void Machine::on_socks(std::string_view bytes, Commands& out) {
  auto step = socks_->feed(bytes);
  if (!step) {
    if (const std::string last = socks_->refusal(); !last.empty()) out.send(Side::client, last);
    return refuse(step.error().what, out);
  }
  out.consume(Side::client, step->consumed);
  if (!step->send.empty()) out.send(Side::client, std::move(step->send));
  if (step->login) {
    phase_ = Phase::routing;  // Nothing more is read until it is known.
    return out.ask(protocol::Identify{std::move(step->login->password)});
  }
  if (step->goal) ask_route(std::move(step->goal->host), step->goal->port, out);
}

void Machine::on_identified(const protocol::Identified& identified, Commands& out) {
  if (phase_ != Phase::routing || !socks_) return;
  phase_ = Phase::socks;
  out.send(Side::client, socks_->logged_in(identified.known));
  if (!identified.known) return refuse("an agent token that nobody has", out);
  identified_ = true;
  principal_ = identified.principal;
}

void Machine::ask_route(std::string host, std::uint16_t port, Commands& out) {
  if (way_ == Way::redirect && port == 0) {
    out.send(Side::client, std::string(tls_access_denied));
    return refuse("this connection was not redirected here", out);
  }
  host_ = without_dot(std::move(host));
  port_ = port;
  phase_ = Phase::routing;
  out.ask(protocol::Route{host_, port_});
}

void Machine::on_routed(const protocol::Routed& routed, Commands& out) {
  if (phase_ != Phase::routing) return;
  using Kind = protocol::Routed::Kind;
  if (routed.kind == Kind::refused) {
    if (way_ == Way::socks) out.send(Side::client, socks::Server::answer(socks::Answer::not_allowed));
    if (way_ == Way::redirect) out.send(Side::client, std::string(tls_access_denied));
    return refuse(routed.why, out);
  }
  route_ = routed.route;
  is_splice_ = routed.kind == Kind::splice;
  if (is_splice_) {
    phase_ = Phase::dialling;
    return out.ask(protocol::Connect{Side::upstream, route_, {}, {}, false});
  }
  fixed_ = Arrival::Fixed{host_, port_, route_, std::static_pointer_cast<const Options>(routed.options)};
  if (way_ == Way::redirect) {  // The ClientHello has been read; it is answered by a leaf for that name.
    phase_ = Phase::agent_tls;
    return out.ask(protocol::StartTls{Side::client, host_, {"h2", "http/1.1"}, false});
  }
  grant(out);
}

void Machine::grant(Commands& out) {
  if (way_ == Way::socks) out.send(Side::client, socks::Server::answer(socks::Answer::granted));
  if (way_ == Way::connect) out.send(Side::client, std::string(tunnel_stands));
  phase_ = is_splice_ ? Phase::splice : Phase::tunnel;
}

// A CONNECT that the session has seen and that has a destination: HTTP ends, what follows is inside.
void Machine::take_tunnel(Commands& out) {
  Tunnel tunnel = std::move(*session_->tunnel());
  principal_ = session_->arrival().principal;
  identified_ = true;
  session_->leave(out);
  last_ticket_ = session_->last_ticket();
  session_.reset();
  way_ = Way::connect;
  host_ = std::move(tunnel.host);
  port_ = tunnel.port;
  phase_ = Phase::routing;
  out.ask(protocol::SetTimer{tick_timer, 0});
  out.ask(protocol::SetTimer{opening_timer, opening_ms});
  on_routed(tunnel.routed, out);
}

void Machine::on_tunnel(std::string_view bytes, Commands& out) {
  if (tls::is_tls(bytes)) return on_hello(bytes, out);
  if (!is_letter(bytes.front())) return refuse("neither HTTP nor TLS inside the tunnel", out);
  if (http2_preface.starts_with(bytes.substr(0, http2_preface.size()))) {
    if (bytes.size() < http2_preface.size()) return;
    return begin_session(true, bytes, out);
  }
  begin_session(false, bytes, out);
}

// The name inside must be the name outside, or one host would be judged and another reached.
void Machine::on_hello(std::string_view bytes, Commands& out) {
  auto hello = tls::decode_hello(bytes);
  if (!hello) return refuse(fmt::format("no ClientHello: {}", hello.error().what), out);
  if (!hello->has_value()) return;
  const std::string& name = (*hello)->server_name;
  if (way_ == Way::none) {  // The door's own TLS: whatever name the agent knows it by.
    phase_ = Phase::door_tls;
    std::vector<std::string> alpn = {"http/1.1"};
    if (door_.kind == Door::Kind::endpoint) alpn.insert(alpn.begin(), "h2");
    return out.ask(protocol::StartTls{Side::client, name, std::move(alpn), true});
  }
  if (way_ == Way::redirect) {
    return ask_route(name.empty() ? door_.original_host : name, door_.original_port, out);
  }
  if (!name.empty() && name != host_) {
    out.send(Side::client, std::string(tls_access_denied));
    return refuse(fmt::format("the tunnel is to {}, its TLS asks for {}", quoted(host_), quoted(name)), out);
  }
  phase_ = Phase::agent_tls;
  out.ask(protocol::StartTls{Side::client, host_, {"h2", "http/1.1"}, false});
}

void Machine::on_tls(const protocol::TlsReady& ready, Commands& out) {
  if (ready.side != Side::client) return;
  if (ready.error) return end(fmt::format("TLS with the agent failed: {}", ready.error->what), out);
  is_tls_ = true;
  if (ready.principal) {
    principal_ = *ready.principal;
    identified_ = true;
  }
  if (phase_ == Phase::door_tls && door_.kind == Door::Kind::proxy) {
    phase_ = Phase::opening;
    return;
  }
  if (phase_ == Phase::door_tls || phase_ == Phase::agent_tls) begin_session(ready.protocol == "h2", {}, out);
}

Arrival Machine::arrival() const {
  return {door_, principal_, session_name_, identified_, fixed_, is_tls_, last_ticket_};
}

// `bytes`: what was looked at to see that it is HTTP, and is told only once.
void Machine::begin_session(bool is_http2, std::string_view bytes, Commands& out) {
  phase_ = Phase::session;
  out.ask(protocol::SetTimer{opening_timer, 0});
  Arrival arrived = arrival();
  if (way_ == Way::connect || way_ == Way::socks) arrived.identified = true;
  session_ = std::make_unique<Session>(std::move(arrived), is_http2 ? make_h2_server() : make_h1_server());
  session_->on(protocol::Started{}, out);
  if (!bytes.empty()) on(protocol::Received{Side::client, bytes}, out);
}

void Machine::on_connected(const protocol::Connected& connected, Commands& out) {
  if (phase_ != Phase::dialling) return;
  if (!connected.error) {
    out.ask(protocol::SetTimer{opening_timer, 0});
    return grant(out);
  }
  if (way_ == Way::socks) out.send(Side::client, socks::Server::answer(socks::Answer::unreachable));
  if (way_ == Way::connect) out.send(Side::client, std::string(tunnel_failed));
  end(connected.error->what, out);
}

// Unread, as policy said when it let this host pass; only counted.
void Machine::splice(const protocol::Received& received, Commands& out) {
  (received.side == Side::client ? bytes_up_ : bytes_down_) += received.bytes.size();
  out.relay(protocol::other(received.side), received.bytes, 0);
  out.consume(received.side, received.bytes.size());
}

// Of a splice each way ends for itself: who has said all may still be waiting for the answer.
void Machine::on_closed(const protocol::PeerClosed& closed, Commands& out) {
  if (!closed.why.empty()) return end(closed.why, out);
  if (phase_ == Phase::splice && !ended_side_) {
    ended_side_ = closed.side;
    return out.ask(protocol::Finish{protocol::other(closed.side)});
  }
  if (phase_ == Phase::splice) out.ask(protocol::Finish{protocol::other(closed.side)});
  end(ended_side_.value_or(closed.side) == Side::client ? "the agent left" : "the upstream left", out);
}

void Machine::refuse(std::string why, Commands& out) {
  out.ask(protocol::Report{why});
  end(std::move(why), out);
}

void Machine::end(std::string why, Commands& out) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  if (is_splice_) why = fmt::format("{}; {} bytes sent, {} received", why, bytes_up_, bytes_down_);
  out.ask(protocol::Close{std::move(why)});
}

bool Machine::wants(Side side) const {
  switch (phase_) {
    case Phase::session: return session_->wants(side);
    case Phase::splice: return true;
    case Phase::opening:
    case Phase::socks:
    case Phase::tunnel: return side == Side::client;
    case Phase::door_tls:
    case Phase::routing:
    case Phase::agent_tls:
    case Phase::dialling:
    case Phase::ended: return false;
  }
  return false;
}

// Also while it is dialled: what the agent said before it ended waits to be read.
bool Machine::passes_ends() const {
  return phase_ == Phase::splice || (phase_ == Phase::dialling && is_splice_);
}

std::string_view Machine::state() const {
  switch (phase_) {
    case Phase::opening: return "opening";
    case Phase::door_tls: return "door TLS";
    case Phase::socks: return "socks";
    case Phase::routing: return "routing";
    case Phase::tunnel: return "tunnel";
    case Phase::agent_tls: return "agent TLS";
    case Phase::session: return session_->state();
    case Phase::dialling: return "dialling";
    case Phase::splice: return "splice";
    case Phase::ended: return "ended";
  }
  return "";
}

}  // namespace claw::http
