// What is behind a TlsContext and a TlsSession: OpenSSL's settings, made strict once for everybody, and
// what its callbacks must find again. Only tls.cc and authority.cc include this.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>

#include "io/tls.h"
#include "io/tls/certificate.h"
#include "io/tls/session_cache.h"

namespace claw::io {

// TLS 1.2 or later, no renegotiation, no compression, no early data; buffers given back when idle.
std::shared_ptr<SSL_CTX> make_settings(TlsRole role);

// The certificate of one host among those that share settings.
struct Leaf {
  Owned<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
  std::string session_context;  // A session begun for one host is not resumed for another; at most 32 bytes.
};

struct TlsContext::Inner {
  std::shared_ptr<SSL_CTX> settings;
  TlsRole role = TlsRole::client;
  TlsTrust trust = TlsTrust::chain_and_name;
  Leaf leaf;  // Empty: the settings' own certificate.
  SessionCache sessions;
};

// What callbacks find through their SSL.
struct Negotiation {
  SessionCache* sessions = nullptr;  // Where new sessions go, if anywhere.
  std::string session_key;
  std::string alpn;  // As on the wire: each name after its length.
};
void attach(SSL* ssl, Negotiation& negotiation);  // It must live as long as `ssl`.

// RFC 7301 §3.1. Names are ours: 1 to 255 bytes each.
std::string encode_alpn(std::span<const std::string> names);

// One way to show who we are, or whom to believe; `what` is for the error.
Status use_files(SSL_CTX* settings, const TlsFiles& files);
Status use_text(SSL_CTX* settings, std::string_view certificate, const Secret& key);
Status trust_text(SSL_CTX* settings, std::string_view roots);
Status trust_file(SSL_CTX* settings, const std::string& file);

}  // namespace claw::io
