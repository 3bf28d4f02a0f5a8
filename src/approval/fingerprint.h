// What exactly a person allows: a digest over everything that makes an action this action and no other.
// Guard takes it when it asks and compares it when the answer comes; an approval is good for one run of
// one action and can be carried to nothing else.
#pragma once

#include <string>
#include <string_view>

#include "action/action.h"

namespace claw::approval {

// SHA-256 in hexadecimal over family, endpoint, credential, agent, profile, session, the session's state
// (database, role, search path), the exact text, every bound value with its kind, and the version of the
// policy that asked. Each field has its length in front, so that no two actions share a preimage.
std::string fingerprint(const action::Action& action, std::string_view policy_version);

}  // namespace claw::approval
