#include "io/pair.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace claw::io {

Result<std::pair<Fd, Fd>> make_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{Code::unavailable, "no socket: " + std::system_category().message(errno), {}};
  }
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

}  // namespace claw::io
