// What an ID token must say (OpenID Connect Core §3.1.3.7) once its signature was found right, and who it is
// about. Knows no keys and no requests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace claw::oidc {

constexpr std::int64_t leeway_s = 60;       // Clocks differ.
constexpr std::int64_t issued_ago_s = 600;  // A token of the login that was just done.

struct Expected {
  std::string_view issuer;
  std::string_view client_id;
  std::string_view nonce;
  std::int64_t now_s;  // Wall time.
};

// `iss`, `aud`, `azp`, `exp`, `iat`, `nbf`, `nonce`, `sub`. Code::denied, and which of them is wrong.
Status check_claims(const json::Value& claims, const Expected& expected);

// The texts of a claim that is a text or a list of texts; what is neither is nothing.
std::vector<std::string> texts_of(const json::Value& claims, std::string_view name);

// What the person is called: `preferred_username`, otherwise a verified `email`, in lower case; empty where
// neither makes an account's name.
std::string name_in(const json::Value& claims);

}  // namespace claw::oidc
