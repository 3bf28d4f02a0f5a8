// The facts of an action as people and programs are shown them: every fact by the name rules use for it.
// `facts` and `explain` share it.
#pragma once

#include <span>
#include <string>

#include "action/action.h"
#include "base/json.h"

namespace claw::verbs {

// JSON; a fact that could not be had is `{"unknown":["unparsed"]}`, as no rule can tell it either.
std::string fact_json(const cel::Value& value);

// `{"sql.verb":"delete",…}`: the facts of one part.
void append_facts(json::Writer& out, action::Family family, std::span<const cel::Value> facts);

// Lines `  sql.verb        "delete"`, without what is false or empty.
std::string facts_text(action::Family family, std::span<const cel::Value> facts);

}  // namespace claw::verbs
