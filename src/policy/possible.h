// Whether some action may ever be let through, as far as is known of it: facts that are not known yet may be
// anything. For lists of what can be called at all; the action itself is judged when it comes.
#pragma once

#include "policy/ruleset.h"

namespace claw::policy {

// False only where no rule, and no default, could allow or ask, whatever the unknown facts turn out to be.
bool may_allow(const Ruleset& rules, const action::Facts& facts, const Pins& pins);

}  // namespace claw::policy
