#include "io/stream.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace claw::io {

namespace {

constexpr std::size_t pieces_max = 64;           // One system call's worth; more goes in the next round.
constexpr std::size_t keep_capacity_bytes = 16 * 1024;  // An idle stream gives larger buffers back.

IoResult system_outcome(ssize_t count) {
  if (count > 0) return {IoResult::Kind::some, static_cast<std::size_t>(count), {}, false};
  if (count == 0) return {IoResult::Kind::end, 0, {}, false};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoResult::Kind::again, 0, {}, false};
  return {IoResult::Kind::failed, 0, std::strerror(errno), false};
}

}  // namespace

IoResult Stream::read(std::span<char> into) {
  if (tls_ != nullptr) return tls_->read(into.data(), into.size());
  return system_outcome(::recv(fd_.number(), into.data(), into.size(), 0));
}

IoResult Stream::write_some(std::span<const std::string_view> pieces) {
  if (tls_ != nullptr) {
    if (pieces.size() == 1) return tls_->write(pieces.front());
    thread_local std::string gathered;  // A TLS record wants one run of bytes.
    gathered.clear();
    for (const std::string_view piece : pieces) gathered.append(piece);
    return tls_->write(gathered);
  }
  if (pieces.size() == 1) {
    return system_outcome(::send(fd_.number(), pieces.front().data(), pieces.front().size(), MSG_NOSIGNAL));
  }
  std::array<iovec, pieces_max> vectors;
  std::size_t count = 0;
  for (const std::string_view piece : pieces.first(std::min(pieces.size(), pieces_max))) {
    vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return system_outcome(::sendmsg(fd_.number(), &message, MSG_NOSIGNAL));
}

void Stream::keep(std::span<const std::string_view> pieces, std::size_t sent) {
  for (std::string_view piece : pieces) {
    const std::size_t gone = std::min(sent, piece.size());
    sent -= gone;
    unsent_.append(piece.substr(gone));
  }
}

IoResult Stream::send(std::span<const std::string_view> pieces) {
  std::size_t sent = 0;
  if (unsent() == 0) {
    const IoResult result = write_some(pieces);
    if (result.kind == IoResult::Kind::failed || result.kind == IoResult::Kind::end) return result;
    sent = result.count;
  }
  keep(pieces, sent);
  return {IoResult::Kind::some, sent, {}, false};
}

IoResult Stream::flush() {
  while (unsent() > 0) {
    const std::string_view rest = std::string_view(unsent_).substr(unsent_from_);
    const IoResult result = write_some({&rest, 1});
    if (result.kind != IoResult::Kind::some) return result;
    unsent_from_ += result.count;
  }
  unsent_.clear();
  unsent_from_ = 0;
  if (unsent_.capacity() > keep_capacity_bytes) std::string().swap(unsent_);
  return {IoResult::Kind::some, 0, {}, false};
}

void Stream::start_tls(std::shared_ptr<TlsContext> context, const std::string& host) {
  tls_ = std::make_unique<TlsSession>(std::move(context), fd_.number(), host);
}

IoResult Stream::handshake() { return tls_->handshake(); }

void Stream::close() {
  if (tls_ != nullptr) tls_->shutdown();
  tls_.reset();
  fd_.reset();
}

}  // namespace claw::io
