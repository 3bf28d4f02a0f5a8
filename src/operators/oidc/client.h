// Signing in at somebody else's: OpenID Connect Core 1.0, authorization code with PKCE, state and nonce.
// Talks to nobody: it says what to ask, somebody asks, and it is told what came back. Keeps no list of logins
// under way: what a login must remember is in its state, bound to the browser by a cookie. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "operators/account.h"
#include "operators/oidc/keys.h"
#include "operators/voucher.h"

namespace claw::oidc {

constexpr std::int64_t login_us = 10LL * 60 * 1'000'000;      // At the provider, with its second factor.
constexpr std::int64_t documents_us = 3600LL * 1'000'000;     // Providers change keys over days.
constexpr std::int64_t keys_again_us = 60LL * 1'000'000;      // For a key not known: at most once a minute.
constexpr std::size_t answer_bytes_max = 256 << 10;           // Of any document.

struct RoleOf {
  operators::Role role;
  std::vector<std::string> groups;  // Whoever is in one of them, as the provider calls them.
};

struct Settings {
  std::string issuer;        // `https://login.example`, exactly as its documents say.
  std::string client_id;
  std::string redirect_uri;  // `PUBLIC_URL/api/v1/session/oidc/callback`
  std::string groups_claim = "groups";
  std::vector<RoleOf> roles; // The highest that fits; nobody else is let in.
  std::vector<std::string> scopes = {"profile", "email"};  // Beside `openid`.
};

struct Request {  // One HTTPS request; redirects are not followed.
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;  // The header's value; empty: no such header.
  Secret body;
};

struct Reply {
  int status = 0;
  std::string body;
};

enum class Document : std::uint8_t { discovery, keys };

struct Wanted {
  Document document;
  Request request;
};

struct Begun {
  std::string url;  // Where the browser goes: 302.
  Secret
      cookie;  // `claw_oidc`: HttpOnly, Secure, SameSite=Lax (the way back is another site's), ten minutes.
};

struct Returned {  // The query of the callback, decoded; and the cookie.
  std::string state;
  std::string code;
  std::string error;
  std::string issuer;  // `iss` (RFC 9207); must be right where it is there.
  std::string cookie;
};

class Client {
 public:
  Client(Settings settings, const Clock& clock);

  // What must be fetched before a login can go on: ask it again after each take(). Nothing: go on.
  std::optional<Wanted> wants() const;
  Status take(Document document, const Reply& reply);

  Result<Begun> begin() const;

  // The way back: the request to the token endpoint. `secret`: the client's; empty for a public client.
  // Code::denied: not a login that was begun in this browser, too late, or the provider refused.
  Result<Request> redeem(const Returned& returned, const Secret& secret);

  // What the token endpoint said. Code::not_found: signed with a key that is not known (and wants() may say
  // to look again; then ask once more). Code::denied: no groups that have a role, or not a valid ID token.
  Result<operators::Provided> finish(const Returned& returned, const Reply& reply);

 private:
  struct Discovery {
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string jwks_uri;
    bool basic = true;  // How the client proves itself to the token endpoint; otherwise in the body.
  };
  std::string derived(std::string_view what, std::string_view state) const;

  const Settings settings_;
  const Clock& clock_;
  operators::Vouchers vouchers_;
  mutable std::mutex mutex_;
  std::optional<Discovery> discovery_;
  std::int64_t discovery_at_us_ = 0;  // Monotonic, as all of these.
  std::optional<Keys> keys_;
  std::int64_t keys_at_us_ = 0;
};

}  // namespace claw::oidc
