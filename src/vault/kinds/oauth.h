// OAuth 2.0 (RFC 6749) as every kind with an access token uses it: the stored or renewed token, or the
// request for a new one by refresh token or client credentials; and what its endpoint answers. Getting the
// first refresh token is connect.h's.
#pragma once

#include <variant>

#include "vault/kinds/kinds.h"

namespace claw::vault {

enum class AuthStyle : std::uint8_t { body, basic };    // How the client says who it is: RFC 6749 §2.3.1.
enum class BodyStyle : std::uint8_t { form, json };     // What its token endpoint reads.

// Where a kind's tokens come from. The fixed ones are the vendor's own.
struct Provider {
  std::string token_url;
  std::string auth_url;    // Where a person says yes; empty: this kind cannot be connected.
  std::string device_url;  // RFC 8628; empty: by a pasted code.
  std::string register_url;  // RFC 7591: the client is made on the spot; empty: it is known.
  std::string client_id;
  std::string redirect_url;
  std::string scopes;      // Separated by spaces.
  std::string audience;
  std::string resource;    // What the token is for (RFC 8707); empty: not said.
  std::string auth_extra;  // Further parameters of `auth_url`, as in a query.
  AuthStyle auth = AuthStyle::body;
  BodyStyle body = BodyStyle::form;
  bool pkce = true;
};
// Code::invalid when the kind has no provider, or settings lack what it needs.
Result<Provider> provider_of(const Credential& credential);

// A client that is known by the address of its metadata document; it has no secret.
bool is_document(std::string_view client_id);

// The access token to use now, or what has to be asked for it. Prefers a live token, then a refresh token,
// then client credentials (oauth2 only), then the token kept as it is.
using Token = std::variant<Grant, Exchange>;
Result<Token> token_for(const Job& job);

Result<Grant> read_oauth(std::string_view answer, std::int64_t now_us);
// What a refusal may be quoted as: the endpoint's `error` code and nothing longer, never its body.
Error refusal_of(int status, std::string_view answer);

// The Exchange for a POST to `url`, its `state` empty.
Result<Exchange> post(const Credential& credential, std::string_view url);
// `fields` as this provider reads them, with the client's own proof added.
Result<Exchange> token_request(const Credential& credential, const Provider& provider,
                               std::vector<std::pair<std::string, Secret>> fields,
                               const std::optional<Secret>& client_secret);

std::string state_of(const Credential& credential, const Origin& origin);
struct State {
  std::string kind;
  Origin origin;
};
Result<State> parse_state(std::string_view state);

}  // namespace claw::vault
