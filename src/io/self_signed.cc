#include "io/self_signed.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/id.h"

namespace claw::io {

namespace {

constexpr long valid_seconds = 398L * 24 * 3600;  // The longest that common clients accept.

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};

bool name_it(X509* certificate, const std::string& host) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(host.c_str());
  if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) != 1) return false;
  if (X509_set_issuer_name(certificate, name) != 1) return false;
  const bool is_ip =
      host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
  const std::string alternative = (is_ip ? "IP:" : "DNS:") + host;
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool number_it(X509* certificate) {
  std::string serial(16, '\0');
  fill_random(serial);
  serial[0] = static_cast<char>(serial[0] & 0x7F);  // Serial numbers are positive (RFC 5280 §4.1.2.2).
  const std::unique_ptr<BIGNUM, Free> number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                                                       static_cast<int>(serial.size()), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

}  // namespace

Status use_self_signed(SSL_CTX* context, const std::string& host) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Free> certificate(X509_new());
  const bool made = key != nullptr && certificate != nullptr && X509_set_version(certificate.get(), 2) == 1 &&
                    number_it(certificate.get()) && name_it(certificate.get(), host) &&
                    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -300) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds) != nullptr &&
                    X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                    X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 &&
                    SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  if (!made) return Error{Code::unavailable, "cannot make a certificate for `" + host + "`", {}};
  return Done{};
}

}  // namespace claw::io
