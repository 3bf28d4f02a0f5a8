#include "vault/token.h"

#include "base/web/token.h"

namespace claw::vault {

namespace {

constexpr std::string_view prefix = "clawp_";

}  // namespace

Secret generate_token() { return claw::generate_token(prefix); }
bool is_token(std::string_view text) { return claw::is_token(prefix, text); }

}  // namespace claw::vault
