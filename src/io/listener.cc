#include "io/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace claw::io {

namespace {

constexpr int backlog = 4096;          // Bursts of agents reconnecting at once.
constexpr int accepts_per_turn = 64;   // Then the connections we have get their turn.

Error cannot(std::string_view verb, const Address& address) {
  return Error{
      Code::unavailable, fmt::format("cannot {} {}: {}", verb, address.text(), std::strerror(errno)), {}};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Address& address, Accepted accepted) {
  CLAW_TRY(const SocketAddress socket_address, to_socket_address(address));
  Fd fd(::socket(socket_address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return cannot("open a socket for", address);
  const int on = 1;
  if (address.is_unix()) ::unlink(address.path.c_str());  // Left by a process that was killed.
  else setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* raw = reinterpret_cast<const sockaddr*>(&socket_address.storage);
  const mode_t old_mask =
      ::umask(0177);  // A Unix socket of ours is for its owner alone, from the first moment.
  const int bound = ::bind(fd.number(), raw, socket_address.length);
  ::umask(old_mask);
  if (bound != 0) return cannot("bind", address);
  if (::listen(fd.number(), backlog) != 0) return cannot("listen on", address);

  SocketAddress actual;
  actual.length = sizeof actual.storage;
  getsockname(fd.number(), reinterpret_cast<sockaddr*>(&actual.storage), &actual.length);
  std::string text = address.is_unix() ? address.text() : actual.text();
  std::unique_ptr<Listener> listener(
      new Listener(std::move(fd), std::move(text), address.path, std::move(accepted)));
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
    const int on = 1;
    if (from.family() != AF_UNIX) setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    accepted_(std::move(socket), from.text());
  }
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
