// Two ends of a connection inside this process: what one end is sent the other reads.
#pragma once

#include <utility>

#include "base/result.h"
#include "io/fd.h"

namespace claw::io {

Result<std::pair<Fd, Fd>> make_pair();  // Non-blocking, stream.

}  // namespace claw::io
