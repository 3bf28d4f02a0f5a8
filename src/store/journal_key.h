// The journal's signing key: made at the first start, then always the same. With a sealed store it lives
// there, otherwise in a file only the gateway can read. The public half lies beside it, for verifiers.
#pragma once

#include <string>

#include "base/crypto.h"
#include "vault/sealed.h"

namespace claw::store {

// `sealed` may be null. A key file found although there is a sealed store is moved into it.
// The public key is written to FOLDER/journal.pub, in hexadecimal.
Result<crypto::KeyPair> journal_key(const std::string& folder, vault::Sealed* sealed);

}  // namespace claw::store
