// The answer to "may this action run?", as agents, the record and the dashboard see it. Only guard/
// makes one for real traffic, and only after the record is written.
#pragma once

#include <string>

namespace claw::action {

enum class Outcome { allow, deny };

struct Verdict {
  Outcome outcome = Outcome::deny;
  std::string rule;    // The rule that decided; empty where the default did.
  std::string reason;  // For the agent: the operator's words, or the coarse cause.
  std::string hint;    // What the agent can do instead; may be empty.
  bool taken_back = false;  // Denied because the agent cancelled it while a person was being asked.
  bool is_busy = false;     // Denied because too much is going on: it may be asked again later.
  bool allowed() const { return outcome == Outcome::allow; }
};

// Deny with a reason of the gateway's own: a limit, a full disk, a protocol that made no sense.
inline Verdict refuse(std::string reason, std::string hint = {}) {
  return {Outcome::deny, {}, std::move(reason), std::move(hint)};
}

}  // namespace claw::action
