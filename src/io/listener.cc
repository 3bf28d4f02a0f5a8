#include "io/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "io/reach.h"

namespace claw::io {

namespace {

constexpr int accepts_per_turn = 64;  // Then the connections we have get their turn.
constexpr int original_destination_option = 80;  // SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST of netfilter.

Error cannot(std::string_view verb, const Address& address) {
  return Error{
      Code::unavailable, fmt::format("cannot {} {}: {}", verb, address.text(), std::strerror(errno)), {}};
}

// So that TPROXY may give us connections to addresses that are not ours.
void set_transparent(int fd, int family) {
  const int on = 1;
  const bool is_ipv6 = family == AF_INET6;
  if (setsockopt(fd, is_ipv6 ? SOL_IPV6 : SOL_IP, is_ipv6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on,
                 sizeof on) != 0) {
    log::warning("this listener serves REDIRECT, not TPROXY", {{"why", std::strerror(errno)}});
  }
}

SocketAddress own_address(int fd) {
  SocketAddress own;
  own.length = sizeof own.storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&own.storage), &own.length);
  return own;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Address& address, Accepted accepted,
                                                 const ListenOptions& options) {
  CLAW_TRY(const SocketAddress socket_address, to_socket_address(address));
  Fd fd(::socket(socket_address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return cannot("open a socket for", address);
  const int on = 1;
  if (address.is_unix()) ::unlink(address.path.c_str());  // Left by a process that was killed.
  else setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.transparent && !address.is_unix()) set_transparent(fd.number(), socket_address.family());
  const auto* raw = reinterpret_cast<const sockaddr*>(&socket_address.storage);
  const mode_t old_mask =
      ::umask(0177);  // A Unix socket of ours is for its owner alone, from the first moment.
  const int bound = ::bind(fd.number(), raw, socket_address.length);
  ::umask(old_mask);
  if (bound != 0) return cannot("bind", address);
  const bool opens = options.for_everybody && address.is_unix();
  if (opens && ::chmod(address.path.c_str(), 0666) != 0) return cannot("open to others", address);
  if (::listen(fd.number(), options.backlog) != 0) return cannot("listen on", address);

  std::string text = address.is_unix() ? address.text() : own_address(fd.number()).text();
  std::unique_ptr<Listener> listener(
      new Listener(std::move(fd), std::move(text), address.path, std::move(accepted)));
  listener->watch_ = Watch(loop, listener->fd_.number(), *listener, true, false);
  return listener;
}

std::unique_ptr<Listener> Listener::adopt(Loop& loop, Fd listening, Accepted accepted) {
  std::string text = own_address(listening.number()).text();
  std::unique_ptr<Listener> listener(
      new Listener(std::move(listening), std::move(text), {}, std::move(accepted)));
  listener->watch_ = Watch(loop, listener->fd_.number(), *listener, true, false);
  return listener;
}

Listener::~Listener() {
  watch_.reset();
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Listener::ready(Ready) {
  for (int i = 0; i < accepts_per_turn; ++i) {
    SocketAddress from;
    from.length = sizeof from.storage;
    Fd socket(::accept4(fd_.number(), reinterpret_cast<sockaddr*>(&from.storage), &from.length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      // Out of descriptors: the connection stays in the backlog and is taken when one is free.
      if (errno != EAGAIN && errno != ECONNABORTED) {
        log::warning("accept failed", {{"why", std::strerror(errno)}});
      }
      return;
    }
    if (from.family() != AF_UNIX) set_tcp_options(socket.number());
    accepted_(std::move(socket), from.text());
  }
}

Result<SocketAddress> original_destination(int fd) {
  // Of IPv4 netfilter speaks as such, where a listener on `::` is told the mapped form of the same address.
  const SocketAddress arrived = own_address(fd).unmapped();
  if (arrived.ip().empty()) return invalid("only TCP connections are redirected");
  const int level = arrived.family() == AF_INET6 ? SOL_IPV6 : SOL_IP;
  SocketAddress before;
  before.length = sizeof before.storage;
  const bool is_known =
      getsockopt(fd, level, original_destination_option, &before.storage, &before.length) == 0;
  if (is_known && before.text() != arrived.text()) return before;
  // Nothing was rewritten. With TPROXY the connection arrives at the address it was going to, which is never
  // one of ours.
  if (is_own(arrived)) return invalid("this connection came straight to " + arrived.text());
  return arrived;
}

void set_tcp_options(int fd) {
  const int on = 1, idle_s = 60, every_s = 15, tries = 4;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
}

Result<PeerUser> peer_user(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return Error{Code::unavailable, fmt::format("cannot tell who is there: {}", std::strerror(errno)), {}};
  }
  return PeerUser{credentials.uid, credentials.pid};
}

}  // namespace claw::io
