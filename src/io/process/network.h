// The network namespace this process stands in, where it is nobody else's: every address in it can be made
// its own, so that whatever is connected to arrives at sockets opened here, and nothing leads out. Whoever
// holds such a socket need not stand there. Datagrams are taken and answered one by one, none is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/address.h"
#include "io/fd.h"

namespace claw::io {

// IPv4, and IPv6 where the kernel has it. Needs CAP_NET_ADMIN there.
Status take_every_address();

// At all of these addresses; of a connection local_address() says which it was made to. Nobody else can
// listen at the port from then on, whatever address they name.
Result<Fd> listen_everywhere(std::uint16_t port, int backlog);

// Datagrams to any IPv4 address. An answer comes from where the question was sent.
Result<Fd> hear_datagrams(std::uint16_t port);

struct Datagram {
  std::string bytes;  // Cut at datagram_bytes_max.
  SocketAddress from;
};
constexpr std::size_t datagram_bytes_max = 2048;
std::optional<Datagram> take_datagram(int fd);  // Nothing: there is none now.
void answer_datagram(int fd, const SocketAddress& to, std::string_view bytes);  // It may be lost, as any.

}  // namespace claw::io
