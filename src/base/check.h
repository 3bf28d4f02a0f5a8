// Invariants of our own code, checked in every build. A failed check stops the process with a message:
// a firewall that no longer knows what it does must not let anything through.
#pragma once

#include <string_view>

namespace claw {
[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line);
}

#define CLAW_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::claw::check_failed(#condition, __FILE__, __LINE__))
