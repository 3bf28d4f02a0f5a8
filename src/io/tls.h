// TLS as a pair of settings and a session, over OpenSSL. A session works on a non-blocking socket that
// somebody else owns; it never waits. What a peer must prove is decided here once, by name, so that no
// caller can forget to ask.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::io {

enum class TlsRole { client, server };

// How much of the upstream's certificate is believed; libpq's words.
enum class TlsTrust {
  encrypt_only,  // sslmode=require: no proof of who is there.
  chain,         // verify-ca: signed by a root we trust.
  chain_and_name,  // verify-full: and made out to that host.
};

struct TlsFiles {
  std::string certificate;  // PEM chain; required for a server, client certificate otherwise.
  std::string key;          // PEM.
  std::string roots;        // PEM; empty: the system's.
};

class TlsContext {
 public:
  static Result<std::shared_ptr<TlsContext>> server(const TlsFiles& files);
  static Result<std::shared_ptr<TlsContext>> client(const TlsFiles& files, TlsTrust trust);
  // A server with a fresh self-signed P-256 certificate, for agents that only want encryption.
  static Result<std::shared_ptr<TlsContext>> self_signed(const std::string& host);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  struct Inner;
  explicit TlsContext(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

struct IoResult {
  enum class Kind { some, again, end, failed } kind = Kind::again;
  std::size_t count = 0;
  std::string why;            // When failed.
  bool again_on_write = false;  // TLS may have to write before it can read, and the other way round.
};

class TlsSession {
 public:
  // `host` is checked and sent as SNI by a client whose trust asks for it; ignored by a server.
  TlsSession(std::shared_ptr<TlsContext> context, int fd, const std::string& host);
  ~TlsSession();

  IoResult handshake();  // `some` when done.
  IoResult read(char* into, std::size_t size);
  IoResult write(std::string_view bytes);
  bool has_buffered() const;  // Decrypted bytes that epoll cannot see.
  void shutdown();            // Says goodbye if the socket takes it at once.

  // RFC 5929 tls-server-end-point of the peer's certificate, for SCRAM channel binding; empty if none.
  std::string peer_end_point() const;
  std::string description() const;  // `TLSv1.3 TLS_AES_256_GCM_SHA384`

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace claw::io
