// How an agent of Kubernetes is told no: the API's own Status object, so that kubectl prints
// `Error from server (Forbidden): …` and client libraries raise the error they have for it.
#pragma once

#include "protocol/http/refusal.h"

namespace claw::kubernetes {

// JSON whatever Accept says: every client reads a Status by its Content-Type.
http::Refusal refuse_as_status(const http::Request& request, int status, const action::Verdict& why);

}  // namespace claw::kubernetes
