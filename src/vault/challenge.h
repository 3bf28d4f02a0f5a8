// What a server says of the login it wants: the `WWW-Authenticate` of a 401 or a 403, as far as bearer tokens
// go (RFC 6750 §3, RFC 9728 §5.1). Foreign text: what is kept of it is bounded and printable. It believes
// none of it.
#pragma once

#include <string>
#include <string_view>

namespace claw::vault {

struct Challenge {                 // All empty where no bearer token is asked for.
  std::string error;               // `insufficient_scope`
  std::string scope;               // Separated by single spaces.
  std::string resource_metadata;   // An address, as it was said.
};

// `text`: the field's value; several fields, joined by commas.
Challenge read_challenge(std::string_view text);

// Words of RFC 6749 §3.3 with single spaces between them; empty where `text` is anything else.
std::string scopes_in(std::string_view text);

}  // namespace claw::vault
