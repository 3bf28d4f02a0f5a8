// Names asked of a name server of the test's own, over UDP and TCP: what it has, what it has not, what it
// answers wrongly, and what somebody else answers in its place.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "io/fd.h"
#include "io/resolver.h"

namespace claw::io {
namespace {

using Addresses = Resolver::Addresses;

std::string two(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

// A question as it came: who asks for what, and the bytes of it that an answer repeats.
struct Question {
  explicit Question(std::string_view message) : id(message.substr(0, 2)) {
    std::size_t at = 12;
    while (message.at(at) != 0) {
      const auto size = static_cast<unsigned char>(message[at]);
      name += (name.empty() ? "" : ".") + std::string(message.substr(at + 1, size));
      at += 1 + size;
    }
    type = static_cast<unsigned char>(message.at(at + 2));
    text = message.substr(12, at + 5 - 12);
  }
  std::string id, name, text;
  unsigned type = 0;
};

std::string record(unsigned type, std::string_view value) {
  return two(0xC00C) + two(type) + two(1) + two(0) + two(60) + two(static_cast<unsigned>(value.size())) +
         std::string(value);
}

// Flags 0x8180: an answer, recursion done; 3 in the last digit: no such name; 0x0200: cut.
std::string answer(const Question& to, unsigned flags, unsigned count, const std::string& records) {
  return to.id + two(flags) + two(1) + two(count) + two(0) + two(0) + to.text + records;
}

const std::string ip4("\xC0\x00\x02\x01", 4);
const std::string ip6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\x01';

// What it says to each name; over UDP it may say several things.
std::vector<std::string> answers(const Question& to, bool is_tcp) {
  const bool wants_ip4 = to.type == 1;
  if (to.name == "both.test") {
    return {answer(to, 0x8180, 1, wants_ip4 ? record(1, ip4) : record(28, ip6))};
  }
  if (to.name == "alias.test") {
    const std::string target = std::string("\x04" "both") + to.text.substr(6, 6);
    return {answer(to, 0x8180, 2, record(5, target) + (wants_ip4 ? record(1, ip4) : record(28, ip6)))};
  }
  if (to.name == "six.test") {
    return {answer(to, 0x8180, wants_ip4 ? 0 : 1, wants_ip4 ? std::string() : record(28, ip6))};
  }
  if (to.name == "nothing.test") return {answer(to, 0x8180, 0, {})};
  if (to.name == "many.test") {
    if (!is_tcp) return {answer(to, 0x8380, 0, {})};
    std::string records;
    for (int i = 0; i < 100; ++i) records += record(to.type, wants_ip4 ? ip4 : ip6);
    return {answer(to, 0x8180, 100, records)};
  }
  if (to.name == "forged.test") {  // Others try their luck before it answers.
    Question other = to;
    other.id = two(static_cast<unsigned char>(to.id[0]) * 256U + (static_cast<unsigned char>(to.id[1]) ^ 1U));
    Question another = to;
    another.text[1] = 'g';
    const std::string lie = record(to.type, wants_ip4 ? "\x0A\x01\x01\x01" : std::string(16, '\x0A'));
    return {answer(other, 0x8180, 1, lie), answer(another, 0x8180, 1, lie),
            answer(to, 0x8180, 1, record(to.type, wants_ip4 ? ip4 : ip6))};
  }
  if (to.name == "short.test") return {answer(to, 0x8180, 1, record(to.type, "\x0A\x01"))};
  if (to.name == "broken.test") {
    const std::string whole = record(to.type, ip6);
    return {answer(to, 0x8180, 5, whole.substr(0, whole.size() - 3))};
  }
  return {answer(to, 0x8183, 0, {})};
}

class NameServer {
 public:
  explicit NameServer(int family = AF_INET) {
    Address address{family == AF_INET ? "127.0.0.1" : "::1", 0, {}};
    tcp_ = Fd(socket(family, SOCK_STREAM, 0));
    at_ = *to_socket_address(address);
    bound_ = bind(tcp_.number(), reinterpret_cast<sockaddr*>(&at_.storage), at_.length) == 0;
    if (!bound_) return;
    getsockname(tcp_.number(), reinterpret_cast<sockaddr*>(&at_.storage), &at_.length);
    udp_ = Fd(socket(family, SOCK_DGRAM, 0));
    bound_ = bind(udp_.number(), reinterpret_cast<sockaddr*>(&at_.storage), at_.length) == 0 &&
             listen(tcp_.number(), 10) == 0;
    if (!bound_) return;
    packets_ = std::thread([this] { by_udp(); });
    streams_ = std::thread([this] { by_tcp(); });
  }
  ~NameServer() {
    if (!bound_) return;
    stopping_ = true;
    const Fd waker(socket(at_.family(), SOCK_DGRAM, 0));
    sendto(waker.number(), "", 0, 0, reinterpret_cast<sockaddr*>(&at_.storage), at_.length);
    shutdown(tcp_.number(), SHUT_RDWR);
    packets_.join();
    streams_.join();
  }
  bool bound() const { return bound_; }

  std::string look_up(const std::string& name) {
    const auto found = look_up_at(at_)(name);
    if (!found) return found.error().what;
    std::string text;
    for (const SocketAddress& each : *found) text += each.text() + " ";
    return text;
  }
  std::atomic<int> asked = 0;

 private:
  void by_udp() {
    std::array<char, 4096> bytes;
    while (true) {
      sockaddr_storage from{};
      socklen_t length = sizeof(from);
      const ssize_t size = recvfrom(udp_.number(), bytes.data(), bytes.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
      if (stopping_ || size < 17) return;
      ++asked;
      const Question question({bytes.data(), static_cast<std::size_t>(size)});
      for (const std::string& each : answers(question, false)) {
        sendto(udp_.number(), each.data(), each.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
      }
    }
  }
  void by_tcp() {
    while (true) {
      const Fd client(accept(tcp_.number(), nullptr, nullptr));
      if (client.number() < 0 || stopping_) return;
      std::array<char, 4096> bytes;
      const ssize_t size = recv(client.number(), bytes.data(), bytes.size(), 0);
      if (size < 19) continue;
      const Question question({bytes.data() + 2, static_cast<std::size_t>(size) - 2});
      const std::string said = answers(question, true).back();
      const std::string framed = two(static_cast<unsigned>(said.size())) + said;
      send(client.number(), framed.data(), framed.size(), 0);
      recv(client.number(), bytes.data(), bytes.size(), 0);  // Until it hangs up.
    }
  }

  SocketAddress at_;
  Fd udp_, tcp_;
  bool bound_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread packets_, streams_;
};

TEST(ResolverServer, gives_what_it_has) {
  NameServer server;
  ASSERT_TRUE(server.bound());
  EXPECT_EQ(server.look_up("both.test"), "192.0.2.1:0 [2001:db8::1]:0 ");
  EXPECT_EQ(server.look_up("BOTH.test."), "192.0.2.1:0 [2001:db8::1]:0 ");
  EXPECT_EQ(server.look_up("alias.test"), "192.0.2.1:0 [2001:db8::1]:0 ");
  EXPECT_EQ(server.look_up("six.test"), "[2001:db8::1]:0 ");
}

TEST(ResolverServer, says_what_it_has_not) {
  NameServer server;
  EXPECT_EQ(server.look_up("other.test"), "cannot resolve `other.test`: Unknown host");
  EXPECT_EQ(server.asked, 1) << "a name that is not there has no address of either kind";
  EXPECT_EQ(server.look_up("nothing.test"),
            "cannot resolve `nothing.test`: No address associated with name");
}

TEST(ResolverServer, a_long_answer_comes_by_tcp_and_is_bounded) {
  NameServer server;
  const std::string many = server.look_up("many.test");
  EXPECT_EQ(std::ranges::count(many, ' '), 64);
}

TEST(ResolverServer, answers_to_other_questions_are_none) {
  NameServer server;
  EXPECT_EQ(server.look_up("forged.test"), "192.0.2.1:0 [2001:db8::1]:0 ");
}

TEST(ResolverServer, an_answer_that_makes_no_sense_is_no_address) {
  NameServer server;
  EXPECT_TRUE(server.look_up("short.test").starts_with("cannot resolve")) << server.look_up("short.test");
  EXPECT_TRUE(server.look_up("broken.test").starts_with("cannot resolve")) << server.look_up("broken.test");
}

TEST(ResolverServer, neither_this_machine_nor_the_search_list_is_asked_for) {
  NameServer server;
  EXPECT_EQ(server.look_up("localhost"), "127.0.0.1:0 [::1]:0 ");
  EXPECT_EQ(server.look_up("a.LOCALHOST."), "127.0.0.1:0 [::1]:0 ");
  EXPECT_EQ(server.asked, 0);
  EXPECT_EQ(server.look_up("both"), "cannot resolve `both`: Unknown host");
  EXPECT_EQ(server.asked, 1);
}

TEST(ResolverServer, may_be_an_ipv6_address) {
  NameServer server(AF_INET6);
  if (!server.bound()) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ(server.look_up("both.test"), "192.0.2.1:0 [2001:db8::1]:0 ");
}

TEST(ResolverServer, another_one_makes_the_old_ones_answers_forgotten) {
  NameServer server;
  FakeClock clock;
  const SystemClock real;
  Resolver resolver(clock, [](const std::string&) { return Addresses{*to_socket_address({"::2", 0, {}})}; });
  const auto ask = [&] {
    Loop loop(real);
    std::string text;
    resolver.ask(loop, {"both.test", 80, {}}, [&](const Result<Addresses>& found) {
      text = found ? found->front().text() : found.error().what;
      loop.stop();
    });
    loop.run();
    return text;
  };
  EXPECT_EQ(ask(), "[::2]:80");
  resolver.use([](const std::string&) { return Addresses{*to_socket_address({"::3", 0, {}})}; });
  EXPECT_EQ(ask(), "[::3]:80");
}

}  // namespace
}  // namespace claw::io
