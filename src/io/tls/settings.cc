#include "io/tls/settings.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include <cstdlib>
#include <mutex>

#include "base/check.h"

namespace claw::io {

namespace {

Error unusable(std::string_view what, std::string_view which) {
  return Error{
      Code::unavailable, fmt::format("cannot use TLS {} `{}`: {}", what, which, last_openssl_error()), {}};
}

// Without this the library would ask for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Negotiation* negotiation_of(const SSL* ssl) { return static_cast<Negotiation*>(SSL_get_app_data(ssl)); }

// The first of ours that the client has. When it offers only what we do not speak here the handshake ends:
// going on would leave each side with another idea of what follows.
int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  const Negotiation* negotiation = negotiation_of(ssl);
  if (negotiation == nullptr || negotiation->alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(
      &found, chosen_size, reinterpret_cast<const unsigned char*>(negotiation->alpn.data()),
      static_cast<unsigned>(negotiation->alpn.size()), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Changes whenever the system's roots may have.
std::string system_roots_version() {
  const char* named = std::getenv(X509_get_default_cert_file_env());
  const std::string path = named != nullptr ? named : X509_get_default_cert_file();
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return path;
  return fmt::format("{} {} {} {}.{}", path, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec);
}

// They are some 140 certificates, 30 ms and a megabyte or two: read once for all upstreams, and again when
// they have changed.
Status trust_system(SSL_CTX* settings) {
  static std::mutex mutex;
  static std::shared_ptr<SSL_CTX> read;  // Only for its store.
  static std::string version;
  const std::string wanted = system_roots_version();
  const std::lock_guard lock(mutex);
  if (read == nullptr || version != wanted) {
    const auto fresh = make_settings(TlsRole::client);
    if (SSL_CTX_set_default_verify_paths(fresh.get()) != 1) return unusable("roots", "of the system");
    read = fresh;
    version = wanted;
  }
  SSL_CTX_set1_cert_store(settings, SSL_CTX_get_cert_store(read.get()));
  return Done{};
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  Negotiation* negotiation = negotiation_of(ssl);
  if (negotiation == nullptr || negotiation->sessions == nullptr) return 0;
  negotiation->sessions->keep(negotiation->session_key, Owned<SSL_SESSION>(session));
  return 1;  // It is ours now.
}

}  // namespace

std::shared_ptr<SSL_CTX> make_settings(TlsRole role) {
  std::shared_ptr<SSL_CTX> made(
      SSL_CTX_new(role == TlsRole::server ? TLS_server_method() : TLS_client_method()), FreeOpenssl());
  CLAW_CHECK(made != nullptr);
  SSL_CTX* settings = made.get();
  SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION);
  // Renegotiation is a way to make us work; what is compressed beside a secret tells of it.
  SSL_CTX_set_options(settings,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle sessions must not keep 32 KiB of buffers each; a chain is what we were given, not searched for.
  SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_default_passwd_cb(settings, no_passphrase);
  SSL_CTX_set_read_ahead(settings,
                         1);  // A record is one recv() then, not one for its head and one for the rest.
  if (role == TlsRole::server) {
    SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);  // Tickets suffice, and fill no memory.
    SSL_CTX_set_alpn_select_cb(settings, choose_protocol, nullptr);
  } else {
    SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(settings, keep_session);
  }
  return made;
}

void attach(SSL* ssl, Negotiation& negotiation) { SSL_set_app_data(ssl, &negotiation); }

std::string encode_alpn(std::span<const std::string> names) {
  std::string wire;
  for (const std::string& name : names) {
    CLAW_CHECK(!name.empty() && name.size() <= 255);
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

Status use_files(SSL_CTX* settings, const TlsFiles& files) {
  if (SSL_CTX_use_certificate_chain_file(settings, files.certificate.c_str()) != 1) {
    return unusable("certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(settings, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(settings) != 1) {
    return unusable("key", files.key);
  }
  return Done{};
}

Status use_text(SSL_CTX* settings, std::string_view certificate, const Secret& key) {
  CLAW_TRY(const std::vector<Owned<X509>> chain, certificates_from_pem(certificate));
  CLAW_TRY(const Owned<EVP_PKEY> opened, key_from_pem(key));
  bool used = SSL_CTX_use_certificate(settings, chain.front().get()) == 1;
  for (const Owned<X509>& each : std::span(chain).subspan(1)) {
    used = used && SSL_CTX_add1_chain_cert(settings, each.get()) == 1;
  }
  if (!used) return unusable("certificate", "of the credential");
  if (SSL_CTX_use_PrivateKey(settings, opened.get()) != 1 || SSL_CTX_check_private_key(settings) != 1) {
    return unusable("key", "of the credential");
  }
  return Done{};
}

Status trust_text(SSL_CTX* settings, std::string_view roots) {
  CLAW_TRY(const std::vector<Owned<X509>> found, certificates_from_pem(roots));
  for (const Owned<X509>& each : found) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(settings), each.get()) != 1) {
      return unusable("roots", "of the configuration");
    }
  }
  return Done{};
}

Status trust_file(SSL_CTX* settings, const std::string& file) {
  if (file.empty()) return trust_system(settings);
  if (SSL_CTX_load_verify_file(settings, file.c_str()) != 1) return unusable("roots", file);
  return Done{};
}

}  // namespace claw::io
