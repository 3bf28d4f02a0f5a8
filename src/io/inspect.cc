#include "io/inspect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

namespace claw::io {

bool is_quiet(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

namespace {

std::optional<SocketAddress> local(int fd) {
  SocketAddress own;
  own.length = sizeof(own.storage);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own.storage), &own.length) != 0) return std::nullopt;
  return own;
}

}  // namespace

std::string local_host(int fd) {
  const auto own = local(fd);
  auto address = own ? parse_address(own->text()) : Result<Address>(Address{});
  return address ? address->host : std::string();
}

Address local_address(int fd) {
  const auto own = local(fd);
  auto address = own ? parse_address(own->unmapped().text()) : Result<Address>(Address{});
  return address ? *std::move(address) : Address{};
}

}  // namespace claw::io
