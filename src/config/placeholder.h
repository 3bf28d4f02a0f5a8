// What an agent writes where a secret belongs: the credential's own `placeholder`, or one by its kind.
// Programs that check the form of a key before they send it must find it well-formed, so those kinds have one
// that looks like theirs; it opens nothing. The vault looks for it, `run` and `env` hand it out.
#pragma once

#include <string>
#include <string_view>

namespace claw::config {

// Of a kind, for the credential `name`. Empty for kinds that no request carries: logins, keys, certificates.
std::string placeholder_of(std::string_view kind, std::string_view name);

}  // namespace claw::config
