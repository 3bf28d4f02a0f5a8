// What an agent says of a text in a comment before or after it: `-- reason: …`, `/* reason: … */`, or as
// sqlcommenter writes it, `/*reason='…'*/`. Words for people and nothing else: no fact is made of them. The
// text is lexed as Postgres does with standard_conforming_strings, so what looks like a comment in a literal
// is none.
#pragma once

#include <string>
#include <string_view>

namespace claw::sql {

// As it was written, of sqlcommenter's with its escapes undone; empty when there is none. Comments before the
// first statement are asked first, then those behind the last.
std::string reason_in(std::string_view text);

}  // namespace claw::sql
