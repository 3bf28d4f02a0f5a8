// What the config says about one Postgres endpoint, as its machines need it. Immutable and shared by all
// connections of a snapshot; the pump takes certificates and addresses from elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/postgres/auth.h"

namespace claw::postgres {

// As libpq's sslmode. The pump verifies the certificate; the machine decides whether to ask for TLS and
// whether to go on without.
enum class SslMode : std::uint8_t { disable, prefer, require, verify_ca, verify_full };

struct Options {
  std::string endpoint;               // `postgres.prod`
  bool client_tls = false;            // We have a certificate: SSLRequest is answered S.
  bool client_tls_required = false;
  SslMode sslmode = SslMode::verify_full;
  bool upstream_cleartext = false;    // May the password go upstream in the clear without TLS?
  bool enforce_read = true;           // An action that only reads runs where it cannot write.
  bool authenticate_agents = false;   // Else the listener knows who it is.
  bool cleartext_tokens = false;      // Under client TLS, take the token as a plain password.
  std::shared_ptr<const AgentTokens> tokens;
};

constexpr std::uint32_t login_timer = 1;
constexpr std::uint32_t login_ms = 60'000;  // As the server's authentication_timeout.

}  // namespace claw::postgres
