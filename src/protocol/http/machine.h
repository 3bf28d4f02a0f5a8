// An agent's HTTP connection from its first byte: through an explicit proxy (CONNECT, absolute-form, SOCKS5),
// by an endpoint's own door, or redirected here by the network. Finds out where it leads and in which
// protocol, has TLS begun where it must, and hands it to a Session; or, for unknown hosts that policy lets
// pass, relays bytes unread. No socket, no policy, no clock.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "protocol/http/session.h"
#include "protocol/machine.h"
#include "protocol/socks/socks.h"

namespace claw::http {

class Machine final : public protocol::Machine {
 public:
  // `fixed` is the endpoint of its own door.
  Machine(Door door, action::Principal principal, std::string session,
          std::optional<Arrival::Fixed> fixed = std::nullopt);
  ~Machine() override;

  void on(const protocol::Event& event, protocol::Commands& out) override;
  bool wants(protocol::Side side) const override;
  bool passes_ends() const override;
  std::string_view state() const override;

 private:
  enum class Phase : std::uint8_t {
    opening,      // Nothing read yet.
    door_tls,     // TLS with the door itself.
    socks,
    routing,      // Asked where this connection leads.
    tunnel,       // Granted; what is spoken inside is not known yet.
    agent_tls,    // With a leaf of ours.
    session,
    dialling,     // A splice's upstream.
    splice,
    ended,
  };

  void on_received(const protocol::Received& received, protocol::Commands& out);
  void on_late(protocol::Commands& out);
  void on_first_bytes(std::string_view bytes, protocol::Commands& out);
  void on_socks(std::string_view bytes, protocol::Commands& out);
  void on_tunnel(std::string_view bytes, protocol::Commands& out);
  void on_hello(std::string_view bytes, protocol::Commands& out);
  void on_routed(const protocol::Routed& routed, protocol::Commands& out);
  void on_identified(const protocol::Identified& identified, protocol::Commands& out);
  void on_tls(const protocol::TlsReady& ready, protocol::Commands& out);
  void on_connected(const protocol::Connected& connected, protocol::Commands& out);
  void ask_route(std::string host, std::uint16_t port, protocol::Commands& out);
  void grant(protocol::Commands& out);
  void take_tunnel(protocol::Commands& out);
  void begin_session(bool is_http2, std::string_view bytes, protocol::Commands& out);
  void splice(const protocol::Received& received, protocol::Commands& out);
  void on_closed(const protocol::PeerClosed& closed, protocol::Commands& out);
  void end(std::string why, protocol::Commands& out);
  void refuse(std::string why, protocol::Commands& out);
  Arrival arrival() const;

  Door door_;
  action::Principal principal_;
  std::string session_name_;
  std::optional<Arrival::Fixed> fixed_;
  Phase phase_ = Phase::opening;
  enum class Way : std::uint8_t { none, connect, socks, redirect } way_ = Way::none;
  std::optional<socks::Server> socks_;
  std::string host_;          // Where the tunnel leads.
  std::uint16_t port_ = 0;
  std::uint32_t route_ = 0;
  bool is_tls_ = false;
  bool has_spoken_ = false;
  protocol::Ticket last_ticket_ = 0;  // Of the session before the tunnel.
  bool identified_ = false;
  bool is_splice_ = false;
  std::optional<protocol::Side> ended_side_;  // Of a splice; the other goes on.
  std::uint64_t bytes_up_ = 0;
  std::uint64_t bytes_down_ = 0;
  std::unique_ptr<Session> session_;
};

}  // namespace claw::http
