// TLS as a pair of settings and a session, over OpenSSL. A session works on a non-blocking socket that
// somebody else owns; it never waits. What a peer must prove is decided here once, by name, so that no
// caller can forget to ask.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

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

// The same as PEM text, as the configuration and the vault have it; beside files, where a client has both.
struct TlsText {
  std::string certificate;
  Secret key;
  std::string roots;
};

// Whether agents must prove who they are, or only those that have a certificate. A bad one never passes.
enum class AgentProof { optional, required };

class TlsContext {
 public:
  static Result<std::shared_ptr<TlsContext>> server(const TlsFiles& files);
  // Agents prove who they are by a certificate of `files.roots`, which must be named: see peer_common_name().
  // Without `files.certificate` the server's own is self-signed, for `localhost`.
  static Result<std::shared_ptr<TlsContext>> server_with_client_ca(const TlsFiles& files, AgentProof proof);
  static Result<std::shared_ptr<TlsContext>> client(const TlsFiles& files, TlsTrust trust,
                                                    const TlsText& text = {});
  // This server's terms with the certificate another shows: leaves of an authority at a door that asks agents
  // for certificates of their own.
  std::shared_ptr<TlsContext> showing(const TlsContext& leaf) const;
  // A server with a fresh self-signed P-256 certificate, for agents that only want encryption.
  static Result<std::shared_ptr<TlsContext>> self_signed(const std::string& host);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  friend class Authority;
  struct Inner;
  explicit TlsContext(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

// What one session begins with.
struct TlsStart {
  std::string host;               // Sent as SNI by a client, and checked where its trust asks for it.
  std::vector<std::string> alpn;  // In our order; none: the peer's offer is left unanswered.
  std::string prefix;  // What was already read from the socket: the ClientHello somebody looked at.
  std::string session_key;        // A client resumes sessions of the same key and host; empty: never.
  bool only_newest = false;       // TLS 1.3 or nothing.
};

struct IoResult {
  enum class Kind { some, again, end, failed } kind = Kind::again;
  std::size_t count = 0;
  std::string why;            // When failed.
  bool again_on_write = false;  // TLS may have to write before it can read, and the other way round.
};

class TlsSession {
 public:
  TlsSession(std::shared_ptr<TlsContext> context, int fd, TlsStart start);
  // Within another session: an agent's TLS with a host, inside its TLS with a proxy.
  TlsSession(std::shared_ptr<TlsContext> context, std::unique_ptr<TlsSession> outer, TlsStart start);
  ~TlsSession();

  IoResult handshake();  // `some` when done.
  IoResult read(char* into, std::size_t size);
  IoResult write(std::string_view bytes);
  bool has_buffered() const;  // Bytes that epoll cannot see.
  void shutdown();            // Says goodbye if the socket takes it at once.

  // RFC 5929 tls-server-end-point of the peer's certificate, for SCRAM channel binding; empty if none.
  std::string peer_end_point() const;
  // Of the certificate a peer has proved to be its own: the one CN in it; empty when there is none, when
  // there are several, or when nobody vouches for it.
  std::string peer_common_name() const;
  std::string protocol() const;     // What ALPN chose; empty when it did not.
  bool is_resumed() const;
  std::string description() const;  // `TLSv1.3 TLS_AES_256_GCM_SHA384`

 private:
  struct Inner;
  void begin(void* bio, TlsStart start);
  std::unique_ptr<Inner> inner_;
};

}  // namespace claw::io
