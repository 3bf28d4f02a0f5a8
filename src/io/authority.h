// The gateway's certificate authority: makes leaves for the hosts agents ask for, so that their TLS ends
// here. One P-256 leaf key for all leaves; a bounded cache by host, renewed well before expiry. The
// authority's own key never leaves it but sealed (see pem()). Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "io/tls.h"

namespace claw::io {

struct AuthorityPem {
  std::string certificate;  // What agents must trust.
  Secret key;               // PKCS#8.
};

class Authority {
 public:
  // Made once, at first start: P-256, ten years, `CN=Claw Patrol CA …`, path length 0.
  static Result<AuthorityPem> make(std::int64_t now_us);
  static Result<std::shared_ptr<Authority>> open(const AuthorityPem& pem, std::size_t leaves_max = 1024);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // A server context that shows a leaf for `host` (a name or an IP literal), made out now if it is not in the
  // cache. Serves any ALPN list the session is started with.
  Result<std::shared_ptr<TlsContext>> context_for(const std::string& host, std::int64_t now_us);
  const std::string& certificate() const;  // PEM.

 private:
  struct Inner;
  explicit Authority(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace claw::io
