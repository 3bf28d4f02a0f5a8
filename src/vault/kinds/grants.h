// Tokens that token endpoints gave, each kept until shortly before it expires and only for the very secrets
// and settings it was asked with: when one of those changes, the token is as good as gone. Remembers a
// refusal for a while too, so that an agent in a loop does not hammer the endpoint. Any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "vault/credential.h"

namespace claw::vault {

// Given up this long before the endpoint would: a token must outlive the request it is put into.
constexpr std::int64_t token_margin_us = 60'000'000;
// Long enough that a loop is not felt, short enough that a person who mends it need not wait.
constexpr std::int64_t refusal_us = 15'000'000;
// Who refuses each token the moment it is given must not have us ask for them all day.
constexpr std::int64_t trusted_us_min = 5'000'000;

struct Grant {
  std::string id;      // Beside the token, where there is one: an access key's id, an account's.
  Secret token;
  Secret session;      // AWS: the session token.
  Secret renewed;      // The refresh token that takes the old one's place; empty: the old one stays.
  std::int64_t lives_us = 0;  // From the answer on.

  Grant clone() const;
};

// What a token was had with. `seed` is the refresh token, which may be renewed while the rest stays.
struct Origin {
  std::string rest;  // Digests, hexadecimal.
  std::string seed;
};
Origin origin_of(const Credential& credential, std::initializer_list<std::string_view> secrets,
                 std::string_view seed = {});
std::string seed_of(std::string_view refresh_token);

class Grants {
 public:
  // An error: the endpoint refused just now.
  Result<std::optional<Grant>> find(std::string_view credential, const Origin& origin, std::int64_t now_us);
  // The refresh token that took the place of the one in `origin`.
  std::optional<Secret> renewed(std::string_view credential, const Origin& origin);

  void keep(std::string_view credential, const Origin& origin, Grant grant, std::int64_t now_us);
  void refuse(std::string_view credential, const Origin& origin, Error why, std::int64_t now_us);
  // A server refused the token that was given for it: it is not used again, and another is asked for. False:
  // there is none, or it is so new that another would be refused as well.
  bool distrust(std::string_view credential, std::int64_t now_us);
  void forget();  // All but renewed refresh tokens: the old ones are worth nothing any more.

 private:
  struct Entry {
    Origin origin;
    std::string renewed_seed;
    Grant grant;
    std::int64_t until_us = 0;
    std::int64_t kept_us = 0;
    std::optional<Error> refusal;
    bool fits(const Origin& other) const;
  };
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace claw::vault
