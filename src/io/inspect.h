// What can be told about a connected socket without reading from it.
#pragma once

#include <string>

#include "io/address.h"

namespace claw::io {

bool is_quiet(int fd);            // Open, and nothing has come that nobody has read.
std::string local_host(int fd);   // The address it was reached at, an IP literal; empty for a Unix socket.
Address local_address(int fd);    // The same with its port, and an IPv4 address as such.

}  // namespace claw::io
