// One line that tells a person what a SQL text does: `delete orders`, `drop table users, accounts`,
// `3 statements: …`. Made from the facts, not from the text, so that a comment cannot write it.
#pragma once

#include <string>

#include "sql/facts.h"

namespace claw::action {

constexpr std::size_t summary_bytes_max = 200;  // One line on a phone's lock screen, and then some.

std::string summarise(const sql::Facts& facts);

}  // namespace claw::action
