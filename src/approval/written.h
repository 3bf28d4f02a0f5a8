// Parts of a question as JSON, the same wherever a question is shown, kept or asked.
#pragma once

#include <span>

#include "approval/queue.h"
#include "base/json.h"

namespace claw::approval {

// `"parameters":[…]`, null for what is bound to NULL, and `"evidence":[…]`.
void append_parameters(json::Writer& out, std::span<const action::Parameter> values);
void append_evidence(json::Writer& out, std::span<const Evidence> found);

}  // namespace claw::approval
