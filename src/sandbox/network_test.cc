// The sandbox's network as the kernel makes it here: every address is ours, and leads nowhere else.
#include "io/listener.h"
#include "sandbox/prison_for_test.h"

namespace claw::sandbox {
namespace {

class NetworkTest : public SandboxTest {
 protected:
  static Program connected(std::vector<std::string> words) {
    Program made = program(std::move(words));
    made.ports = {443, 3128};
    made.asks_names = true;
    return made;
  }
};

TEST_F(NetworkTest, without_ports_no_address_leads_anywhere) {
  io::Loop outside(clock_);
  const auto listener = io::Listener::open(outside, {"127.0.0.1", 0, {}}, [](io::Fd, const std::string&) {});
  ASSERT_TRUE(listener);
  const std::string port((*listener)->address().substr((*listener)->address().rfind(':') + 1));
  EXPECT_EQ(run({"talk", "127.0.0.1", port}).out, "Connection refused\n");
  for (const char* address : {"10.0.0.1", "169.254.169.254", "8.8.8.8", "192.168.0.1", "2001:db8::1"}) {
    EXPECT_EQ(run({"talk", address, "80"}).out, "Network is unreachable\n");
  }
  EXPECT_EQ(run({"ask", "127.0.0.1", "53", "x"}).out, "Connection refused\n");
}

TEST_F(NetworkTest, a_connection_to_any_address_comes_to_us_and_says_where_it_was_going) {
  for (const char* address : {"10.0.0.1", "169.254.169.254", "8.8.8.8", "127.0.0.1", "198.18.0.1"}) {
    EXPECT_EQ(run(connected({"talk", address, "443"})).out, "heard " + std::string(address) + ":443\n");
  }
  EXPECT_EQ(run(connected({"talk", "::ffff:192.0.2.1", "443"})).out, "heard 192.0.2.1:443\n");
  for (const char* address : {"2001:db8::7", "::1"}) {
    EXPECT_EQ(run(connected({"talk", address, "3128"})).out, "heard [" + std::string(address) + "]:3128\n");
  }
}

TEST_F(NetworkTest, what_no_socket_of_ours_is_for_is_refused) {
  io::Loop outside(clock_);
  const auto listener = io::Listener::open(outside, {"127.0.0.1", 0, {}}, [](io::Fd, const std::string&) {});
  ASSERT_TRUE(listener);
  const std::string port((*listener)->address().substr((*listener)->address().rfind(':') + 1));
  for (const char* address : {"127.0.0.1", "10.0.0.1", "::1", "2001:db8::1"}) {
    EXPECT_EQ(run(connected({"talk", address, port})).out, "Connection refused\n") << address;
  }
  for (const char* target : {"10.0.0.1", "8.8.8.8", "2001:db8::1"}) {
    EXPECT_EQ(run(connected({"ask", target, "4433", "data"})).out, "Connection refused\n") << target;
  }
}

TEST_F(NetworkTest, names_are_asked_of_us_at_any_address) {
  for (const char* address : {"127.0.0.1", "8.8.8.8", "10.0.0.53"}) {
    EXPECT_EQ(run(connected({"ask", address, "53", "a question"})).out, "heard answer to a question\n");
  }
  const Seen seen = run(connected({"open", "/etc/resolv.conf"}));
  EXPECT_EQ(seen.out, "/etc/resolv.conf: done\n");
  Program nameless = connected({"ask", "127.0.0.1", "53", "x"});
  nameless.asks_names = false;
  EXPECT_EQ(run(nameless).out, "Connection refused\n");
}

TEST_F(NetworkTest, nobody_else_answers_at_its_ports) {
  for (const char* address : {"127.0.0.1", "0.0.0.0", "10.0.0.1", "::", "::1", "2001:db8::1"}) {
    const std::string outcome = run(connected({"take-port", address, "3128"})).out;  // By TCP, then by UDP.
    EXPECT_FALSE(outcome.starts_with("done")) << address << outcome;
    EXPECT_EQ(run(connected({"take-port", address, "443"})).out, "Permission denied\nPermission denied\n");
    EXPECT_EQ(run(connected({"take-port", address, "53"})).out, "Permission denied\nPermission denied\n");
  }
}

TEST_F(NetworkTest, the_privileges_it_was_made_with_are_gone) {
  for (const char* process : {"self", "1"}) {
    const Seen seen = run(connected({"status", process}));
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
      EXPECT_TRUE(line_of(seen.out, set).ends_with("0000000000000000"))
          << process << " " << line_of(seen.out, set);
    }
    EXPECT_EQ(line_of(seen.out, "NoNewPrivs"), "NoNewPrivs:\t1");
  }
  EXPECT_TRUE(line_of(run(connected({"status"})).out, "CapBnd").ends_with("0000000000000000"));
  EXPECT_EQ(run(connected({"lead-elsewhere"})).out, "Operation not permitted\n");
  const Seen calls = run(connected({"calls"}));
  for (const std::string& line : lines(calls.out)) EXPECT_FALSE(line.ends_with("done")) << line;
}

TEST_F(NetworkTest, a_flood_of_questions_takes_nobody_elses_turn) {
  const Seen seen = run(connected({"flood-questions", "20000"}));
  EXPECT_EQ(seen.out, "heard 127.0.0.1:3128\n");
}

TEST_F(NetworkTest, a_port_that_is_not_to_be_had_ends_it) {
  Program talks = connected({"echo"});
  talks.ports = {443, 443};
  const Seen seen = run(talks);
  EXPECT_EQ(seen.ended.why, Ended::Why::not_set_up);
  EXPECT_EQ(seen.ended.detail, "cannot listen at port 443: Address already in use");
}

}  // namespace
}  // namespace claw::sandbox
