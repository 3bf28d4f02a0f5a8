// Tokens that are made here, shown once, and recognised by their digest: agents' and operators'. The prefix
// says whose, so that secret scanners know them and nobody takes one for another.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace claw {

// `prefix`, 43 characters of base62 from 32 random bytes, 6 of checksum: one word for a double click, and
// secret scanners can tell a real one from noise.
Secret generate_token(std::string_view prefix);
bool is_token(std::string_view prefix, std::string_view text);

}  // namespace claw
