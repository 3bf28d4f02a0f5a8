// Where the gateway's certificate authority is kept: made at the first start, then always the same. With a
// sealed store it lives there, otherwise in a file only the gateway can read. The certificate lies beside it
// as ca.crt, for agents. What makes one is the caller's: here is only how it is kept.
#pragma once

#include <functional>
#include <string>

#include "base/secret.h"
#include "vault/sealed.h"

namespace claw::store {

struct AuthorityText {
  std::string certificate;  // PEM.
  Secret key;               // PEM, PKCS#8.
};

// `sealed` may be null. A key file found although there is a sealed store is moved into it. What cannot be
// read is an error, never a reason to make another one: every agent would have to be told.
// Two that start at once get the same one.
Result<AuthorityText> authority_text(const std::string& folder, vault::Sealed* sealed,
                                     const std::function<Result<AuthorityText>()>& make);

// The certificate alone, if it has been made: nothing needs to be opened for it.
Result<std::optional<std::string>> authority_certificate(const std::string& folder);

// A file that everybody may read.
Status replace_public_file(const std::string& path, std::string_view content);

}  // namespace claw::store
