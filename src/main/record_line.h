// A record of the journal as one line of a table, or whole, for people. Programs get the record as it stands.
#pragma once

#include <string>

#include "audit/reader.h"

namespace claw::verbs {

// Ordinary endings and the journal's own checkpoints would be every other line, and say nothing.
bool is_worth_a_line(const audit::Record& record);

std::string record_titles();
std::string record_line(const audit::Record& record, std::size_t columns);  // At most so wide; 0: whole.

std::string record_text(const audit::Record& record);  // A member a line.

}  // namespace claw::verbs
