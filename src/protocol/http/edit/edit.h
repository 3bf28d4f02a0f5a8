// Puts the leased credential into a request that has been judged, and takes out of it what must not go
// upstream. The only place where a secret enters a request.
#pragma once

#include <string>
#include <vector>

#include "action/edits.h"
#include "base/result.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

// Applies the edits to `request` (its fields and path). An error refuses the request: an edit that found
// nothing to change where it had to (a path without the placeholder) is one.
Status apply(const action::Edits& edits, Request& request);

// True when an edit changes the body, which must then be gathered and given to apply_body().
bool edits_body(const action::Edits& edits, const Request& request);
Result<std::string> apply_body(const action::Edits& edits, const Request& request, std::string body);

}  // namespace claw::http
