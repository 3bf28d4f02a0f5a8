#include "protocol/postgres/auth.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace claw::postgres {
namespace {

AgentTokens two_agents() {
  AgentTokens tokens{"0123456789abcdef", 4096, {}};
  tokens.add("ann", "ops", "token-a");
  tokens.add("bob", "dev", "token-b");
  return tokens;
}

Result<ScramServer::Accepted> exchange(const AgentTokens& tokens, std::string_view token,
                                       std::string_view binding) {
  ScramServer server(tokens, make_nonce());
  ScramClient client(std::string(binding), false, make_nonce());
  CLAW_TRY(const std::string challenge, server.challenge(client.first()));
  CLAW_TRY(const std::string proof, client.prove(challenge, Secret(std::string(token))));
  CLAW_TRY(auto accepted, server.accept(proof));
  CLAW_TRY_DONE(client.verify(accepted.server_final));
  return accepted;
}

TEST(scram, the_proof_tells_whose_token_it_is) {
  const AgentTokens tokens = two_agents();
  EXPECT_EQ(exchange(tokens, "token-a", "")->token->agent, "ann");
  EXPECT_EQ(exchange(tokens, "token-b", "binding")->token->agent, "bob");
  EXPECT_EQ(exchange(tokens, "token-c", "").error().code, Code::denied);
  EXPECT_EQ(tokens.holder_of("token-b")->agent, "bob");
  EXPECT_EQ(tokens.holder_of("token-c"), nullptr);
}

// RFC 7677 §3; Postgres sends no user name here, the RFC's example does: so the server side is checked.
TEST(scram, the_server_answers_as_the_rfc_says) {
  AgentTokens tokens{from_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value(), 4096, {}};
  tokens.add("user", "any", "pencil");
  ScramServer server(tokens, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  EXPECT_EQ(server.challenge("n,,n=user,r=rOprNGfwEbeRWgbNEkqO").value(),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const auto accepted = server.accept(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
      "Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(accepted->server_final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(scram, a_client_does_not_believe_a_server_that_cannot_prove_itself) {
  ScramClient client("", false, "abc");
  EXPECT_FALSE(client.verify("v=AAAA").ok());  // Before there was anything to prove.
  ASSERT_TRUE(client.prove("r=abcdef,s=AAAA,i=4096", Secret("pw")).ok());
  EXPECT_FALSE(client.verify("v=").ok());
  EXPECT_FALSE(client.verify("e=other-error").ok());
}

TEST(scram, a_client_refuses_a_nonce_that_is_not_its_own_and_a_count_that_takes_minutes) {
  const auto answers = [](std::string_view server_first) {
    return ScramClient("", false, "abc").prove(server_first, Secret("pw")).ok();
  };
  EXPECT_TRUE(answers("r=abcd,s=AAAA,i=1"));
  EXPECT_FALSE(answers("r=xabcd,s=AAAA,i=1"));
  EXPECT_FALSE(answers("r=abc,s=AAAA,i=1"));
  EXPECT_FALSE(answers("r=abcd,s=AAAA,i=99999999"));
  EXPECT_FALSE(answers("r=abcd,s=AAAA,i=0"));
}

TEST(scram, a_client_proves_itself_once) {
  ScramClient client("", false, "abc");
  ASSERT_TRUE(client.prove("r=abcdef,s=AAAA,i=4096", Secret("pw")).ok());
  EXPECT_FALSE(client.prove("r=abcdef,s=AAAA,i=4096", Secret("pw")).ok());
}

// What a person types on one machine and an operator has pasted on another is one password.
TEST(scram, a_password_is_one_however_its_letters_are_put_together) {
  AgentTokens tokens{"salt", 4096, {}};
  tokens.add("bot", "ops", "na\xC3\xAFve\xC2\xA0token");
  ScramServer server(tokens, make_nonce());
  ScramClient client("", false, make_nonce());
  const auto challenge = server.challenge(client.first());
  ASSERT_TRUE(challenge);
  const auto proof = client.prove(*challenge, Secret("nai\xCC\x88ve token"));
  ASSERT_TRUE(proof);
  const auto accepted = server.accept(*proof);
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_TRUE(client.verify(accepted->server_final));
  EXPECT_NE(tokens.holder_of("nai\xCC\x88ve token"), nullptr) << "in clear text under TLS too";
  EXPECT_EQ(tokens.holder_of("naive token"), nullptr);
}

TEST(scram, binds_to_the_channel_where_both_can) {
  EXPECT_EQ(ScramClient("hash", true, "n").mechanism(), "SCRAM-SHA-256-PLUS");
  EXPECT_EQ(ScramClient("hash", true, "n").first(), "p=tls-server-end-point,,n=,r=n");
  EXPECT_EQ(ScramClient("hash", false, "n").first(), "y,,n=,r=n");
  EXPECT_EQ(ScramClient("", true, "n").first(), "n,,n=,r=n");
}

TEST(md5, hashes_as_the_server_does) {
  // printf %s "$(printf pwuser | md5sum | cut -c-32)salt" | md5sum
  const std::string answer(md5_answer("user", Secret("pw"), "salt").reveal());
  EXPECT_EQ(answer, "md5" + crypto::md5_hex(crypto::md5_hex("pwuser") + "salt"));
}

}  // namespace
}  // namespace claw::postgres
