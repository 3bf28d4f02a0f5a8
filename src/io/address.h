// Where to listen or connect: `127.0.0.1:5432`, `[::1]:5432`, `db.internal:5432` or `unix:/run/x.sock`.
// An Address is text already checked; names become IP addresses in resolver.h.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::io {

struct Address {
  std::string host;         // Name or IP literal without brackets; empty for a Unix socket.
  std::uint16_t port = 0;
  std::string path;         // Unix socket; empty otherwise.
  std::string text() const;
  bool is_unix() const { return !path.empty(); }
};

// `default_port` 0 makes the port required.
Result<Address> parse_address(std::string_view text, std::uint16_t default_port = 0);

// A socket address ready for the kernel.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family() const { return storage.ss_family; }
  std::string text() const;  // `ip:port`, or `unix`.
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  std::string ip() const;    // 4 or 16 bytes as on the wire; empty for a Unix socket.
  SocketAddress unmapped() const;  // An IPv4 address as such where it stands in an IPv6 one.
};

// For an IP literal or a Unix path, without asking anybody; an error for a name.
Result<SocketAddress> to_socket_address(const Address& address);

}  // namespace claw::io
