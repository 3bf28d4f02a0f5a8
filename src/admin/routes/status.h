// The gateway's status as one JSON object, for its route and for live events.
#pragma once

#include "admin/routes/sources.h"

namespace claw::admin {

void append_status(json::Writer& out, const Sources& sources, const Who& who);

}  // namespace claw::admin
