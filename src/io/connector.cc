#include "io/connector.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/listener.h"
#include "io/resolver.h"

namespace claw::io {

struct Connector::Alive {
  Connector* self;
};

Connector::Connector(Loop& loop, Address address, std::uint32_t timeout_ms, Connected connected)
    : Connector(loop, std::move(address), Reach::anywhere, timeout_ms, std::move(connected)) {}

Connector::Connector(Loop& loop, Address address, Reach reach, std::uint32_t timeout_ms, Connected connected)
    : loop_(loop),
      address_(std::move(address)),
      reach_(reach),
      connected_(std::move(connected)),
      alive_(std::make_shared<Alive>(Alive{this})) {
  timer_ = loop_.after_ms(timeout_ms, [this] {
    timer_ = 0;
    finish(Error{Code::timeout, fmt::format("no connection to {} in time", address_.text()), {}});
  });
  // The first attempt starts from the loop, so that the callback never comes inside this constructor.
  loop_.post([alive = alive_] {
    if (alive->self == nullptr) return;
    const auto resolved = [alive](Result<std::vector<SocketAddress>> addresses) {
      if (alive->self != nullptr) alive->self->resolved(std::move(addresses));
    };
    system_resolver().ask(alive->self->loop_, alive->self->address_, resolved);
  });
}

Connector::~Connector() {
  alive_->self = nullptr;
  watch_.reset();
  if (timer_ != 0) loop_.cancel(timer_);
}

void Connector::resolved(Result<std::vector<SocketAddress>> addresses) {
  if (!connected_) return;  // Too late.
  if (!addresses) return finish(std::move(addresses).error());
  candidates_ = std::move(addresses).value();
  std::string refused;
  std::erase_if(candidates_, [&](const SocketAddress& each) {
    const std::optional<std::string> why = out_of_reach(reach_, each);
    if (why) refused = *why;
    return why.has_value();
  });
  if (candidates_.empty() && !refused.empty()) {
    return finish(
        Error{Code::denied,
              fmt::format("cannot connect to {}: {}, and so out of reach", address_.text(), refused),
              {}});
  }
  std::reverse(candidates_.begin(), candidates_.end());
  try_next();
}

void Connector::try_next() {
  watch_.reset();
  while (!candidates_.empty()) {
    const SocketAddress candidate = candidates_.back();
    candidates_.pop_back();
    fd_ = Fd(::socket(candidate.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (candidate.family() != AF_UNIX) set_tcp_options(fd_.number());
    if (::connect(fd_.number(), reinterpret_cast<const sockaddr*>(&candidate.storage), candidate.length) ==
        0) {
      return finish(std::move(fd_));
    }
    if (errno == EINPROGRESS) {
      watch_ = Watch(loop_, fd_.number(), *this, false, true);
      return;
    }
    last_failure_ = std::strerror(errno);
  }
  system_resolver().forget(address_.host);
  finish(
      Error{Code::unavailable, fmt::format("cannot connect to {}: {}", address_.text(), last_failure_), {}});
}

void Connector::ready(Ready) {
  int failure = 0;
  socklen_t length = sizeof failure;
  getsockopt(fd_.number(), SOL_SOCKET, SO_ERROR, &failure, &length);
  if (failure != 0) {
    last_failure_ = std::strerror(failure);
    return try_next();
  }
  watch_.reset();
  finish(std::move(fd_));
}

void Connector::finish(Result<Fd> result) {
  watch_.reset();
  fd_.reset();
  if (timer_ != 0) loop_.cancel(std::exchange(timer_, 0));
  // The callback may destroy this object: nothing is touched after it.
  const Connected connected = std::move(connected_);
  if (connected) connected(std::move(result));
}

}  // namespace claw::io
