#include "io/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace claw::io {

namespace {

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return invalid(fmt::format("{} is not a port from 0 to 65535", quoted(text)));
  }
  return port;
}

template <class T>
SocketAddress packed(const T& address) {
  SocketAddress out;
  static_assert(sizeof(T) <= sizeof(out.storage));
  std::memcpy(&out.storage, &address, sizeof(T));
  out.length = sizeof(T);
  return out;
}

template <class T>
T unpacked(const SocketAddress& address) {
  T out{};
  std::memcpy(&out, &address.storage, sizeof(T));
  return out;
}

}  // namespace

std::string Address::text() const {
  if (is_unix()) return "unix:" + path;
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

Result<Address> parse_address(std::string_view text, std::uint16_t default_port) {
  if (text.starts_with("unix:")) {
    if (text.size() == 5 || text.size() - 5 >= sizeof(sockaddr_un{}.sun_path)) {
      return invalid(fmt::format("{} is not a socket path of 1 to 107 bytes", quoted(text)));
    }
    return Address{{}, 0, std::string(text.substr(5))};
  }
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return invalid(fmt::format("{} has no closing bracket", quoted(text)));
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) {
      return invalid(fmt::format("{} is not host:port", quoted(text)));
    }
    if (!rest.empty()) port = rest.substr(1);
  } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.find(':') != std::string_view::npos) {
      return invalid(fmt::format("{} needs brackets round the IPv6 address", quoted(text)));
    }
  }
  if (host.empty()) return invalid(fmt::format("{} names no host", quoted(text)));
  Address address{std::string(host), default_port, {}};
  if (port.empty() && default_port == 0) return invalid(fmt::format("{} names no port", quoted(text)));
  if (!port.empty()) {
    CLAW_TRY(address.port, parse_port(port));
  }
  return address;
}

std::string SocketAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET) {
    const auto v4 = unpacked<sockaddr_in>(*this);
    inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof buffer);
    return fmt::format("{}:{}", buffer, ntohs(v4.sin_port));
  }
  if (family() == AF_INET6) {
    const auto v6 = unpacked<sockaddr_in6>(*this);
    inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof buffer);
    return fmt::format("[{}]:{}", buffer, ntohs(v6.sin6_port));
  }
  return "unix";
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(unpacked<sockaddr_in>(*this).sin_port);
  if (family() == AF_INET6) return ntohs(unpacked<sockaddr_in6>(*this).sin6_port);
  return 0;
}

void SocketAddress::set_port(std::uint16_t port) {
  if (family() == AF_INET) {
    auto v4 = unpacked<sockaddr_in>(*this);
    v4.sin_port = htons(port);
    *this = packed(v4);
  } else if (family() == AF_INET6) {
    auto v6 = unpacked<sockaddr_in6>(*this);
    v6.sin6_port = htons(port);
    *this = packed(v6);
  }
}

std::string SocketAddress::ip() const {
  if (family() == AF_INET) {
    const auto v4 = unpacked<sockaddr_in>(*this);
    return {reinterpret_cast<const char*>(&v4.sin_addr), sizeof v4.sin_addr};
  }
  if (family() == AF_INET6) {
    const auto v6 = unpacked<sockaddr_in6>(*this);
    return {reinterpret_cast<const char*>(&v6.sin6_addr), sizeof v6.sin6_addr};
  }
  return {};
}

SocketAddress SocketAddress::unmapped() const {
  constexpr std::string_view mapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);
  const std::string whole = ip();
  if (whole.size() != 16 || !whole.starts_with(mapped)) return *this;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port());
  std::memcpy(&v4.sin_addr, whole.substr(mapped.size()).data(), sizeof v4.sin_addr);
  return packed(v4);
}

Result<SocketAddress> to_socket_address(const Address& address) {
  if (address.is_unix()) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    address.path.copy(out.sun_path, sizeof(out.sun_path) - 1);
    return packed(out);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  if (inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) return packed(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  if (inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) return packed(v6);
  return invalid(fmt::format("{} is a name, not an IP address", quoted(address.host)));
}

}  // namespace claw::io
