// JSON in and out of the language: a document becomes a value an expression can look into, a value becomes
// text for people and files. Used by facts that are JSON (request bodies) and by `clawpatrol eval`.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cel/arena.h"
#include "cel/value.h"

namespace claw::cel {

// Text is viewed, not copied: `json` must outlive the value. A number is a double, as the language defines
// it, unless it is a whole number no double holds exactly: then it stays an int or uint, so that an id of
// 2^53 + 1 is not taken for its neighbour.
Value from_json(const json::Value& json, Arena& arena);

// Times become their text, bytes base64, map keys text. Fails for what JSON cannot say: a double that is not
// finite, a failure inside.
Result<std::string> to_json(const Value& value);

}  // namespace claw::cel
