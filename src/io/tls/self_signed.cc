#include "io/tls/self_signed.h"

#include <ctime>

#include "base/text.h"
#include "io/tls/certificate.h"

namespace claw::io {

namespace {

constexpr std::int64_t valid_s = 398L * 24 * 3600;  // The longest that common clients accept.
constexpr std::int64_t early_s = 300;               // An agent's clock may be behind ours.

}  // namespace

Status use_self_signed(SSL_CTX* context, const std::string& host) {
  CLAW_TRY(const CertifiedHost certified, certified_host(host));
  const std::int64_t now_s = std::time(nullptr);
  const Owned<EVP_PKEY> key = make_p256_key();
  const Owned<X509> certificate(X509_new());
  const bool made = key != nullptr && certificate != nullptr &&
                    begin(certificate.get(), {now_s - early_s, now_s + valid_s}) &&
                    add_host(certificate.get(), certified) &&
                    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1 &&
                    X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                    X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 &&
                    SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  if (!made) return Error{Code::unavailable, "cannot make a certificate for " + quoted(host), {}};
  return Done{};
}

}  // namespace claw::io
