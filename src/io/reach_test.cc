// Every range at both its edges, what holds an IPv4 address inside an IPv6 one, and names that mean
// addresses.
#include "io/reach.h"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "io/connector.h"
#include "io/listener.h"
#include "io/resolver.h"

namespace claw::io {
namespace {

SocketAddress at(const std::string& ip) {
  const auto address = to_socket_address({ip, 80, {}});
  EXPECT_TRUE(address.ok()) << ip;
  return *address;
}

// How far one may come with it: 0 nowhere but with `anywhere`, 1 also without local services, 2 everywhere.
int range_of(const std::string& ip) {
  EXPECT_FALSE(out_of_reach(Reach::anywhere, at(ip))) << ip;
  if (out_of_reach(Reach::no_local_services, at(ip))) {
    EXPECT_TRUE(out_of_reach(Reach::public_only, at(ip))) << ip;
    return 0;
  }
  return out_of_reach(Reach::public_only, at(ip)) ? 1 : 2;
}

struct Edge {
  const char* ip;
  int range;
};

constexpr Edge edges_of_ipv4[] = {
    {"0.0.0.0", 0}, {"0.255.255.255", 0}, {"1.0.0.0", 2},
    {"9.255.255.255", 2}, {"10.0.0.0", 1}, {"10.255.255.255", 1}, {"11.0.0.0", 2},
    {"100.63.255.255", 2}, {"100.64.0.0", 1}, {"100.127.255.255", 1}, {"100.128.0.0", 2},
    {"100.100.100.199", 1}, {"100.100.100.200", 0}, {"100.100.100.201", 1},
    {"126.255.255.255", 2}, {"127.0.0.0", 0}, {"127.0.0.1", 0}, {"127.255.255.255", 0}, {"128.0.0.0", 2},
    {"168.63.129.15", 2}, {"168.63.129.16", 0}, {"168.63.129.17", 2},
    {"169.253.255.255", 2}, {"169.254.0.0", 0}, {"169.254.169.254", 0}, {"169.254.255.255", 0},
    {"169.255.0.0", 2},
    {"172.15.255.255", 2}, {"172.16.0.0", 1}, {"172.31.255.255", 1}, {"172.32.0.0", 2},
    {"191.255.255.255", 2}, {"192.0.0.0", 1}, {"192.0.0.191", 1}, {"192.0.0.192", 0}, {"192.0.0.193", 1},
    {"192.0.0.255", 1}, {"192.0.1.0", 2}, {"192.0.1.255", 2}, {"192.0.2.0", 1}, {"192.0.2.255", 1},
    {"192.0.3.0", 2}, {"192.88.98.255", 2}, {"192.88.99.0", 1}, {"192.88.99.255", 1}, {"192.88.100.0", 2},
    {"192.167.255.255", 2}, {"192.168.0.0", 1}, {"192.168.255.255", 1}, {"192.169.0.0", 2},
    {"198.17.255.255", 2}, {"198.18.0.0", 1}, {"198.19.255.255", 1}, {"198.20.0.0", 2},
    {"198.51.99.255", 2}, {"198.51.100.0", 1}, {"198.51.100.255", 1}, {"198.51.101.0", 2},
    {"203.0.112.255", 2}, {"203.0.113.0", 1}, {"203.0.113.255", 1}, {"203.0.114.0", 2},
    {"223.255.255.255", 2}, {"224.0.0.0", 0}, {"239.255.255.255", 0}, {"240.0.0.0", 1},
    {"255.255.255.254", 1}, {"255.255.255.255", 0}, {"8.8.8.8", 2},
};

constexpr Edge edges_of_ipv6[] = {
    {"::", 0}, {"::1", 0},
    {"100::1", 1}, {"1fff:ffff::", 1}, {"2000::", 2}, {"2606:4700::1111", 2}, {"3ffe::1", 2},
    {"2001::", 0}, {"2001:0:ffff:ffff::", 0}, {"2001:1::", 1}, {"2001:1ff::", 1}, {"2001:200::", 2},
    {"2001:db7:ffff::", 2}, {"2001:db8::", 1}, {"2001:db8:ffff::", 1}, {"2001:db9::", 2},
    {"3fff::", 1}, {"3fff:fff:ffff::", 1}, {"3fff:1000::", 2}, {"4000::", 1}, {"5f00::1", 1},
    {"fbff:ffff::", 1}, {"fc00::", 1}, {"fd00:ec2::253", 1}, {"fd00:ec2::254", 0}, {"fd00:ec2::255", 1},
    {"fd20:ce::254", 0}, {"fdff:ffff::", 1}, {"fe00::", 1}, {"fe7f:ffff::", 1}, {"fe80::", 0},
    {"febf:ffff::", 0}, {"fec0::", 1}, {"feff::", 1}, {"ff00::", 0}, {"ff02::1", 0},
    {"64:ff9b:1::1", 0}, {"64:ff9b:2::1", 1},
};

TEST(Reach, is_exact_at_the_edges_of_every_range) {
  for (const Edge& edge : edges_of_ipv4) EXPECT_EQ(range_of(edge.ip), edge.range) << edge.ip;
  for (const Edge& edge : edges_of_ipv6) EXPECT_EQ(range_of(edge.ip), edge.range) << edge.ip;
}

// `::ffff:169.254.169.254` and its cousins reach what is in them.
TEST(Reach, an_address_inside_another_counts) {
  for (const Edge& edge : edges_of_ipv4) {
    const std::string ip = at(edge.ip).ip();
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(ip[i])); };
    char six_to_four[64];
    std::snprintf(six_to_four, sizeof six_to_four, "2002:%02x%02x:%02x%02x::1", byte(0), byte(1), byte(2),
                  byte(3));
    for (const std::string& holder : {std::string("::ffff:") + edge.ip, std::string("64:ff9b::") + edge.ip,
                                      std::string("::ffff:0:") + edge.ip, std::string(six_to_four)}) {
      EXPECT_EQ(range_of(holder), edge.range) << holder;
    }
  }
  for (const char* local : {"::127.0.0.1", "::169.254.169.254", "::0.0.0.2"}) {
    EXPECT_EQ(range_of(local), 0) << local;
  }
}

TEST(Reach, says_which_address_and_why) {
  EXPECT_EQ(*out_of_reach(Reach::no_local_services, at("169.254.169.254")),
            "169.254.169.254:80 is link-local, where clouds keep their metadata");
  EXPECT_EQ(*out_of_reach(Reach::public_only, at("fd00::1")), "[fd00::1]:80 is private");
  const auto socket = to_socket_address({{}, 0, "/run/x.sock"});
  EXPECT_TRUE(out_of_reach(Reach::no_local_services, *socket));
  EXPECT_FALSE(out_of_reach(Reach::anywhere, *socket));
}

// The gateway's own dashboard listens on the private address of its machine.
TEST(Reach, the_gateway_itself_is_local_whatever_its_address) {
  ifaddrs* all = nullptr;
  ASSERT_EQ(getifaddrs(&all), 0);
  int tried = 0;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    SocketAddress own;
    own.length = each->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (each->ifa_addr->sa_family != AF_INET && each->ifa_addr->sa_family != AF_INET6) continue;
    std::memcpy(&own.storage, each->ifa_addr, own.length);
    EXPECT_TRUE(out_of_reach(Reach::no_local_services, own)) << own.text();
    EXPECT_TRUE(is_own(own)) << own.text();
    ++tried;
  }
  freeifaddrs(all);
  EXPECT_GT(tried, 0);
  EXPECT_FALSE(is_own(at("192.0.2.1")));
}

std::string connected(const Address& address, Reach reach) {
  const SystemClock clock;
  Loop loop(clock);
  std::string answer = "connected";
  Connector connector(loop, address, reach, 5000, [&](Result<Fd> socket) {
    if (!socket) answer = std::string(name_of(socket.error().code)) + ": " + socket.error().what;
    loop.stop();
  });
  loop.run();
  return answer;
}

TEST(Connector, reaches_no_further_than_it_may) {
  const SystemClock clock;
  Loop loop(clock);
  const auto listener = Listener::open(loop, *parse_address("127.0.0.1:0"), [](Fd, const std::string&) {});
  const std::uint16_t port = parse_address((*listener)->address())->port;
  EXPECT_EQ(connected({"127.0.0.1", port, {}}, Reach::anywhere), "connected");
  EXPECT_EQ(connected({"::ffff:127.0.0.1", port, {}}, Reach::anywhere), "connected")
      << "or the test is empty";
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "0.0.0.0", "::ffff:127.0.0.1",
                           "::ffff:7f00:1", "127.1.2.3"}) {
    const std::string refused = connected({host, port, {}}, Reach::no_local_services);
    EXPECT_TRUE(refused.starts_with("denied: cannot connect to ")) << host << ": " << refused;
    EXPECT_NE(refused.find(" is "), std::string::npos) << refused;
  }
}

// getaddrinfo takes all of these for 127.0.0.1.
TEST(Connector, an_address_in_disguise_is_no_name) {
  for (const char* host :
       {"2130706433", "0x7f000001", "0x7F.1", "127.1", "127.0.1", "0177.0.0.1", "017700000001", "127.0.0.01",
        "127.0.0.1.", "0x7f.0x0.0x0.0x1", "0x", "1.2.3.4.5", "a.0x7f"}) {
    for (const Reach reach : {Reach::anywhere, Reach::no_local_services, Reach::public_only}) {
      EXPECT_TRUE(connected({host, 1, {}}, reach).starts_with("invalid: ")) << host;
    }
  }
}

}  // namespace
}  // namespace claw::io
