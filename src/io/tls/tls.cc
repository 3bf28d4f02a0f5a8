#include "io/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "io/tls/self_signed.h"
#include "io/tls/settings.h"
#include "io/tls/socket_bio.h"

namespace claw::io {

namespace {

// SSL_get_error() must not find what an earlier call left. To clear what is empty costs more than to look.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
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
  return {IoResult::Kind::failed, 0, last_openssl_error(), false};
}

// Which of them a text is made out to, with the dot that ends a full name taken off.
Result<CertifiedHost> host_of(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return certified_host(host);
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsFiles& files) {
  auto inner = std::make_unique<Inner>();
  inner->role = TlsRole::server;
  inner->settings = make_settings(TlsRole::server);
  CLAW_TRY_DONE(use_files(inner->settings.get(), files));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::server_with_client_ca(const TlsFiles& files,
                                                                      AgentProof proof) {
  // Not the system's roots: then any site's certificate would make an agent.
  if (files.roots.empty()) return invalid("agents' certificates need an authority of their own");
  CLAW_TRY(auto context, files.certificate.empty() ? self_signed("localhost") : server(files));
  SSL_CTX* settings = context->inner_->settings.get();
  CLAW_TRY_DONE(trust_file(settings, files.roots));
  const int must = proof == AgentProof::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER | must, nullptr);
  // Who an agent is is looked at anew for each connection: a ticket would outlive its certificate.
  SSL_CTX_set_options(settings, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(settings, 0);
  return context;
}

std::shared_ptr<TlsContext> TlsContext::showing(const TlsContext& leaf) const {
  auto inner = std::make_unique<Inner>();
  inner->settings = inner_->settings;
  inner->role = TlsRole::server;
  const Leaf& shown = leaf.inner_->leaf;
  X509_up_ref(shown.certificate.get());
  inner->leaf = {Owned<X509>(shown.certificate.get()), shown.key, shown.session_context};
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::self_signed(const std::string& host) {
  auto inner = std::make_unique<Inner>();
  inner->role = TlsRole::server;
  inner->settings = make_settings(TlsRole::server);
  CLAW_TRY_DONE(use_self_signed(inner->settings.get(), host));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const TlsFiles& files, TlsTrust trust,
                                                       const TlsText& text) {
  auto inner = std::make_unique<Inner>();
  inner->settings = make_settings(TlsRole::client);
  inner->trust = trust;
  SSL_CTX* settings = inner->settings.get();
  if (!files.certificate.empty() && !text.certificate.empty()) {
    return invalid("two client certificates for one upstream");
  }
  if (!files.certificate.empty()) CLAW_TRY_DONE(use_files(settings, files));
  if (!text.certificate.empty()) CLAW_TRY_DONE(use_text(settings, text.certificate, text.key));
  if (trust != TlsTrust::encrypt_only) {
    SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, nullptr);
    // The system's roots only where nobody named any; theirs is a store that must not be added to.
    if (text.roots.empty() || !files.roots.empty()) CLAW_TRY_DONE(trust_file(settings, files.roots));
    if (!text.roots.empty()) CLAW_TRY_DONE(trust_text(settings, text.roots));
  }
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(inner)));
}

struct TlsSession::Inner {
  std::unique_ptr<TlsSession> outer;  // What this one runs in, if not on a socket; goes last.
  std::shared_ptr<TlsContext> context;
  Negotiation negotiation;
  SSL* ssl = nullptr;
  std::string refused;  // Not empty: this session cannot begin, and this is why.
  ~Inner() {
    // Or the library would spoil a session because of a connection that merely ended (RFC 5246 §7.2.1).
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
  }

  void begin_server(const Leaf& leaf) {
    SSL_set_accept_state(ssl);
    if (leaf.certificate == nullptr) return;
    const auto* binding = reinterpret_cast<const unsigned char*>(leaf.session_context.data());
    CLAW_CHECK(SSL_use_certificate(ssl, leaf.certificate.get()) == 1 &&
               SSL_use_PrivateKey(ssl, leaf.key.get()) == 1 &&
               SSL_set_session_id_context(ssl, binding, static_cast<unsigned>(leaf.session_context.size())) ==
                   1);
  }

  void begin_client(TlsTrust trust, const TlsStart& start, SessionCache& sessions) {
    SSL_set_connect_state(ssl);
    const Result<CertifiedHost> host = host_of(start.host);
    if (!host && trust == TlsTrust::chain_and_name) refused = host.error().what;
    if (host) refused = name_peer(trust, *host) ? "" : "no memory for TLS";
    if (!refused.empty()) return;
    if (!negotiation.alpn.empty()) {
      const auto* names = reinterpret_cast<const unsigned char*>(negotiation.alpn.data());
      CLAW_CHECK(SSL_set_alpn_protos(ssl, names, static_cast<unsigned>(negotiation.alpn.size())) == 0);
    }
    if (start.session_key.empty()) return;
    // The host is in the key: a resumed session is not verified again, so the name must be the same.
    negotiation.session_key = start.host + '\n' + start.session_key;
    negotiation.sessions = &sessions;
    if (const Owned<SSL_SESSION> session = sessions.take(negotiation.session_key)) {
      SSL_set_session(ssl, session.get());
    }
  }

  bool name_peer(TlsTrust trust, const CertifiedHost& host) {
    if (host.ip.empty() && SSL_set_tlsext_host_name(ssl, host.text.c_str()) != 1) return false;
    if (trust != TlsTrust::chain_and_name) return true;
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return (host.ip.empty() ? X509_VERIFY_PARAM_set1_host(parameters, host.text.c_str(), host.text.size())
                            : X509_VERIFY_PARAM_set1_ip(
                                  parameters, reinterpret_cast<const unsigned char*>(host.ip.data()),
                                  host.ip.size())) == 1;
  }

  // An upstream may not choose what we did not offer (RFC 7301 §3.1).
  bool has_sane_protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &size);
    if (size == 0) return true;
    const std::string as_sent =
        static_cast<char>(size) + std::string(reinterpret_cast<const char*>(chosen), size);
    std::string_view rest = negotiation.alpn;
    while (!rest.empty() && !rest.starts_with(as_sent)) {
      rest.remove_prefix(1 + static_cast<unsigned char>(rest[0]));
    }
    return !rest.empty();
  }
};

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int fd, TlsStart start)
    : inner_(std::make_unique<Inner>()) {
  inner_->context = std::move(context);
  begin(socket_bio(fd, std::exchange(start.prefix, {})).release(), std::move(start));
}

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, std::unique_ptr<TlsSession> outer, TlsStart start)
    : inner_(std::make_unique<Inner>()) {
  inner_->context = std::move(context);
  inner_->outer = std::move(outer);
  begin(inner_bio(*inner_->outer, std::exchange(start.prefix, {})).release(), std::move(start));
}

void TlsSession::begin(void* bio, TlsStart start) {
  TlsContext::Inner& settings = *inner_->context->inner_;
  inner_->ssl = SSL_new(settings.settings.get());
  CLAW_CHECK(inner_->ssl != nullptr && bio != nullptr);
  SSL_set_bio(inner_->ssl, static_cast<BIO*>(bio), static_cast<BIO*>(bio));
  inner_->negotiation.alpn = encode_alpn(start.alpn);
  if (start.only_newest) CLAW_CHECK(SSL_set_min_proto_version(inner_->ssl, TLS1_3_VERSION) == 1);
  attach(inner_->ssl, inner_->negotiation);
  if (settings.role == TlsRole::server) inner_->begin_server(settings.leaf);
  else inner_->begin_client(settings.trust, start, settings.sessions);
}

TlsSession::~TlsSession() = default;

IoResult TlsSession::handshake() {
  if (!inner_->refused.empty()) return {IoResult::Kind::failed, 0, inner_->refused, false};
  forget_errors();
  const IoResult result = outcome(inner_->ssl, SSL_do_handshake(inner_->ssl));
  if (result.kind == IoResult::Kind::some && !inner_->has_sane_protocol()) {
    return {IoResult::Kind::failed, 0, "the peer chose a protocol that was not offered", false};
  }
  return result;
}

IoResult TlsSession::read(char* into, std::size_t size) {
  forget_errors();
  const auto most = static_cast<int>(std::min<std::size_t>(size, 1U << 30));
  return outcome(inner_->ssl, SSL_read(inner_->ssl, into, most));
}

IoResult TlsSession::write(std::string_view bytes) {
  forget_errors();
  const auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20));
  return outcome(inner_->ssl, SSL_write(inner_->ssl, bytes.data(), size));
}

bool TlsSession::has_buffered() const {
  if (inner_->outer != nullptr && inner_->outer->has_buffered()) return true;
  return SSL_has_pending(inner_->ssl) == 1 || prefix_left(SSL_get_rbio(inner_->ssl)) > 0;
}

void TlsSession::shutdown() {
  SSL_shutdown(inner_->ssl);
  ERR_clear_error();
  if (inner_->outer != nullptr) inner_->outer->shutdown();
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

std::string TlsSession::peer_common_name() const {
  SSL* ssl = inner_->ssl;
  X509* certificate = SSL_get0_peer_certificate(ssl);
  const bool is_proved = certificate != nullptr && SSL_is_init_finished(ssl) == 1 &&
                         SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE &&
                         SSL_get_verify_result(ssl) == X509_V_OK;
  return is_proved ? common_name_of(certificate) : std::string();
}

std::string TlsSession::protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(inner_->ssl, &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

bool TlsSession::is_resumed() const { return SSL_session_reused(inner_->ssl) == 1; }

std::string TlsSession::description() const {
  return fmt::format("{} {}", SSL_get_version(inner_->ssl), SSL_get_cipher_name(inner_->ssl));
}

}  // namespace claw::io
