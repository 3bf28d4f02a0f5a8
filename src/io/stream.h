// One side of a connection: a non-blocking socket, TLS once asked for, and what could not be sent yet.
// It never waits and knows no loop; its owner watches fd() and calls again when the kernel is ready.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "io/fd.h"
#include "io/tls.h"

namespace claw::io {

class Stream {
 public:
  Stream() = default;
  explicit Stream(Fd fd) : fd_(std::move(fd)) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = default;

  int fd() const { return fd_.number(); }
  bool is_open() const { return static_cast<bool>(fd_); }

  IoResult read(std::span<char> into);
  // Sends the pieces in order as far as the socket takes them now and keeps a copy of the rest. Small pieces
  // in a row share a TLS record; large ones are not copied.
  // Only `failed` is an answer to act on; unsent() says whether to watch for writing.
  IoResult send(std::span<const std::string_view> pieces);
  IoResult flush();
  std::size_t unsent() const { return unsent_.size() - unsent_from_; }

  void start_tls(std::shared_ptr<TlsContext> context, TlsStart start);
  void start_tls(std::shared_ptr<TlsContext> context, const std::string& host);
  IoResult handshake();
  bool has_tls() const { return tls_ != nullptr; }
  bool has_buffered() const { return tls_ != nullptr && tls_->has_buffered(); }
  std::string peer_end_point() const { return tls_ != nullptr ? tls_->peer_end_point() : std::string(); }
  std::string peer_common_name() const { return tls_ != nullptr ? tls_->peer_common_name() : std::string(); }
  std::string protocol() const { return tls_ != nullptr ? tls_->protocol() : std::string(); }
  bool is_resumed() const { return tls_ != nullptr && tls_->is_resumed(); }

  void finish();  // We send no more, and still read; for when nothing is unsent.
  // All that was sent has arrived at the other side's kernel; of a Unix socket, it has been read there.
  bool is_acknowledged() const;
  void close();  // Says goodbye in TLS, then closes; unsent bytes are lost.

 private:
  class Unwritten;
  IoResult write_record(const Unwritten& unwritten);
  IoResult write_pieces(const Unwritten& unwritten, std::size_t& tried);

  Fd fd_;
  std::unique_ptr<TlsSession> tls_;
  std::string unsent_;
  std::size_t unsent_from_ = 0;
};

// Two ends of a connection inside this process: what one end is sent the other reads.
Result<std::pair<Fd, Fd>> make_pair();

}  // namespace claw::io
