// Kubernetes as a reading of HTTP: what HTTP's machines ask about its requests, answers and upgrades.
// Stateless; one for the whole program.
#pragma once

#include "protocol/http/dialect.h"

namespace claw::kubernetes {

const http::Dialect& dialect();

}  // namespace claw::kubernetes
