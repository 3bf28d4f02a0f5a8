// Which system calls a program in the sandbox may make: those that programs need which compute, read files,
// talk to sockets and start others. Everything else, and whatever kernels learn later, is answered as if
// there were no such call.
#pragma once

#include <string>

#include "base/result.h"

namespace claw::sandbox {

// As the kernel takes it.
Result<std::string> make_filter();

}  // namespace claw::sandbox
