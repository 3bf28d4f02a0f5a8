// Names and goals: what a program in a sandbox is told, and where its connections lead. Also names.cc;
// equip.cc end to end with real programs, tests/e2e/test_commands.py and test_sandbox_network.py.
#include "toolcall/network/network.h"

#include <gtest/gtest.h>

#include "base/writer.h"
#include "config/hosts.h"

namespace claw::toolcall {
namespace {

// The message a resolver sends.
std::string question(std::string_view name, std::uint16_t type = 1) {
  std::string out;
  Writer to(out);
  for (const std::uint16_t each : std::initializer_list<std::uint16_t>{7, 0x0100, 1, 0, 0, 0}) to.u16(each);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    to.u8(static_cast<std::uint8_t>(label.size()));
    to.bytes(label);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  to.u8(0);
  to.u16(type);
  to.u16(1);
  return out;
}

struct Answered {
  int code = -1;
  std::string address;
};
Answered read(std::string_view message) {
  if (message.size() < 12) return {};
  Answered out{message[3] & 0x0F, {}};
  if (message[7] == 0) return out;
  for (const char byte : message.substr(message.size() - 4)) {
    out.address += (out.address.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(byte));
  }
  return out;
}

config::Endpoint endpoint(const std::string& kind, std::vector<std::string> hosts) {
  config::Endpoint made;
  made.kind = kind;
  made.typed = kind + "." + kind.substr(0, 1);
  for (const std::string& each : hosts) made.hosts.push_back(*config::parse_host(each));
  return made;
}

class NetworkTest : public testing::Test {
 protected:
  std::string address_of(std::string_view name) { return read(network_.answer(question(name))).address; }
  static std::string text(const std::optional<Goal>& goal) {
    if (!goal) return "nowhere";
    std::string out = goal->endpoint.empty() ? "among" : goal->endpoint;
    for (const std::string& each : goal->among) out += " " + each;
    return goal->host.empty() ? out : out + " at " + io::Address{goal->host, goal->port, {}}.text();
  }
  std::string goal(const std::string& host, std::uint16_t port) {
    return text(network_.goal_of({host, port, {}}));
  }

  Network network_;
};

TEST_F(NetworkTest, a_name_of_an_endpoint_has_an_address_that_stands_for_it) {
  network_.add(endpoint("https", {"api.test", "*.wild.test", "other.test:8443"}));
  const std::string api = address_of("API.test");
  EXPECT_EQ(api, "198.18.0.1");
  EXPECT_EQ(address_of("api.test"), api);
  EXPECT_EQ(address_of("a.b.wild.test"), "198.18.0.2");
  EXPECT_EQ(goal(api, 443), "among https.h at api.test:443");
  EXPECT_EQ(goal("198.18.0.2", 80), "among https.h at a.b.wild.test:80");
  EXPECT_EQ(goal(address_of("other.test"), 8443), "among https.h at other.test:8443");
  EXPECT_EQ(goal(api, 22), "nowhere");
  EXPECT_EQ(goal("198.18.0.0", 443), "nowhere");
  EXPECT_EQ(goal("198.19.255.255", 443), "nowhere");
}

TEST_F(NetworkTest, other_names_and_other_questions_have_none) {
  network_.add(endpoint("https", {"api.test", "*.wild.test", "192.0.2.1"}));
  for (const char* name : {"wild.test", "xapi.test", "api.test.evil", "test", "192.0.2.1", "localhost"}) {
    EXPECT_EQ(read(network_.answer(question(name))).code, 3) << name;
  }
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{28, 65, 16, 255}) {
    const Answered none = read(network_.answer(question("api.test", type)));
    EXPECT_EQ(none.code, 0);
    EXPECT_EQ(none.address, "");
  }
  EXPECT_EQ(network_.answer("x"), "");
}

TEST_F(NetworkTest, names_are_remembered_up_to_a_number) {
  network_.add(endpoint("https", {"*.wild.test", "api.test"}));
  for (int i = 0; i < 1000; ++i) EXPECT_NE(address_of("n" + std::to_string(i) + ".wild.test"), "");
  EXPECT_EQ(read(network_.answer(question("api.test"))).code, 5);
  EXPECT_EQ(address_of("n7.wild.test"), "198.18.0.8");
  EXPECT_EQ(address_of("n999.wild.test"), "198.18.3.232");
  EXPECT_EQ(goal("198.18.3.232", 443), "among https.h at n999.wild.test:443");
}

TEST_F(NetworkTest, an_address_of_its_own_says_itself_where_it_leads) {
  network_.add(endpoint("https", {"192.0.2.1"}));
  for (const char* address : {"192.0.2.1", "10.0.0.1", "2001:db8::1", "127.0.0.1"}) {
    const io::Address to{address, 443, {}};
    EXPECT_EQ(goal(address, 443), "among https.h at " + to.text());
  }
}

TEST_F(NetworkTest, databases_are_where_they_are_and_ports_of_ours_on_loopback_alone) {
  network_.add(endpoint("postgres", {"db.test", "10.0.0.5:6000"}));
  network_.open(5432, {"postgres.p", {}, 0, {}});
  network_.open(3128, {{}, {}, 0, {"https.h"}});
  EXPECT_EQ(goal(address_of("db.test"), 5432), "postgres.p at db.test:5432");
  EXPECT_EQ(goal("10.0.0.5", 6000), "postgres.p at 10.0.0.5:6000");
  EXPECT_EQ(goal("127.0.0.1", 5432), "postgres.p");
  EXPECT_EQ(goal("::1", 3128), "among https.h");
  EXPECT_EQ(goal("10.0.0.5", 3128), "nowhere");
  EXPECT_EQ(goal("10.0.0.5", 5432), "nowhere");
  EXPECT_EQ(goal(address_of("db.test"), 443), "nowhere");
  EXPECT_EQ(network_.ports(), (std::vector<std::uint16_t>{3128, 5432, 6000}));
}

TEST_F(NetworkTest, without_endpoints_there_is_none) {
  EXPECT_TRUE(network_.ports().empty());
  EXPECT_EQ(goal("10.0.0.1", 443), "nowhere");
}

}  // namespace
}  // namespace claw::toolcall
