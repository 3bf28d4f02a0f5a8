#include "io/process/network.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace claw::io {

namespace {

Error failed(std::string_view what, int number = errno) {
  return {Code::unavailable, fmt::format("{}: {}", what, std::strerror(number)), {}};
}

// The kernel makes it first in each network namespace. Not asked by name: that is an ioctl, which a sandbox
// has few of.
constexpr unsigned loopback_device = 1;
constexpr std::uint32_t own_address = 198U << 24 | 18U << 16;  // Of a range that is no host's (RFC 2544).

// `ip route add local 0.0.0.0/0 dev lo`, as rtnetlink(7) has it.
struct Route {
  nlmsghdr head{};
  rtmsg what{};
  rtattr device_head{RTA_LENGTH(sizeof(unsigned)), RTA_OIF};
  unsigned device = loopback_device;
};
static_assert(sizeof(Route) == NLMSG_LENGTH(sizeof(rtmsg)) + RTA_LENGTH(sizeof(unsigned)));

// `ip addr add 198.18.0.0/32 dev lo`
struct OwnAddress {
  nlmsghdr head{};
  ifaddrmsg what{};
  rtattr address_head{RTA_LENGTH(sizeof(std::uint32_t)), IFA_LOCAL};
  std::uint32_t address = 0;
};
static_assert(sizeof(OwnAddress) == NLMSG_LENGTH(sizeof(ifaddrmsg)) + RTA_LENGTH(sizeof(std::uint32_t)));

template <class Wish>
Status tell(int kernel, Wish& wish, std::uint16_t type) {
  wish.head.nlmsg_len = sizeof wish;
  wish.head.nlmsg_type = type;
  wish.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
  if (::send(kernel, &wish, sizeof wish, 0) < 0) return failed("cannot take every address");
  struct {
    nlmsghdr head{};
    nlmsgerr outcome{};
    std::array<char, sizeof(Wish)> repeated{};
  } answer;
  const ssize_t count = ::recv(kernel, &answer, sizeof answer, 0);
  const bool is_whole = count >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)));
  if (!is_whole || answer.head.nlmsg_type != NLMSG_ERROR) {
    return failed("cannot take every address", EPROTO);
  }
  if (answer.outcome.error != 0) return failed("cannot take every address", -answer.outcome.error);
  return Done{};
}

Status take_family(int kernel, int family) {
  Route wish;
  wish.what.rtm_family = static_cast<unsigned char>(family);
  wish.what.rtm_table = RT_TABLE_LOCAL;
  wish.what.rtm_protocol = RTPROT_STATIC;
  wish.what.rtm_scope = RT_SCOPE_HOST;
  wish.what.rtm_type = RTN_LOCAL;
  return tell(kernel, wish, RTM_NEWROUTE);
}

// Programs that look whether the machine has IPv4 at all (AI_ADDRCONFIG) do not count 127.0.0.1.
Status have_address(int kernel) {
  OwnAddress wish;
  wish.what.ifa_family = AF_INET;
  wish.what.ifa_prefixlen = 32;
  wish.what.ifa_scope = RT_SCOPE_HOST;
  wish.what.ifa_index = loopback_device;
  wish.address = htonl(own_address);
  return tell(kernel, wish, RTM_NEWADDR);
}

bool has_ipv6() { return static_cast<bool>(Fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0))); }

SocketAddress any_address(int family, std::uint16_t port) {
  SocketAddress out;
  if (family == AF_INET6) {
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_addr = in6addr_any;
    std::memcpy(&out.storage, &any, out.length = sizeof any);
  } else {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    std::memcpy(&out.storage, &any, out.length = sizeof any);
  }
  out.set_port(port);
  return out;
}

Result<Fd> bound(int family, int type, std::uint16_t port) {
  Fd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("no socket");
  const int off = 0;
  if (family == AF_INET6) setsockopt(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const SocketAddress any = any_address(family, port);
  if (::bind(fd.number(), reinterpret_cast<const sockaddr*>(&any.storage), any.length) != 0) {
    return failed(fmt::format("cannot listen at port {}", port));
  }
  return fd;
}

}  // namespace

Status take_every_address() {
  const Fd kernel(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!kernel) return failed("no socket");
  CLAW_TRY_DONE(have_address(kernel.number()));
  CLAW_TRY_DONE(take_family(kernel.number(), AF_INET));
  // Where that is switched off for all devices the kernel refuses, and none of its addresses leads anywhere.
  if (has_ipv6()) static_cast<void>(take_family(kernel.number(), AF_INET6));
  return Done{};
}

Result<Fd> listen_everywhere(std::uint16_t port, int backlog) {
  CLAW_TRY(Fd fd, bound(has_ipv6() ? AF_INET6 : AF_INET, SOCK_STREAM, port));
  if (::listen(fd.number(), backlog) != 0) return failed(fmt::format("cannot listen at port {}", port));
  return fd;
}

Result<Fd> hear_datagrams(std::uint16_t port) { return bound(AF_INET, SOCK_DGRAM, port); }

std::optional<Datagram> take_datagram(int fd) {
  std::array<char, datagram_bytes_max> bytes{};
  Datagram taken;
  taken.from.length = sizeof taken.from.storage;
  const ssize_t count = ::recvfrom(fd, bytes.data(), bytes.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&taken.from.storage), &taken.from.length);
  if (count < 0) return std::nullopt;
  taken.bytes.assign(bytes.data(), static_cast<std::size_t>(count));
  return taken;
}

void answer_datagram(int fd, const SocketAddress& to, std::string_view bytes) {
  ::sendto(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to.storage), to.length);
}

}  // namespace claw::io
