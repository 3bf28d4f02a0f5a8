#include "io/process/handover.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace claw::io {

namespace {

constexpr std::size_t control_bytes = CMSG_SPACE(sizeof(int) * handed_max);

Error failed(std::string_view what) {
  return {Code::unavailable, fmt::format("{}: {}", what, std::strerror(errno)), {}};
}

IoResult outcome(ssize_t count) {
  if (count > 0) return {IoResult::Kind::some, static_cast<std::size_t>(count), {}, false};
  if (count == 0) return {IoResult::Kind::end, 0, {}, false};
  if (errno == EAGAIN || errno == EINTR) return {IoResult::Kind::again, 0, {}, false};
  return {IoResult::Kind::failed, 0, std::strerror(errno), false};
}

void take_control(msghdr& message, Handed& into) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, handed_max> numbers{};
    const std::size_t bytes = std::min(each->cmsg_len - CMSG_LEN(0), sizeof numbers);
    std::memcpy(numbers.data(), CMSG_DATA(each), bytes);
    for (std::size_t i = 0; i < bytes / sizeof(int); ++i) into.sockets.emplace_back(numbers[i]);
  }
}

Result<Pipe> make_pipe(bool from_program) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("no pipe");
  Fd reads(ends[0]), writes(ends[1]);
  if (::fcntl(from_program ? ends[0] : ends[1], F_SETFL, O_NONBLOCK) != 0) return failed("no pipe");
  if (from_program) return Pipe{std::move(reads), std::move(writes)};
  return Pipe{std::move(writes), std::move(reads)};
}

}  // namespace

Result<std::pair<Fd, Fd>> make_hand() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed("no socket");
  Fd ours(ends[0]), theirs(ends[1]);
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return failed("no socket");
  return std::pair(std::move(ours), std::move(theirs));
}

Status hand_over(int hand, std::string_view word, std::span<const Fd> sockets) {
  CLAW_CHECK(sockets.size() <= handed_max);
  std::array<int, handed_max> numbers{};
  for (std::size_t i = 0; i < sockets.size(); ++i) numbers[i] = sockets[i].number();
  const std::size_t bytes = sockets.size() * sizeof(int);
  alignas(cmsghdr) std::array<char, control_bytes> control{};
  const std::string_view sent = word.substr(0, word_bytes_max);
  iovec text{const_cast<char*>(sent.data()), sent.size()};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  if (bytes > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(header), numbers.data(), bytes);
  }
  if (::sendmsg(hand, &message, MSG_NOSIGNAL) < 0) return failed("cannot hand over");
  return Done{};
}

Handed take_over(int hand) {
  Handed taken;
  std::array<char, word_bytes_max> text{};
  alignas(cmsghdr) std::array<char, control_bytes> control{};
  iovec into{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(hand, &message, MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) taken.kind = Handed::Kind::again;
  if (count <= 0) return taken;
  take_control(message, taken);
  if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0) return taken;  // More than any of ours says.
  taken.kind = Handed::Kind::word;
  taken.word.assign(text.data(), static_cast<std::size_t>(count));
  return taken;
}

Result<Pipe> pipe_from_program() { return make_pipe(true); }
Result<Pipe> pipe_to_program() { return make_pipe(false); }

IoResult read_pipe(int pipe, std::span<char> into) {
  return outcome(::read(pipe, into.data(), into.size()));
}

IoResult write_pipe(int pipe, std::string_view bytes) {
  return outcome(::write(pipe, bytes.data(), bytes.size()));
}

}  // namespace claw::io
