// A refusal as Kubernetes says it: metav1.Status, which kubectl prints. The same for an answer and for the
// last words on a stream.
#pragma once

#include "action/verdict.h"
#include "base/json.h"

namespace claw::kubernetes {

// Up to its reason: the caller adds `details`, if there are any, and `code`, and ends the object. `status` is
// HTTP's.
void begin_failure(json::Writer& out, int status, const action::Verdict& why);

}  // namespace claw::kubernetes
