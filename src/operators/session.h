// A signed-in browser, and what came of trying to become one. Sessions live in memory alone: a gateway that
// starts anew has none. The cookie is known to the browser only; here it is found by its digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "operators/account.h"

namespace claw::operators {

constexpr std::int64_t session_idle_us = 12LL * 3600 * 1'000'000;     // A working day with lunch.
constexpr std::int64_t session_max_us = 7LL * 24 * 3600 * 1'000'000;  // Everybody signs in once a week.
constexpr std::int64_t fresh_us = 5LL * 60 * 1'000'000;    // A second factor is good for what is done next.
constexpr std::int64_t half_way_us = 5LL * 60 * 1'000'000; // From the password to the second factor.
constexpr std::size_t sessions_max = 5000;             // Of all; each is some hundred bytes.
constexpr std::size_t sessions_of_one_max = 20;        // The one unused for longest ends.

// Where a request comes from. The address counts failures; empty (the Unix socket) counts none.
struct From {
  std::string address;  // As the socket says it: `192.0.2.7`, `2001:db8::1`; without a port.
};

struct Session {
  enum class State : std::uint8_t { second_factor, signed_in };
  State state = State::second_factor;
  std::string id;  // For records and lists; opens nothing.
  std::string person;
  Role role = Role::viewer;         // As the account has it now, not as it was at the beginning.
  std::vector<std::string> groups;  // The same.
  std::string csrf;                 // What X-CSRF-Token must be; compare with csrf_fits().
  std::int64_t expires_us = 0;      // Wall time; sooner when it is not used.
  std::int64_t fresh_until_us =
      0;  // Wall time until which a second factor counts as just given; 0: none was.
  std::vector<std::string> factors; // In the state second_factor: `totp`, `passkey`, `recovery`.

  bool is_fresh(std::int64_t wall_us) const { return wall_us < fresh_until_us; }
  bool csrf_fits(std::string_view header) const;  // In constant time.
};

// An API token that was shown.
struct Bearer {
  std::string id;
  std::string person;
  Role role = Role::viewer;
  std::vector<std::string> groups;
  std::vector<Scope> scopes;  // Only those the person's role has now.

  bool may(Scope scope) const;
};

struct SignIn {
  enum class Outcome : std::uint8_t {
    signed_in,
    second_factor,  // The password was right; `session->factors` says what else.
    refused,        // And never why: a name that is not there is refused like a wrong password.
    locked,         // Too many failures; try again after `retry_after_s`.
    weak,           // A new password is too short or too long; password::check() says which.
    busy,           // Too many passwords are being compared; try again at once.
    unavailable,    // It could not be recorded or kept.
  };
  Outcome outcome = Outcome::refused;
  std::int64_t retry_after_s = 0;
  Secret cookie;  // New: the old one is worth nothing now. Empty: keep the one there is.
  std::optional<Session> session = {};  // With the first two outcomes.
};

}  // namespace claw::operators
