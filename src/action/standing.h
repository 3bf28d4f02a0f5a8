// How an agent stands when an action is judged: what it did before in this stint of work, and on whose
// behalf. guard/ fills it in from its ledger where a rule asks for it; rules know it as `session.…`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace claw::action {

struct Standing {
  std::int64_t actions = 0;      // Judged before this one, whatever became of them.
  std::int64_t denied = 0;
  std::int64_t destructive = 0;  // That were allowed.
  std::vector<std::string> labels = {};  // Set by rules, sorted.
  std::string owner = {};        // The person the agent acts for; empty: nobody is named.
  bool break_glass = false;      // Somebody broke the glass for the agent's profile.
};

}  // namespace claw::action
