// SASLprep (RFC 4013): one spelling for a password that people can type in several ways, so that both sides
// of SCRAM derive the same keys. As PostgreSQL and libpq do it (pg_saslprep): what cannot be prepared (bytes
// that are no UTF-8, characters that are prohibited or that Unicode 3.2 does not know) is used as it is.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace claw::postgres {

Secret saslprep(std::string_view password);

}  // namespace claw::postgres
