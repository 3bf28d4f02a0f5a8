// A client of a server under test, on this machine: says whatever it is told, in whatever pieces, and waits
// for what comes back. For tests of who stands on io/ and may not see a socket.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace claw::io {

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CLAW_CHECK(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval limit{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Until `text` has come so many times, or the other side closed.
  std::string until(std::string_view text, int times = 1) const {
    std::string got;
    char buffer[4096];
    for (;;) {
      int count = 0;
      for (std::size_t at = got.find(text); at != std::string::npos; at = got.find(text, at + 1)) ++count;
      if (count >= times) return got;
      const ssize_t read = ::recv(fd_, buffer, sizeof buffer, 0);
      if (read <= 0) return got;
      got.append(buffer, static_cast<std::size_t>(read));
    }
  }
  bool is_closed() const {
    char byte;
    return ::recv(fd_, &byte, 1, 0) == 0;
  }

 private:
  int fd_;
};

}  // namespace claw::io
