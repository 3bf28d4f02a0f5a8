// Keys and certificates (RFC 5280) made and read: what the authority and the self-signed certificate have
// in common, and PEM text both ways. Nothing here knows a connection; OpenSSL's own types are used because
// only io/ includes this.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace claw::io {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAME* name) const { GENERAL_NAME_free(name); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenssl>;

std::string last_openssl_error();  // And forgets it; `connection lost` when the library has nothing to say.

struct Validity {  // Seconds since 1970.
  std::int64_t from_s = 0;
  std::int64_t until_s = 0;
};

// A host as it stands in a certificate: a name in lower case, or an IP address as its 4 or 16 bytes. Refused:
// wildcards, what is no host name (RFC 1123), and numbers that some resolvers would take for an address.
struct CertifiedHost {
  std::string text;
  std::string ip;  // Empty for a name.
};
Result<CertifiedHost> certified_host(std::string_view host);

// Each returns false when the library refuses, which is out of memory or a value it cannot encode.
bool begin(X509* certificate,
           const Validity& validity);  // Version 3, a random serial of 128 bits, the times.
bool add_common_name(X509* certificate, const std::string& name);  // To the subject.
bool add_host(X509* certificate, const CertifiedHost& host);  // Its name, if it fits, and alternative name.
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value);  // In openssl.cnf's words.

// The one CN of its subject, as UTF-8; empty when there is none or there are several.
std::string common_name_of(const X509* certificate);

Owned<EVP_PKEY> make_p256_key();  // Null when the library cannot.

Result<std::string> to_pem(X509* certificate);
Result<Secret> to_pem(EVP_PKEY* key);  // PKCS#8, not encrypted.

// At least one; all of them in order.
Result<std::vector<Owned<X509>>> certificates_from_pem(std::string_view text);
// Nobody is asked for a passphrase: an encrypted key is refused.
Result<Owned<EVP_PKEY>> key_from_pem(const Secret& text);

}  // namespace claw::io
