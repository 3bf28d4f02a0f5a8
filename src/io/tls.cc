#include "io/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "io/self_signed.h"

namespace claw::io {

namespace {

std::string last_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "connection lost";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown TLS error";
}

Error unusable(std::string_view what, const std::string& file) {
  return Error{Code::unavailable, fmt::format("cannot use TLS {} `{}`: {}", what, file, last_error()), {}};
}

IoResult outcome(SSL* ssl, int result) {
  if (result > 0) return {IoResult::Kind::some, static_cast<std::size_t>(result), {}, false};
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ: return {IoResult::Kind::again, 0, {}, false};
    case SSL_ERROR_WANT_WRITE: return {IoResult::Kind::again, 0, {}, true};
    case SSL_ERROR_ZERO_RETURN: return {IoResult::Kind::end, 0, {}, false};
    default: break;
  }
  const long verify = SSL_get_verify_result(ssl);
  if (verify != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
    ERR_clear_error();
    return {IoResult::Kind::failed, 0, X509_verify_cert_error_string(verify), false};
  }
  return {IoResult::Kind::failed, 0, last_error(), false};
}

}  // namespace

struct TlsContext::Inner {
  SSL_CTX* context = nullptr;
  TlsRole role = TlsRole::client;
  TlsTrust trust = TlsTrust::chain_and_name;
  ~Inner() { SSL_CTX_free(context); }

  static std::unique_ptr<Inner> make(TlsRole role) {
    auto inner = std::make_unique<Inner>();
    inner->role = role;
    inner->context = SSL_CTX_new(role == TlsRole::server ? TLS_server_method() : TLS_client_method());
    CLAW_CHECK(inner->context != nullptr);
    SSL_CTX_set_min_proto_version(inner->context, TLS1_2_VERSION);
    // Renegotiation is a way to make us work; idle sessions must not keep 32 KiB of buffers each.
    SSL_CTX_set_options(inner->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(inner->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return inner;
  }

  Status use_certificate(const TlsFiles& files) {
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
      return unusable("certificate", files.certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
      return unusable("key", files.key);
    }
    return Done{};
  }
};

TlsContext::TlsContext(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsFiles& files) {
  auto inner = Inner::make(TlsRole::server);
  CLAW_TRY_DONE(inner->use_certificate(files));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::self_signed(const std::string& host) {
  auto inner = Inner::make(TlsRole::server);
  CLAW_TRY_DONE(use_self_signed(inner->context, host));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const TlsFiles& files, TlsTrust trust) {
  auto inner = Inner::make(TlsRole::client);
  inner->trust = trust;
  if (!files.certificate.empty()) CLAW_TRY_DONE(inner->use_certificate(files));
  if (trust != TlsTrust::encrypt_only) {
    SSL_CTX_set_verify(inner->context, SSL_VERIFY_PEER, nullptr);
    const int loaded = files.roots.empty() ? SSL_CTX_set_default_verify_paths(inner->context)
                                           : SSL_CTX_load_verify_file(inner->context, files.roots.c_str());
    if (loaded != 1) return unusable("roots", files.roots);
  }
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

struct TlsSession::Inner {
  std::shared_ptr<TlsContext> context;
  SSL* ssl = nullptr;
  ~Inner() { SSL_free(ssl); }
};

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int fd, const std::string& host)
    : inner_(std::make_unique<Inner>()) {
  inner_->context = std::move(context);
  const TlsContext::Inner& settings = *inner_->context->inner_;
  SSL* ssl = inner_->ssl = SSL_new(settings.context);
  CLAW_CHECK(ssl != nullptr && SSL_set_fd(ssl, fd) == 1);
  if (settings.role == TlsRole::server) {
    SSL_set_accept_state(ssl);
    return;
  }
  SSL_set_connect_state(ssl);
  const bool is_ip =
      host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
  if (!is_ip) CLAW_CHECK(SSL_set_tlsext_host_name(ssl, host.c_str()) == 1);
  if (settings.trust == TlsTrust::chain_and_name) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    CLAW_CHECK((is_ip ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                      : X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size())) == 1);
  }
}

TlsSession::~TlsSession() = default;

IoResult TlsSession::handshake() {
  ERR_clear_error();
  return outcome(inner_->ssl, SSL_do_handshake(inner_->ssl));
}

IoResult TlsSession::read(char* into, std::size_t size) {
  ERR_clear_error();
  return outcome(inner_->ssl, SSL_read(inner_->ssl, into, static_cast<int>(size)));
}

IoResult TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  const auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20));
  return outcome(inner_->ssl, SSL_write(inner_->ssl, bytes.data(), size));
}

bool TlsSession::has_buffered() const { return SSL_pending(inner_->ssl) > 0; }

void TlsSession::shutdown() {
  SSL_shutdown(inner_->ssl);
  ERR_clear_error();
}

std::string TlsSession::peer_end_point() const {
  X509* certificate = SSL_get0_peer_certificate(inner_->ssl);
  if (certificate == nullptr) return {};
  int digest = NID_undef;
  // RFC 5929 §4.1: the signature's own hash, but MD5 and SHA-1 become SHA-256.
  if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr) != 1) return {};
  if (digest == NID_md5 || digest == NID_sha1 || digest == NID_undef) digest = NID_sha256;
  const EVP_MD* method = EVP_get_digestbynid(digest);
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  if (method == nullptr ||
      X509_digest(certificate, method, reinterpret_cast<unsigned char*>(hash.data()), &length) != 1) {
    return {};
  }
  hash.resize(length);
  return hash;
}

std::string TlsSession::description() const {
  return fmt::format("{} {}", SSL_get_version(inner_->ssl), SSL_get_cipher_name(inner_->ssl));
}

}  // namespace claw::io
