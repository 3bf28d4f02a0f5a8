#include "io/call.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "io/address.h"
#include "io/fd.h"

namespace claw::io {

namespace {

constexpr std::size_t answer_bytes_max = 64UL * 1024 * 1024;

Error cannot(std::string_view verb, const std::string& path) {
  const Code code = errno == EAGAIN ? Code::timeout : Code::unavailable;
  return Error{code, fmt::format("cannot {} {}: {}", verb, path, std::strerror(errno)), {}};
}

}  // namespace

Result<std::string> call_unix(const std::string& path, std::string_view request, std::uint32_t timeout_ms) {
  CLAW_TRY(const SocketAddress address, to_socket_address(Address{{}, 0, path}));
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{timeout_ms / 1000, static_cast<suseconds_t>(timeout_ms % 1000) * 1000};
  setsockopt(fd.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    return cannot("connect to", path);
  }
  while (!request.empty()) {
    const ssize_t sent = ::send(fd.number(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) return cannot("write to", path);
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(fd.number(), buffer, sizeof buffer, 0);
    if (got < 0) return cannot("read from", path);
    if (got == 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > answer_bytes_max) return Error{Code::limit, "the answer is longer than 64 MiB", {}};
  }
}

}  // namespace claw::io
