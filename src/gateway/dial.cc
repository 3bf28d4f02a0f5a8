// Connections to upstreams and TLS on either side: which address, which certificate, and whether one that is
// still open will do.
#include <fmt/format.h>

#include "base/host.h"
#include "base/log.h"
#include "gateway/connection.h"
#include "io/inspect.h"

namespace claw::gateway {

namespace {

// Who is at the other end and as whom we came: only the same may be given a connection again.
std::string pool_key(const io::Address& address, const Served& served, const protocol::Connect& command) {
  return fmt::format("{} {} {} {}", served.endpoint->typed, address.text(), command.credential,
                     command.alpn.empty() ? "" : command.alpn.front());
}

}  // namespace

// Where a destination's connection goes. A plain request to an endpoint that is reached by TLS is sent by
// TLS: no credential travels in the clear because an agent wrote `http`.
io::Address Connection::address_of(const Destination& to) const {
  if (to.served == nullptr) return {to.host, to.port, {}};
  if (!to.served->upstream.host.empty()) return to.served->upstream;
  const bool is_tls = to.served->upstream_tls != nullptr;
  std::uint16_t port = to.port != 0 ? to.port : is_tls ? https_port : http_port;
  if (is_tls && port == http_port) port = https_port;
  return {to.host, port, {}};
}

void Connection::perform(protocol::Connect& command) {
  Peer& upstream = new_upstream(command.side);
  upstream.route = command.route;
  const Destination& to = destinations_[command.route];
  const io::Address address = address_of(to);
  if (to.served == nullptr || to.served->http == nullptr) return dial(upstream, to);
  upstream.pool_key = pool_key(address, *to.served, command) + fmt::format(" {}", plan_->snapshot->version);
  if (auto kept = worker_.pool().take(upstream.pool_key)) {
    upstream.stream = std::move(*kept);
    upstream.watch = io::Watch(worker_.loop(), upstream.stream.fd(), upstream, true, false);
    return tell(protocol::Connected{{}, command.side, upstream.stream.protocol(), true});
  }
  if (command.tls) {
    auto context = upstream_context(to, command.credential);
    if (!context) return connected(upstream, std::move(context).error());
    upstream.tls_context = std::move(*context);
    upstream.tls_start = {address.host, std::move(command.alpn), {}, upstream.pool_key};
  }
  dial(upstream, to);
}

std::uint32_t Connection::connect_ms_max() const {
  return static_cast<std::uint32_t>(plan_->snapshot->settings.limits.connect_timeout_us / 1000);
}

void Connection::dial(Peer& upstream, const Destination& to) {
  const io::Reach reach = to.served == nullptr ? io::Reach::public_only
                          : to.served->http == nullptr ? io::Reach::anywhere
                                                       : reach_of(*to.served->endpoint, to.host);
  upstream.dialled_us = worker_.services().clock.monotonic_us();
  upstream.connector = std::make_unique<io::Connector>(
      worker_.loop(), address_of(to), reach, connect_ms_max(),
      [this, &upstream](Result<io::Fd> socket) { dialled(upstream, std::move(socket)); });
}

void Connection::dialled(Peer& upstream, Result<io::Fd> socket) {
  if (closed_ || upstream.ended) return;
  if (!socket) return connected(upstream, std::move(socket).error());
  upstream.stream = io::Stream(std::move(socket).value());
  upstream.watch = io::Watch(worker_.loop(), upstream.stream.fd(), upstream, true, false);
  if (upstream.tls_context == nullptr) return connected(upstream, std::nullopt);
  upstream.dialled_tls = true;
  await_greeting(upstream);
  start_tls(upstream, std::move(upstream.tls_context), std::move(upstream.tls_start));
}

// Who takes connections and never greets would keep its requests waiting for ever.
void Connection::await_greeting(Peer& upstream) {
  upstream.greeting_timer = worker_.loop().after_ms(connect_ms_max(), [this, &upstream] {
    upstream.greeting_timer = 0;
    upstream.handshaking = false;
    upstream.watch.reset();
    connected(upstream, Error{Code::timeout, "the TLS handshake took too long", {}});
  });
}

// An action whose verdict was there before its upstream has waited for that.
void Connection::note_connected(const Peer& upstream) {
  if (upstream.dialled_us == 0) return;
  const std::int64_t took_us = worker_.services().clock.monotonic_us() - upstream.dialled_us;
  for (Open& open : open_) {
    const bool waited = open.route == upstream.route && open.since_us <= upstream.dialled_us;
    if (waited && open.connect_us < 0) open.connect_us = took_us;
  }
}

void Connection::connected(Peer& upstream, std::optional<Error> error) {
  upstream.dialled_tls = false;
  worker_.loop().cancel(std::exchange(upstream.greeting_timer, 0));
  note_connected(upstream);
  if (error) {
    worker_.services().connect_failures.add();
    log::warning("upstream unreachable", {{"endpoint", place_}, {"why", error->text()}});
    if (error->code == Code::denied) {
      // An attempt worth keeping; but what an internal name resolves to is not for the agent.
      report(error->text());
      error->what = "its address is out of reach under this policy";
    }
  }
  tell(protocol::Connected{std::move(error), upstream.side, upstream.stream.protocol(), false});
}

void Connection::start_tls(Peer& peer, std::shared_ptr<io::TlsContext> context, io::TlsStart start) {
  peer.stream.start_tls(std::move(context), std::move(start));
  peer.handshaking = true;
  peer.watch.want(true, peer.side != Side::client);
}

void Connection::perform(protocol::StartTls& command) {
  send_outgoing();  // The word that agrees to TLS goes out before TLS begins.
  Peer* side = peer(command.side);
  if (side == nullptr || closed_) return;
  const auto refuse = [&](std::string why) {
    tell(protocol::TlsReady{command.side, Error{Code::invalid, std::move(why), {}}, {}, {}});
  };
  const bool has_hello = command.side == Side::client && !command.alpn.empty();
  // Bytes sent before the handshake must never be taken for bytes sent inside it; a ClientHello that the
  // machine has looked at is the beginning of the handshake itself.
  const std::size_t waiting = side->unread().size() - worker_.commands.consumed(command.side);
  if (side->stream.unsent() != 0 || (waiting != 0 && !has_hello)) return refuse("TLS cannot start here");
  auto context = command.side == Side::client
                     ? client_context(command)
                     : Result<std::shared_ptr<io::TlsContext>>(served(0)->upstream_tls);
  if (!context) return refuse(context.error().what);
  if (*context == nullptr) return refuse("TLS cannot start here");
  io::TlsStart start;
  start.host = command.side == Side::client ? std::string() : served(0)->upstream.host;
  start.alpn = std::move(command.alpn);
  if (has_hello) {
    start.prefix = side->unread();
    side->consume(side->unread().size());
  }
  start_tls(*side, std::move(*context), std::move(start));
  if (has_hello) shake_hands(*side);
}

// A door shows its own certificate, or a leaf; inside a tunnel it is always a leaf for where that leads.
Result<std::shared_ptr<io::TlsContext>> Connection::client_context(const protocol::StartTls& command) {
  const bool is_door = command.alpn.empty() || command.is_door;
  if (is_door && door_->tls != nullptr && !door_->shows_leaf) return door_->tls;
  if (command.alpn.empty()) return std::shared_ptr<io::TlsContext>();
  const std::string host = command.host.empty() ? io::local_host(client_.stream.fd()) : command.host;
  CLAW_TRY(auto leaf,
           worker_.services().authority->context_for(host, worker_.services().clock.wall_us()));
  return is_door && door_->tls != nullptr ? door_->tls->showing(*leaf) : leaf;
}

// With a client certificate, where the credential is one; those contexts are made once per plan and worker.
Result<std::shared_ptr<io::TlsContext>> Connection::upstream_context(const Destination& to,
                                                                     const std::string& credential) {
  const config::Credential* named = plan_->snapshot->credential(credential);
  if (named == nullptr || named->kind != "mtls_credential") return to.served->upstream_tls;
  const std::string key =
      fmt::format("{} {} {}", plan_->snapshot->version, to.served->endpoint->typed, credential);
  if (auto kept = worker_.context(key)) return kept;
  CLAW_TRY(auto certificate, worker_.services().vault.client_certificate(vault_credential(*named)));
  if (!certificate) {
    return Error{Code::not_found, fmt::format("credential `{}` has no certificate", credential), {}};
  }
  const std::string& roots =
      certificate->roots.empty() ? to.served->endpoint->http.roots_pem : certificate->roots;
  CLAW_TRY(auto context,
           io::TlsContext::client({}, io::TlsTrust::chain_and_name,
                                  {certificate->certificate, std::move(certificate->key), roots}));
  worker_.keep_context(key, context);
  return context;
}

// An upstream that another connection may have: nothing is left to say on either side.
void Connection::perform(protocol::Release& command) {
  Peer* upstream = peer(command.side);
  if (upstream == nullptr) return;
  send_outgoing();
  if (closed_ || peer(command.side) == nullptr) return;
  const bool is_clean = !upstream->pool_key.empty() && !upstream->ended && upstream->unread().empty() &&
                        !upstream->handshaking;
  if (is_clean && upstream->stream.is_open()) {
    upstream->watch.reset();
    worker_.pool().put(upstream->pool_key, std::exchange(upstream->stream, io::Stream()));
  }
  let_go(*upstream);
}

void Connection::perform(protocol::Drop& command) {
  Peer* upstream = peer(command.side);
  if (upstream == nullptr) return;
  send_outgoing();
  if (!closed_ && peer(command.side) != nullptr) let_go(*upstream);
}

}  // namespace claw::gateway
