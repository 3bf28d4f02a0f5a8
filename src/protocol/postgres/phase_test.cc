#include "protocol/postgres/phase.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/postgres/speaker.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Side;

TEST(phase, sends_strangers_away_before_it_asks_for_anything) {
  const std::string strangers[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("\x4a\x00\x00\x00\x0a", 5),
      std::string("\x00\x00\x00\x00\x00\x00\x00\x00", 8), std::string("\x00\x00\x00\x08\x00\x02\x00\x00", 8),
      "*1\r\n$4\r\nPING\r\n"};
  for (const std::string& bytes : strangers) {
    const auto machine = make_test_machine();
    Commands out;
    machine->on(protocol::Received{Side::client, bytes}, out);
    EXPECT_EQ(machine->state(), "ended") << quoted(bytes);
    for (const auto& command : out.list()) {
      EXPECT_FALSE(std::holds_alternative<protocol::Lease>(command) ||
                   std::holds_alternative<protocol::Connect>(command));
    }
  }
}

TEST(phase, refuses_bytes_that_follow_an_ssl_request) {
  const auto machine = make_test_machine();
  Commands out;
  machine->on(protocol::Received{Side::client, encode_ssl_request() + encode_startup({{"user", "mallory"}})},
              out);
  EXPECT_EQ(machine->state(), "ended");
}

TEST(phase, a_connection_too_many_is_told_as_the_server_tells_it) {
  const auto machine = make_test_machine();
  Commands out;
  machine->on(protocol::Received{Side::client, encode_startup({{"user", "ann"}})}, out);
  out.clear();
  machine->on(protocol::Leased{Error{Code::limit, "too many connections of agent `bot`: the limit is 2", {}}},
              out);
  EXPECT_EQ(machine->state(), "ended");
  const auto* send = std::get_if<protocol::Send>(&out.list().front());
  ASSERT_NE(send, nullptr);
  const auto problem = decode_problem(send->bytes().substr(header_bytes));
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code, "53300");
  EXPECT_EQ(problem->message, "too many connections of agent `bot`: the limit is 2");
}

// What a machine that waits for the upstream's proof sends when the upstream says this.
std::string answer_to(const std::string& said, bool tls = false) {
  Options options;
  options.sslmode = tls ? SslMode::require : SslMode::disable;
  const auto machine = make_test_machine(options);
  Commands out;
  machine->on(protocol::Received{Side::client, encode_startup({{"user", "ann"}})}, out);
  auto login = std::make_shared<action::Login>();
  login->password = Secret("hunter2");
  machine->on(protocol::Leased{{}, login}, out);
  machine->on(protocol::Connected{}, out);
  if (tls) {
    machine->on(protocol::Received{Side::upstream, "S"}, out);
    machine->on(protocol::TlsReady{Side::upstream, {}, "binding"}, out);
  }
  out.clear();
  machine->on(protocol::Received{Side::upstream, said}, out);
  std::string answer;
  for (const auto& command : out.list()) {
    const auto* send = std::get_if<protocol::Send>(&command);
    if (send != nullptr && send->to == Side::upstream) answer += send->bytes();
  }
  return answer;
}

TEST(phase, says_the_password_in_the_clear_only_under_tls) {
  const std::string asked = encode_challenge(Challenge::Kind::cleartext);
  EXPECT_EQ(answer_to(asked, false), "");
  EXPECT_EQ(answer_to(asked, true), encode(Front::password, std::string_view("hunter2", 8)));
}

TEST(phase, proves_itself_once) {
  const std::string asked = encode_challenge(Challenge::Kind::md5, "salt");
  EXPECT_EQ(answer_to(asked + asked), answer_to(asked));
}

TEST(phase, binds_its_proof_to_the_channel_when_the_server_can) {
  const std::string_view offered("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0", 34);
  EXPECT_NE(answer_to(encode_challenge(Challenge::Kind::sasl, offered), true).find("p=tls-server-end-point"),
            std::string::npos);
}

TEST(phase, does_not_believe_a_server_that_skips_its_own_proof) {
  const std::string_view offered("SCRAM-SHA-256\0", 15);
  const std::string said = encode_challenge(Challenge::Kind::sasl, offered) +
                           encode_challenge(Challenge::Kind::ok) + encode_status(Transaction::idle);
  const auto machine = make_test_machine();
  Commands out;
  machine->on(protocol::Received{Side::client, encode_startup({{"user", "ann"}})}, out);
  machine->on(protocol::Leased{{}, std::make_shared<action::Login>()}, out);
  machine->on(protocol::Connected{}, out);
  machine->on(protocol::Received{Side::upstream, said}, out);
  EXPECT_EQ(machine->state(), "ended");
}

TEST(phase, refuses_bytes_that_came_with_the_answer_to_its_own_ssl_request) {
  Options options;
  const auto machine = make_test_machine(options);
  Commands out;
  machine->on(protocol::Received{Side::client, encode_startup({{"user", "ann"}})}, out);
  machine->on(protocol::Leased{{}, std::make_shared<action::Login>()}, out);
  machine->on(protocol::Connected{}, out);
  machine->on(protocol::Received{Side::upstream, "S" + encode_challenge(Challenge::Kind::ok)}, out);
  EXPECT_EQ(machine->state(), "ended");
}

TEST(phase, an_agent_proves_its_token_and_is_known_by_it) {
  Options options;
  options.authenticate_agents = true;
  auto tokens = std::make_shared<AgentTokens>(AgentTokens{"0123456789abcdef", 4096, {}});
  tokens->add("ann", "ops", "token-a");
  options.tokens = tokens;
  for (const bool honest : {true, false}) {
    const auto machine = make_test_machine(options);
    Commands out;
    machine->on(protocol::Received{Side::client, encode_startup({{"user", "db_role"}})}, out);
    ScramClient client("", false, "nonce");
    std::string first("SCRAM-SHA-256\0\0\0\0", 18);
    first.back() = static_cast<char>(client.first().size());
    out.clear();
    machine->on(protocol::Received{Side::client, encode(Front::password, first + client.first())}, out);
    const std::string challenge = std::get<protocol::Send>(out.list().back()).made.substr(header_bytes + 4);
    const auto proof = client.prove(challenge, Secret(honest ? "token-a" : "guess"));
    out.clear();
    machine->on(protocol::Received{Side::client, encode(Front::password, *proof)}, out);
    const auto* lease = std::get_if<protocol::Lease>(&out.list().back());
    EXPECT_EQ(lease != nullptr, honest);
    if (lease != nullptr) EXPECT_EQ(lease->agent, "ann");
    EXPECT_EQ(machine->state() == "ended", !honest);
  }
}

}  // namespace
}  // namespace claw::postgres
