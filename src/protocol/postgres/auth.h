// Who is who on both sides: the agent proves its token to us, we prove the leased password upstream.
// SCRAM-SHA-256 (RFC 5802, RFC 7677) in both roles, with tls-server-end-point channel binding (RFC 5929)
// towards the upstream, and Postgres's md5. Messages in, messages out: framing is the machine's. For
// SCRAM passwords are prepared as PostgreSQL prepares them (prep/saslprep.h); md5 takes them as they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/secret.h"

namespace claw::postgres {

constexpr int iterations_max = 1'000'000;  // A hostile upstream must not keep our thread for minutes.

struct AgentToken {
  std::string agent;
  std::string profile;
  crypto::Digest stored_key{};
  crypto::Digest server_key{};
};

// Every agent's token under one salt, so that the proof itself tells whose it is: the user name on a
// Postgres connection names a database role and cannot name the agent too.
struct AgentTokens {
  std::string salt;
  int iterations = 4096;
  std::vector<AgentToken> agents;

  void add(std::string agent, std::string profile, std::string_view token);
  const AgentToken* holder_of(std::string_view token) const;  // Null: nobody's.
};

std::string make_nonce();

// The server's side of one exchange. Nothing may be sent to the agent but what these return.
class ScramServer {
 public:
  ScramServer(const AgentTokens& tokens, std::string nonce) : tokens_(tokens), nonce_(std::move(nonce)) {}

  Result<std::string> challenge(std::string_view client_first);

  struct Accepted {
    const AgentToken* token;
    std::string server_final;
  };
  Result<Accepted> accept(std::string_view client_final);

 private:
  const AgentTokens& tokens_;
  std::string nonce_;
  std::string gs2_header_;
  std::string client_first_bare_;
  std::string server_first_;
};

// The client's side. `binding` is the upstream certificate's hash, empty without TLS; with it and a server
// that offers PLUS the exchange is bound to the channel.
class ScramClient {
 public:
  ScramClient(std::string binding, bool server_offers_plus, std::string nonce);

  std::string_view mechanism() const;
  std::string first() const { return gs2_header_ + first_bare_; }
  Result<std::string> prove(std::string_view server_first, const Secret& password);
  Status verify(std::string_view server_final) const;  // The server knows the password too.

 private:
  std::string binding_;
  bool plus_;
  std::string gs2_header_;
  std::string nonce_;
  std::string first_bare_;
  std::string expected_signature_;
};

bool offers(std::string_view mechanisms, std::string_view name);  // In the list AuthenticationSASL carries.
Secret md5_answer(std::string_view user, const Secret& password, std::string_view salt);

}  // namespace claw::postgres
