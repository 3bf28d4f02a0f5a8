// How far an agent's choice of host may lead: the cloud's metadata service, the gateway's own ports and the
// private network are all one name server's answer away. Asked of the address a connection is made to, never
// of a name, so that no answer can change in between.
#pragma once

#include <optional>
#include <string>

#include "io/address.h"

namespace claw::io {

enum class Reach {
  anywhere,           // Where the operator named the upstream.
  no_local_services,  // Not this machine, nor what only answers on its own link.
  public_only,        // Only what the whole internet can reach.
};

// Why `address` is out of reach, as in `169.254.169.254 is link-local`; nothing when it is within.
// Addresses that hold an IPv4 address (mapped, NAT64, 6to4) are as far as the one they hold.
std::optional<std::string> out_of_reach(Reach reach, const SocketAddress& address);

// Whether it is one of this machine's addresses.
bool is_own(const SocketAddress& address);

}  // namespace claw::io
