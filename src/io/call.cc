#include "io/call.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "io/fd.h"
#include "io/stream.h"

namespace claw::io {

namespace {

constexpr std::size_t answer_bytes_max = 64UL * 1024 * 1024;

Error cannot(std::string_view verb, const std::string& place) {
  const Code code = errno == EAGAIN ? Code::timeout : Code::unavailable;
  return Error{code, fmt::format("cannot {} {}: {}", verb, place, std::strerror(errno)), {}};
}

void limit_time(const Fd& fd, std::uint32_t timeout_ms) {
  const timeval limit{timeout_ms / 1000, static_cast<suseconds_t>(timeout_ms % 1000) * 1000};
  setsockopt(fd.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Result<Fd> connect_unix(const std::string& path, std::uint32_t timeout_ms) {
  CLAW_TRY(const SocketAddress address, to_socket_address(Address{{}, 0, path}));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit_time(fd, timeout_ms);
  if (::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    return cannot("connect to", path);
  }
  return fd;
}

Result<Fd> connect_tcp(const Address& address, std::uint32_t timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error{
        Code::unavailable, fmt::format("cannot find {}: {}", address.host, gai_strerror(failure)), {}};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, freeaddrinfo);
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    Fd fd(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) continue;
    limit_time(fd, timeout_ms);
    if (::connect(fd.number(), each->ai_addr, each->ai_addrlen) == 0) return fd;
  }
  return cannot("connect to", address.text());
}

// The stream on a socket that waits: `again` is that it waited too long.
Result<Stream> open_stream(const Address& address, std::shared_ptr<TlsContext> context,
                           std::uint32_t timeout_ms) {
  CLAW_TRY(Fd fd,
           address.is_unix() ? connect_unix(address.path, timeout_ms) : connect_tcp(address, timeout_ms));
  Stream stream(std::move(fd));
  if (context == nullptr) return stream;
  TlsStart start;
  start.host = address.host;
  start.alpn = {"http/1.1"};
  stream.start_tls(std::move(context), std::move(start));
  const IoResult shaken = stream.handshake();
  if (shaken.kind == IoResult::Kind::some) return stream;
  const std::string why = shaken.kind == IoResult::Kind::failed ? shaken.why : "no answer";
  return Error{Code::unavailable, fmt::format("no TLS with {}: {}", address.text(), why), {}};
}

Status send_all(Stream& stream, std::string_view request, const Address& address) {
  IoResult result = stream.send({&request, 1});
  while (result.kind == IoResult::Kind::some && stream.unsent() > 0) result = stream.flush();
  if (stream.unsent() > 0 || result.kind == IoResult::Kind::failed) return cannot("write to", address.text());
  return Done{};
}

Status read_all(Stream& stream, const Address& address, const std::function<bool(std::string_view)>& each) {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const IoResult result = stream.read(buffer);
    if (result.kind == IoResult::Kind::end) return Done{};
    if (result.kind == IoResult::Kind::again) {
      return Error{Code::timeout, fmt::format("{} says nothing", address.text()), {}};
    }
    if (result.kind == IoResult::Kind::failed) {
      return Error{Code::unavailable, fmt::format("cannot read from {}: {}", address.text(), result.why), {}};
    }
    if (!each({buffer.data(), result.count})) return Done{};
  }
}

Result<std::string> call(const Endless& server, std::string_view request) {
  CLAW_TRY(Stream stream, open_stream(server.address, server.context, server.silent_ms_max));
  CLAW_TRY_DONE(send_all(stream, request, server.address));
  std::string answer;
  CLAW_TRY_DONE(read_all(stream, server.address, [&](std::string_view bytes) {
    answer += bytes;
    return answer.size() <= answer_bytes_max;
  }));
  if (answer.size() > answer_bytes_max) return Error{Code::limit, "the answer is longer than 64 MiB", {}};
  return answer;
}

}  // namespace

Result<std::string> call_unix(const std::string& path, std::string_view request, std::uint32_t timeout_ms) {
  return call({Address{{}, 0, path}, nullptr, timeout_ms}, request);
}

Result<std::string> call_tcp(const Address& address, std::shared_ptr<TlsContext> context,
                             std::string_view request, std::uint32_t timeout_ms) {
  return call({address, std::move(context), timeout_ms}, request);
}

Status follow(const Endless& server, std::string_view request,
              const std::function<bool(std::string_view)>& each) {
  CLAW_TRY(Stream stream, open_stream(server.address, server.context, server.silent_ms_max));
  CLAW_TRY_DONE(send_all(stream, request, server.address));
  return read_all(stream, server.address, each);
}

}  // namespace claw::io
