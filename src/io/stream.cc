#include "io/stream.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/secret.h"

namespace claw::io {

namespace {

constexpr std::size_t pieces_max = 64;           // One system call's worth; more goes in the next round.
constexpr std::size_t record_bytes_max = 16 * 1024;     // RFC 8446 §5.1: the most a TLS record carries.
constexpr std::size_t keep_capacity_bytes = 16 * 1024;  // An idle stream gives larger buffers back.

IoResult system_outcome(ssize_t count) {
  if (count > 0) return {IoResult::Kind::some, static_cast<std::size_t>(count), {}, false};
  if (count == 0) return {IoResult::Kind::end, 0, {}, false};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoResult::Kind::again, 0, {}, false};
  return {IoResult::Kind::failed, 0, std::strerror(errno), false};
}

}  // namespace

// Pieces from the first byte that has not been written.
class Stream::Unwritten {
 public:
  explicit Unwritten(std::span<const std::string_view> pieces) : pieces_(pieces) { advance(0); }

  bool is_empty() const { return pieces_.empty(); }
  std::size_t count() const { return pieces_.size(); }
  std::string_view front() const { return pieces_.front().substr(from_); }
  std::string_view piece(std::size_t index) const { return index == 0 ? front() : pieces_[index]; }

  void advance(std::size_t bytes) {
    from_ += bytes;
    while (!pieces_.empty() && from_ >= pieces_.front().size()) {
      from_ -= pieces_.front().size();
      pieces_ = pieces_.subspan(1);
    }
  }

 private:
  std::span<const std::string_view> pieces_;
  std::size_t from_ = 0;  // Bytes of the first that have been.
};

IoResult Stream::read(std::span<char> into) {
  if (tls_ != nullptr) return tls_->read(into.data(), into.size());
  return system_outcome(::recv(fd_.number(), into.data(), into.size(), 0));
}

IoResult Stream::write_record(const Unwritten& unwritten) {
  const std::string_view front = unwritten.front();
  if (unwritten.count() == 1 || front.size() >= record_bytes_max) return tls_->write(front);
  thread_local std::string gathered;  // A TLS record wants one run of bytes.
  for (std::size_t i = 0; i < unwritten.count() && gathered.size() < record_bytes_max; ++i) {
    gathered += unwritten.piece(i).substr(0, record_bytes_max - gathered.size());
  }
  IoResult result = tls_->write(gathered);
  wipe(gathered);  // Heads carry credentials, and this buffer outlives the connection.
  return result;
}

IoResult Stream::write_pieces(const Unwritten& unwritten, std::size_t& tried) {
  std::array<iovec, pieces_max> vectors;
  const std::size_t count = std::min(unwritten.count(), pieces_max);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view piece = unwritten.piece(i);
    vectors[i] = {const_cast<char*>(piece.data()), piece.size()};
    tried += piece.size();
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return system_outcome(::sendmsg(fd_.number(), &message, MSG_NOSIGNAL));
}

IoResult Stream::send(std::span<const std::string_view> pieces) {
  Unwritten unwritten(pieces);
  std::size_t sent = 0;
  while (unsent() == 0 && !unwritten.is_empty()) {
    std::size_t tried = 0;
    IoResult result = tls_ != nullptr ? write_record(unwritten) : write_pieces(unwritten, tried);
    if (result.kind == IoResult::Kind::failed || result.kind == IoResult::Kind::end) return result;
    sent += result.count;
    unwritten.advance(result.count);
    // A socket that took less than it was given is full; a TLS record is a part by nature.
    if (result.kind == IoResult::Kind::again || result.count < tried) break;
  }
  for (std::size_t i = 0; i < unwritten.count(); ++i) unsent_.append(unwritten.piece(i));
  return {IoResult::Kind::some, sent, {}, false};
}

IoResult Stream::flush() {
  while (unsent() > 0) {
    const std::string_view rest = std::string_view(unsent_).substr(unsent_from_);
    const Unwritten unwritten({&rest, 1});
    std::size_t tried = 0;
    IoResult result = tls_ != nullptr ? write_record(unwritten) : write_pieces(unwritten, tried);
    unsent_from_ += result.count;
    if (result.kind == IoResult::Kind::some) continue;
    // A reader that is always a little behind must not make us keep what it has long read.
    if (unsent_from_ > keep_capacity_bytes && unsent_from_ >= unsent()) {
      unsent_.erase(0, std::exchange(unsent_from_, 0));
    }
    return result;
  }
  wipe(unsent_);
  unsent_from_ = 0;
  if (unsent_.capacity() > keep_capacity_bytes) std::string().swap(unsent_);
  return {IoResult::Kind::some, 0, {}, false};
}

void Stream::start_tls(std::shared_ptr<TlsContext> context, TlsStart start) {
  if (tls_ == nullptr) {
    tls_ = std::make_unique<TlsSession>(std::move(context), fd_.number(), std::move(start));
  } else {
    tls_ = std::make_unique<TlsSession>(std::move(context), std::move(tls_), std::move(start));
  }
}

void Stream::start_tls(std::shared_ptr<TlsContext> context, const std::string& host) {
  start_tls(std::move(context), TlsStart{host, {}, {}, {}});
}

IoResult Stream::handshake() { return tls_->handshake(); }

void Stream::finish() {
  if (tls_ != nullptr) tls_->shutdown();
  ::shutdown(fd_.number(), SHUT_WR);
}

bool Stream::is_acknowledged() const {
  int waiting = 0;
  return unsent() == 0 && ::ioctl(fd_.number(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
}

void Stream::close() {
  if (tls_ != nullptr) tls_->shutdown();
  tls_.reset();
  fd_.reset();
}

Result<std::pair<Fd, Fd>> make_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{Code::unavailable, "no socket: " + std::string(std::strerror(errno)), {}};
  }
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

}  // namespace claw::io
