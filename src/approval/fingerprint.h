// What exactly a person allows: a digest over everything that makes an action this action and no other.
// Guard takes it when it asks and compares it when the answer comes; an approval is good for one run of
// one action and can be carried to nothing else.
#pragma once

#include <string>
#include <string_view>

#include "action/action.h"

namespace claw::approval {

// SHA-256 in hexadecimal over family, endpoint, credential, agent, profile, the session and its state
// (database, role, search path; not of HTTP, whose requests come on any connection), the exact text, every
// bound value with its kind, a body, every header but those that say nothing about what is asked, and the
// version of the policy that asked. Each field has its length in front, so that no two share a preimage.
std::string fingerprint(const action::Action& action, std::string_view policy_version);

}  // namespace claw::approval
