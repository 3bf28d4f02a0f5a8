// A signed assertion (RFC 7519, RS256 of RFC 7518 §3.3), with which service accounts and GitHub Apps ask
// for a token. Made here, never read.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::vault {

// `claims`: a JSON object. `key`: an RSA private key, PEM. Code::invalid when the key is none.
Result<Secret> sign_jwt(std::string_view claims, const Secret& key, std::string_view key_id = {});

}  // namespace claw::vault
