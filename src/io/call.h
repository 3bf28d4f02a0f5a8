// One question to a Unix socket, waited for: the command line's way to ask a running gateway. Blocking;
// never used on a loop.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::io {

// Sends `request`, reads until the other side closes. At most 64 MiB come back.
Result<std::string> call_unix(const std::string& path, std::string_view request, std::uint32_t timeout_ms);

}  // namespace claw::io
