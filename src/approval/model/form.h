// The vendors' envelopes around the same question and the same form: where the system's words go, how an
// answer is bound to a JSON schema, and where in the answer the form is. Used by model.cc only.
#pragma once

#include <string_view>

#include "approval/model/model.h"
#include "base/json.h"

namespace claw::model {

Prompt prompt_of(const Settings& settings, std::string_view system, std::string_view user);

// The one form in an answer; an error when there is none, several, anything beside it, or the answer was cut.
Result<json::Value> form_in(Api api, const json::Value& answer);

}  // namespace claw::model
