// Recorded actions judged once more: why one got its verdict, and what a candidate policy would change. The
// record does not keep every fact; what cannot be told again is said to be so and never guessed.
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

// What a policy says of a recorded action. Nothing: it cannot be told again for this policy.
struct Tried {
  std::string outcome;  // `allow`, `deny`, `approve`
  std::string rule;
};
std::optional<Tried> try_again(const json::Value& record, const config::Snapshot& snapshot);

}  // namespace claw::admin
