// The gateway's certificate authority, made by io/ and kept by store/: the two meet here.
#pragma once

#include <string>

#include "config/model.h"
#include "io/authority.h"
#include "vault/sealed.h"

namespace claw::verbs {

// Made at the first call, then always the same. `sealed` may be null: then its key is a file of the folder.
Result<io::AuthorityPem> authority_pem(const std::string& folder, vault::Sealed* sealed, std::int64_t now_us);

// The certificate alone, PEM. What is there is read without opening anything; only the first time is one
// made, which may need the vault.
Result<std::string> agents_certificate(const std::string& folder, const config::VaultSettings& settings);

}  // namespace claw::verbs
