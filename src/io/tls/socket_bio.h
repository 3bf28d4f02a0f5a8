// The way of a TLS session to its socket: like OpenSSL's own, but it first serves bytes that were read from
// the socket before TLS began (the ClientHello, when somebody looked at it), and a peer that has gone is an
// error here, never a SIGPIPE.
#pragma once

#include <string>

#include "io/tls/certificate.h"

namespace claw::io {

class TlsSession;

// The socket stays its owner's. Null when the library has no memory.
Owned<BIO> socket_bio(int fd, std::string prefix);
// Inside another session instead of on a socket: `https://` through a proxy that is reached by TLS itself.
Owned<BIO> inner_bio(TlsSession& outer, std::string prefix);
std::size_t prefix_left(BIO* bio);  // Bytes of the prefix not yet read; of a socket_bio only.

}  // namespace claw::io
