#include "protocol/socks/socks.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace claw::socks {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view greeting = "\5\1\0"sv;
constexpr std::string_view greeting_login = "\5\1\2"sv;
constexpr std::string_view login = "\1\5agent\6secret"sv;

std::string request(std::string_view address, std::string_view port = "\x01\xbb"sv, char command = 1) {
  return std::string("\5"sv) + command + '\0' + std::string(address) + std::string(port);
}
std::string named(std::string_view host) {
  return std::string("\3"sv) + static_cast<char>(host.size()) + std::string(host);
}

// Feeds the messages one after the other, each in slices, as a client that waits for its answers would, and
// writes down what came of them.
std::string converse(bool require_login, const std::vector<std::string>& messages, std::size_t slice = 1000) {
  Server server(require_login);
  std::string told;
  for (const std::string& message : messages) {
    std::string kept;
    for (std::size_t at = 0; at < message.size(); at += slice) {
      kept += message.substr(at, slice);
      auto step = server.feed(kept);
      if (!step) return told + "refused " + to_hex(server.refusal());
      kept.erase(0, step->consumed);
      if (!step->send.empty()) told += "sent " + to_hex(step->send) + "; ";
      if (step->login) {
        const bool ok = step->login->password.equals("secret");
        told += "login " + step->login->user + "; sent " + to_hex(server.logged_in(ok)) + "; ";
        if (!ok) return told;
      }
      if (step->goal) told += "goal " + step->goal->host + " " + std::to_string(step->goal->port);
    }
    if (!kept.empty()) told += "waits";
  }
  return told;
}

std::string goal_of(const std::string& address) {
  return converse(false, {std::string(greeting), request(address)}).substr(sizeof("sent 0500; ") - 1);
}

TEST(socks, a_conversation_in_every_slicing) {
  const std::vector<std::string> messages{std::string("\5\3\1\2\0"sv), std::string(login),
                                          request(named("API.Example.com."))};
  for (std::size_t slice = 1; slice < 30; ++slice) {
    EXPECT_EQ(converse(true, messages, slice), "sent 0502; login agent; sent 0100; goal api.example.com 443");
    EXPECT_EQ(converse(false, {messages[0], messages[2]}, slice), "sent 0500; goal api.example.com 443");
  }
}

TEST(socks, a_conversation_cut_at_every_byte_says_nothing_more) {
  const std::string wanted = request(named("a.example"));
  for (std::size_t size = 1; size < wanted.size(); ++size) {
    EXPECT_EQ(converse(false, {std::string(greeting), wanted.substr(0, size)}), "sent 0500; waits");
  }
  for (std::size_t size = 1; size < login.size(); ++size) {
    EXPECT_EQ(converse(true, {std::string(greeting_login), std::string(login.substr(0, size))}),
              "sent 0502; waits");
  }
  EXPECT_EQ(converse(true, {"\5"}), "waits");
  EXPECT_EQ(converse(true, {"\5\2"}), "waits");
}

TEST(socks, agrees_on_a_method_or_none) {
  EXPECT_EQ(converse(true, {std::string(greeting)}), "refused 05ff");
  EXPECT_EQ(converse(false, {std::string(greeting_login)}), "refused 05ff");
  EXPECT_EQ(converse(true, {std::string("\5\1\1"sv)}), "refused 05ff");  // GSSAPI.
  EXPECT_EQ(converse(true, {std::string("\5\0"sv)}), "refused 05ff");
  EXPECT_EQ(converse(false, {std::string("\5\2\0\2"sv)}), "sent 0500; ");
  const std::string all = [] {
    std::string methods("\5\xff");
    for (int i = 0; i < 255; ++i) methods += static_cast<char>(i);
    return methods;
  }();
  EXPECT_EQ(converse(true, {all}), "sent 0502; ");
}

TEST(socks, refuses_version_4_in_its_own_words) {
  EXPECT_EQ(converse(false, {std::string("\4\1\0\x50\x0a\0\0\1\0"sv)}), "refused 005b000000000000");
  EXPECT_EQ(converse(false, {"\4"}), "refused 005b000000000000");
}

TEST(socks, says_nothing_to_strangers) {
  for (const std::string_view bytes : {"GET / HTTP/1.1\r\n"sv, "CONNECT a:1"sv, "\x16\x03\x01"sv, "SSH-2.0"sv,
                                       "\0\0\0\x08\x04\xd2\x16\x2f"sv, "\6\1\0"sv, "\xff"sv}) {
    EXPECT_EQ(converse(false, {std::string(bytes)}), "refused ");
    EXPECT_EQ(converse(false, {std::string(bytes)}, 1), "refused ");
  }
}

TEST(socks, refuses_a_wrong_login_and_a_malformed_one) {
  EXPECT_EQ(converse(true, {std::string(greeting_login), std::string("\1\5agent\5wrong"sv)}),
            "sent 0502; login agent; sent 0101; ");
  for (const std::string_view bad : {"\5\5agent\6secret"sv, "\0\5agent\6secret"sv, "\1\0\6secret"sv,
                                     "\1\5agent\0"sv, "\1\5ag\nnt\6secret"sv, "\1\5ag\0nt\6secret"sv,
                                     "\1\5ag\xff"
                                     "nt\6secret"sv}) {
    EXPECT_EQ(converse(true, {std::string(greeting_login), std::string(bad)}), "sent 0502; refused 0101");
  }
}

TEST(socks, a_failed_login_leads_nowhere) {
  Server server(true);
  ASSERT_TRUE(server.feed(greeting_login).ok());
  ASSERT_TRUE(server.feed(login)->login.has_value());
  EXPECT_EQ(to_hex(server.logged_in(false)), "0101");
  EXPECT_FALSE(server.feed(request(named("a.example"))).ok());
}

TEST(socks, a_login_of_the_largest_size) {
  const std::string most = "\1\xff" + std::string(255, 'u') + "\xff" + std::string(255, 'p');
  Server server(true);
  ASSERT_TRUE(server.feed(greeting_login).ok());
  const auto step = server.feed(most);
  ASSERT_TRUE(step.ok() && step->login);
  EXPECT_EQ(step->login->user, std::string(255, 'u'));
  EXPECT_TRUE(step->login->password.equals(std::string(255, 'p')));
}

TEST(socks, nothing_may_come_before_the_answer) {
  EXPECT_EQ(converse(false, {std::string(greeting) + request(named("a.example"))}), "refused 05ff");
  EXPECT_EQ(converse(true, {std::string(greeting_login) + std::string(login)}), "refused 05ff");
  EXPECT_EQ(converse(true, {std::string(greeting_login), std::string(login) + request(named("a.example"))}),
            "sent 0502; refused 0101");
  EXPECT_EQ(converse(false, {std::string(greeting), request(named("a.example")) + "GET"}),
            "sent 0500; refused 05010001000000000000");
  Server server(false);
  ASSERT_TRUE(server.feed(greeting).ok());
  ASSERT_TRUE(server.feed(request(named("a.example")))->goal.has_value());
  EXPECT_TRUE(server.feed("").ok());
  EXPECT_FALSE(server.feed("x").ok());
}

TEST(socks, refuses_other_commands) {
  for (const char command : {'\0', '\2', '\3', '\4', '\xf0', '\xf1', '\xff'}) {
    EXPECT_EQ(converse(false, {std::string(greeting), request(named("a.example"), "\x01\xbb"sv, command)}),
              "sent 0500; refused 05070001000000000000");
  }
}

TEST(socks, refuses_malformed_requests) {
  const auto refusal = [](std::string_view bytes) {
    return converse(false, {std::string(greeting), std::string(bytes)}).substr(sizeof("sent 0500; ") - 1);
  };
  EXPECT_EQ(refusal("\4\1\0\1\x0a\0\0\1\0\x50"sv), "refused 05010001000000000000");
  EXPECT_EQ(refusal("\5\1\1\1\x0a\0\0\1\0\x50"sv), "refused 05010001000000000000");
  EXPECT_EQ(refusal("\5\1\0\0\x0a\0\0\1\0\x50"sv), "refused 05080001000000000000");
  EXPECT_EQ(refusal("\5\1\0\2\x0a\0\0\1\0\x50"sv), "refused 05080001000000000000");
  EXPECT_EQ(refusal("\5\1\0\1\x0a\0\0\1\0\0"sv), "refused 05010001000000000000");  // Port 0.
}

TEST(socks, reads_every_type_of_address) {
  EXPECT_EQ(goal_of(std::string("\1\x0a\0\0\xff"sv)), "goal 10.0.0.255 443");
  EXPECT_EQ(goal_of(named("10.0.0.255")), "goal 10.0.0.255 443");
  EXPECT_EQ(goal_of("\4" + std::string(15, '\0') + "\1"), "goal ::1 443");
  EXPECT_EQ(goal_of("\4" + std::string(16, '\0')), "goal :: 443");
  EXPECT_EQ(goal_of(std::string("\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"sv)), "goal 2001:db8::1 443");
  EXPECT_EQ(goal_of(std::string("\4\x20\1\x0d\xb8\0\0\0\1\0\0\0\1\0\0\0\1"sv)),
            "goal 2001:db8:0:1:0:1:0:1 443");
  EXPECT_EQ(goal_of(std::string("\4\x20\1\0\0\0\0\0\1\0\0\0\0\0\0\0\1"sv)), "goal 2001:0:0:1::1 443");
  EXPECT_EQ(goal_of(std::string("\4\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv)), "goal fe80:: 443");
  EXPECT_EQ(goal_of(std::string("\4\0\1\0\2\0\3\0\4\0\5\0\6\0\0\0\0"sv)), "goal 1:2:3:4:5:6:: 443");
}

// `::ffff:10.0.0.1` and 10.0.0.1 are one host: under two names a rule about one would miss the other.
TEST(socks, an_ipv4_address_has_one_name) {
  EXPECT_EQ(goal_of(std::string("\4\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1"sv)), "goal 10.0.0.1 443");
}

TEST(socks, refuses_names_that_are_no_hosts) {
  const std::string_view bad[] = {"",
                                  ".",
                                  "..",
                                  "a..b",
                                  ".a",
                                  "a b",
                                  "a\0b"sv,
                                  "a.example\0"sv,
                                  "*.example.com",
                                  "b\xc3\xbc"
                                  "cher",
                                  "a:443",
                                  "user@a",
                                  "a/b",
                                  "127.1",
                                  "2130706433",
                                  "0x7f000001",
                                  "0x7f.1",
                                  "0177.0.0.1",
                                  "10.0.0.256",
                                  "10.0.0",
                                  "1.2.3.4.5",
                                  "01.2.3.4",
                                  "::1",
                                  "[::1]",
                                  "a\r\nb",
                                  "10.0.0.999",
                                  "10.0.0.1000"};
  for (const std::string_view host : bad) {
    EXPECT_EQ(goal_of(named(host)), "refused 05080001000000000000") << host;
  }
  EXPECT_EQ(goal_of(named(std::string(64, 'a'))), "refused 05080001000000000000");
  std::string long_name = "a";
  while (long_name.size() < 255) long_name += ".a";
  EXPECT_EQ(goal_of(named(long_name)), "refused 05080001000000000000");
  EXPECT_EQ(goal_of(named(long_name.substr(0, 253))), "goal " + long_name.substr(0, 253) + " 443");
}

TEST(socks, every_answer_has_its_code) {
  const auto hex = [](Answer answer) { return to_hex(Server::answer(answer)); };
  EXPECT_EQ(hex(Answer::granted), "05000001000000000000");
  EXPECT_EQ(hex(Answer::failed), "05010001000000000000");
  EXPECT_EQ(hex(Answer::not_allowed), "05020001000000000000");
  EXPECT_EQ(hex(Answer::unreachable), "05040001000000000000");
  EXPECT_EQ(hex(Answer::refused), "05050001000000000000");
  EXPECT_EQ(hex(Answer::expired), "05060001000000000000");
  EXPECT_EQ(hex(Answer::no_such_command), "05070001000000000000");
}

TEST(socks, no_error_repeats_the_password) {
  Server server(true);
  ASSERT_TRUE(server.feed(greeting_login).ok());
  const auto step = server.feed("\1\5agent\7planted\1"sv);
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.error().text().find("planted"), std::string::npos);
}

}  // namespace
}  // namespace claw::socks
