#include "io/reach.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <charconv>

#include "base/check.h"
#include "io/fd.h"

namespace claw::io {

namespace {

// A range of addresses: the first bits of an address of 4 or 16 bytes.
struct Range {
  std::string_view text;
  std::string_view what;
  Reach from;  // Refused from this reach on.
};

constexpr Reach local = Reach::no_local_services;
constexpr Reach private_ = Reach::public_only;

// IANA's special-purpose registries (RFC 6890), and what clouds answer on besides.
constexpr Range ranges[] = {
    {"0.0.0.0/8", "of this host", local},
    {"127.0.0.0/8", "loopback", local},
    {"169.254.0.0/16", "link-local, where clouds keep their metadata", local},
    {"100.100.100.200/32", "a cloud's metadata service", local},
    {"168.63.129.16/32", "a cloud's metadata service", local},
    {"192.0.0.192/32", "a cloud's metadata service", local},
    {"224.0.0.0/4", "multicast", local},
    {"255.255.255.255/32", "broadcast", local},
    {"10.0.0.0/8", "private", private_},
    {"172.16.0.0/12", "private", private_},
    {"192.168.0.0/16", "private", private_},
    {"100.64.0.0/10", "shared by a provider's customers", private_},
    {"192.0.0.0/24", "reserved for protocols", private_},
    {"192.0.2.0/24", "for documentation", private_},
    {"198.51.100.0/24", "for documentation", private_},
    {"203.0.113.0/24", "for documentation", private_},
    {"192.88.99.0/24", "a relay's", private_},
    {"198.18.0.0/15", "for benchmarks", private_},
    {"240.0.0.0/4", "reserved", private_},
    {"::/128", "unspecified", local},
    {"::1/128", "loopback", local},
    {"fe80::/10", "link-local", local},
    {"fd00:ec2::254/128", "a cloud's metadata service", local},
    {"fd20:ce::254/128", "a cloud's metadata service", local},
    {"ff00::/8", "multicast", local},
    {"64:ff9b:1::/48", "translated by rules of this network", local},
    {"2001::/32", "tunnelled", local},
    {"fc00::/7", "private", private_},
    {"fec0::/10", "private", private_},
    {"2001::/23", "reserved for protocols", private_},
    {"2001:db8::/32", "for documentation", private_},
    {"3fff::/20", "for documentation", private_},
};

// Where an IPv4 address stands inside an IPv6 one.
struct Holder {
  std::string_view text;
  std::size_t at;
};
constexpr Holder holders[] = {
    {"::/96", 12},            // Compatible (RFC 4291 §2.5.5.1).
    {"::ffff:0:0/96", 12},    // Mapped.
    {"::ffff:0:0:0/96", 12},  // Translated (RFC 2765).
    {"64:ff9b::/96", 12},     // NAT64 (RFC 6052).
    {"2002::/16", 2},         // 6to4 (RFC 3056).
};

struct Prefix {
  std::string bytes;
  std::size_t bits = 0;

  explicit Prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    bytes = to_socket_address({std::string(text.substr(0, slash)), 0, {}}).value().ip();
    const std::string_view length = text.substr(slash + 1);
    CLAW_CHECK(std::from_chars(length.data(), length.data() + length.size(), bits).ec == std::errc());
  }

  bool holds(std::string_view ip) const {
    if (ip.size() != bytes.size()) return false;
    for (std::size_t bit = 0; bit < bits; bit += 8) {
      const std::size_t counted = std::min<std::size_t>(8, bits - bit);
      const unsigned mask = 0xFF00U >> counted & 0xFFU;
      if (((static_cast<unsigned char>(ip[bit / 8]) ^ static_cast<unsigned char>(bytes[bit / 8])) & mask) !=
          0) {
        return false;
      }
    }
    return true;
  }
};

template <std::size_t count, class Row>
std::vector<Prefix> prefixes_of(const Row (&rows)[count]) {
  std::vector<Prefix> prefixes;
  for (const Row& row : rows) prefixes.emplace_back(row.text);
  return prefixes;
}

// What an address is that puts it out of reach; empty when it is within.
std::string_view objection(Reach reach, std::string_view ip) {
  static const std::vector<Prefix> refused = prefixes_of(ranges), holding = prefixes_of(holders);
  static const Prefix global("2000::/3");  // All that has been given out (RFC 4291 §2.4).
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if (reach >= ranges[i].from && refused[i].holds(ip)) return ranges[i].what;
  }
  for (std::size_t i = 0; i < holding.size(); ++i) {
    if (holding[i].holds(ip)) return objection(reach, ip.substr(holders[i].at, 4));
  }
  if (reach == Reach::public_only && ip.size() == 16 && !global.holds(ip)) return "not public";
  return {};
}

}  // namespace

std::optional<std::string> out_of_reach(Reach reach, const SocketAddress& address) {
  if (reach == Reach::anywhere) return std::nullopt;
  const std::string ip = address.ip();
  if (ip.empty()) return "a Unix socket is of this host";
  if (const std::string_view what = objection(reach, ip); !what.empty()) {
    return fmt::format("{} is {}", address.text(), what);
  }
  if (is_own(address)) return fmt::format("{} is the gateway's own", address.text());
  return std::nullopt;
}

// Whoever connects to one of this machine's own addresses connects from it. Nothing is sent to find out.
bool is_own(const SocketAddress& address) {
  const Fd probe(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
  if (!probe || ::connect(probe.number(), raw, address.length) != 0) return false;
  SocketAddress from;
  from.length = sizeof from.storage;
  if (getsockname(probe.number(), reinterpret_cast<sockaddr*>(&from.storage), &from.length) != 0) return true;
  return from.ip() == address.ip();
}

}  // namespace claw::io
