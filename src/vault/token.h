// Agent tokens: what an agent proves itself to the gateway with. Made here, shown once, and kept by the
// config only as a verifier; deriving that is the protocol's. A token opens nothing upstream.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace claw::vault {

// `clawp_`, 43 characters of base62 from 32 random bytes, 6 of checksum: one word for a double click, and
// secret scanners can tell a real one from noise.
Secret generate_token();
bool is_token(std::string_view text);

}  // namespace claw::vault
