// All that is kept of people between starts, with what proves them: password verifiers, TOTP secrets, public
// keys, digests of tokens and links. Only the directory sees it. As text it is one JSON document, which
// whoever keeps it seals.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "operators/account.h"
#include "operators/webauthn/registration.h"

namespace claw::operators {

struct Passkey {
  webauthn::Credential credential;
  std::string label;
  std::int64_t created_us = 0;
  std::int64_t last_used_us = 0;
};

struct Account {
  std::string name;
  Role role = Role::viewer;
  std::vector<std::string> groups;
  bool disabled = false;
  std::string subject;   // At the provider they come from; empty: of our own.
  std::string handle;    // What passkeys know them by.
  std::string password;  // The verifier; empty: none.
  Secret totp;           // Empty: none.
  std::int64_t totp_step = 0;           // Of the last code that was taken.
  std::vector<std::string> recovery;    // Digests of the codes that are left.
  std::vector<Passkey> passkeys;
  std::string invite;                   // The link's digest; empty: none waits.
  std::int64_t invite_until_us = 0;
  std::int64_t created_us = 0;
  std::int64_t last_seen_us = 0;

  Account clone() const;
  bool has_second_factor() const { return !totp.empty() || !passkeys.empty(); }
  // Can sign in and is admin, whatever a provider says tomorrow.
  bool is_standing_admin() const {
    return role == Role::admin && !disabled && subject.empty() && (!password.empty() || !passkeys.empty());
  }
};

struct Token {
  TokenView view;
  std::string digest;
};

struct State {
  std::map<std::string, Account, std::less<>> accounts;  // By name.
  std::map<std::string, Token, std::less<>> tokens;      // By id.

  State clone() const;
  bool has_standing_admin() const;
};

Secret format(const State& state);
Result<State> parse_state(std::string_view text);

// Of a token, a link, a cookie or a recovery code, which are too random to be guessed from it.
std::string digest_of(std::string_view secret);

Person person_of(const Account& account, std::int64_t now_us);

}  // namespace claw::operators
