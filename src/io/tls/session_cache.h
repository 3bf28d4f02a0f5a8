// TLS sessions a client can resume, by whom they are with. One cache belongs to one client context, so a
// session is only ever offered under the trust and the client certificate it was made with. Any thread.
#pragma once

#include <list>
#include <mutex>
#include <string>

#include "io/tls/certificate.h"

namespace claw::io {

class SessionCache {
 public:
  void keep(const std::string& peer, Owned<SSL_SESSION> session);
  // Null when there is none. A TLS 1.3 ticket is given out once: showing it twice would let an onlooker
  // join the two connections (RFC 8446 C.4).
  Owned<SSL_SESSION> take(const std::string& peer);

 private:
  struct Kept {
    std::string peer;
    Owned<SSL_SESSION> session;
  };
  std::mutex mutex_;  // Guards kept_.
  std::list<Kept> kept_;  // Latest first.
};

}  // namespace claw::io
