// The answer to "may this action run?", as agents, the record and the dashboard see it. Only guard/
// makes one for real traffic, and only after the record is written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace claw::action {

enum class Outcome { allow, deny };

// How an action stands that outlives its connection; see approval/operations.h.
struct Operation {
  enum class State {
    pending,         // Not decided yet: come back.
    unknown,         // There is none of that name.
    another_action,  // What came back is not what was allowed.
    spent,           // It has run already.
  };
  State state = State::pending;
  std::string id;
  std::string token;  // Shows its state to who has it.
};

struct Verdict {
  Outcome outcome = Outcome::deny;
  std::string rule;    // The rule that decided; empty where the default did.
  std::string reason;  // For the agent: the operator's words, or the coarse cause.
  std::string hint;    // What the agent can do instead; may be empty.
  bool taken_back = false;  // Denied because the agent cancelled it while a person was being asked.
  bool is_busy = false;     // Denied because too much is going on: it may be asked again later.
  bool wants_body = false;  // No verdict yet: a person is to see the body too. Gather it and ask again.
  std::shared_ptr<const Operation> operation = nullptr;  // Denied for now, or because of it.
  std::uint64_t rows_max =
      0;  // Allowed as long as it changes no more rows; else it is asked again. 0: any number.
  bool may_write = false;   // Allowed by a rule for changes: session policies, meant for reads, do not apply.
  bool allowed() const { return outcome == Outcome::allow; }
};

// Deny with a reason of the gateway's own: a limit, a full disk, a protocol that made no sense.
inline Verdict refuse(std::string reason, std::string hint = {}) {
  return {Outcome::deny, {}, std::move(reason), std::move(hint)};
}

}  // namespace claw::action
