// A recorded action judged once more: why it got its verdict. The record does not keep every fact; what
// cannot be told again is said to be so and never guessed. What another policy would change is trial/'s.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "config/snapshot.h"

namespace claw::admin {

// A time, or a duration back from now; nothing for an empty text.
Result<std::optional<std::int64_t>> moment(std::string_view text, std::int64_t now_us);

// The members `why`, `why_note` and `fixture` of an action's detail. On a thread with a deep stack.
void append_why(json::Writer& out, const json::Value& record, const config::Snapshot* snapshot);

}  // namespace claw::admin
