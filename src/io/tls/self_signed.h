// Makes the certificate of a gateway that was given none: P-256, self-signed, for `host`, 398 days.
// Used by tls.cc only; agents that verify need `tls_cert` and `tls_key` in the config.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "base/result.h"

namespace claw::io {

Status use_self_signed(SSL_CTX* context, const std::string& host);

}  // namespace claw::io
