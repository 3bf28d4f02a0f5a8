// Who an operator is: a name, a role, groups, and by what they prove themselves, as others may see it. No
// secret is here, nor a verifier of one; those lie in state.h. What a role may do is said once, in may().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::operators {

// Each may what those before it may: look; answer approvals; run the gateway; say who is an operator.
enum class Role : std::uint8_t { viewer, approver, operator_, admin };
std::string_view name_of(Role role);  // `operator` for Role::operator_.
std::optional<Role> parse_role(std::string_view text);

// What a route needs, and what an API token is good for.
enum class Scope : std::uint8_t { read, approve, operate, admin };
std::string_view name_of(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);
bool may(Role role, Scope scope);

constexpr std::size_t name_bytes_max = 100;    // As it stands in records and on a phone.
constexpr std::size_t groups_max = 100;        // Of one person; a provider may name many more.
constexpr std::size_t people_max = 1000;       // The file is written whole.
constexpr std::size_t passkeys_max = 20;       // Of one person.
constexpr std::size_t label_bytes_max = 100;   // What a person calls a passkey or a token.

// Lower case letters, digits and `._@-`, beginning with a letter or digit: no two names look alike, none can
// be taken for `group:x`, and an address of mail is one. Groups are called the same way.
bool is_name(std::string_view text);

struct PasskeyView {
  std::string id;  // base64url, as browsers have it.
  std::string label;
  std::int64_t created_us = 0;    // Wall time, as all times here.
  std::int64_t last_used_us = 0;  // 0: never.
};

struct Person {
  std::string name;
  Role role = Role::viewer;
  std::vector<std::string> groups;
  bool disabled = false;
  bool has_password = false;
  bool has_totp = false;
  bool invited = false;      // A link waits for them.
  bool by_provider = false;  // Signs in by OIDC, which gives role and groups anew each time.
  std::size_t recovery_codes = 0;  // Left.
  std::vector<PasskeyView> passkeys;
  std::int64_t created_us = 0;
  std::int64_t last_seen_us = 0;  // 0: never.

  bool has_second_factor() const { return has_totp || !passkeys.empty(); }
};

struct TokenView {
  std::string id;
  std::string label;
  std::string person;
  std::vector<Scope> scopes;
  std::int64_t created_us = 0;
  std::int64_t expires_us = 0;    // 0: does not.
  std::int64_t last_used_us = 0;  // Within a minute; 0: never since it was made.
};

// Who somebody is to an OIDC provider whose ID token was verified: oidc/client.h.
struct Provided {
  std::string subject;  // Issuer and `sub`: what stays the same.
  std::string name;     // What they would like to be called.
  Role role = Role::viewer;
  std::vector<std::string> groups;
};

// What audit::Admin will say: who did what to whom. `detail` never holds what is secret.
struct Event {
  std::string person;
  std::string event;    // `person_invited`, `signed_in`, `passkey_added`, …: the README has the list.
  std::string subject;  // An account's name, a token's or passkey's id.
  std::string detail = {};
};

// Writes an event down. Called before the change is made and with the directory locked: when it fails the
// change is not made. It must not call the directory.
using Record = std::function<Status(const Event&)>;

}  // namespace claw::operators
