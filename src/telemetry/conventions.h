// What OpenTelemetry's semantic conventions call the members of a record: GenAI for who acts and by what,
// DB and HTTP for what is done upstream. Texts of statements and bound values are never among them, whatever
// the record keeps: a summary says what an action is.
#pragma once

#include "audit/reader.h"
#include "telemetry/otlp.h"

namespace claw::telemetry {

struct Place;

Attributes action_attributes(const audit::Record& judged);
Attributes execution_attributes(const json::Value& judged, const Place& place);
std::string tool_name(const json::Value& judged);       // `postgres.query`, `postgres.shop`
std::string execution_name(const json::Value& judged);  // `SELECT orders`, `GET`

// How it ended, into the span of its execution. True: well.
bool end_attributes(const json::Value& ended, Span& span);

}  // namespace claw::telemetry
