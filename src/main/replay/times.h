// Times as the verbs that look back take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace claw::verbs {

// `2027-01-15T08:00:00Z`, or how long ago: `2h`, `7d`. Nothing for an empty text.
Result<std::optional<std::int64_t>> moment_of(const std::string& text);

}  // namespace claw::verbs
