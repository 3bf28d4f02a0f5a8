// Reads SQL as Postgres would, with the grammar of PostgreSQL 15 itself, and tells what it does. Pure:
// no server is asked, so names are the names in the text. Assumes standard_conforming_strings = on and
// client_encoding = UTF8; whoever owns the session refuses to change them. The grammar and the walk
// recurse: call it on a thread with a stack of `stack_bytes_min`.
#pragma once

#include <string_view>

#include "sql/facts.h"

namespace claw::sql {

// The parse tree of one byte of SQL may be 75 bytes of JSON; this keeps one statement under 20 MB.
constexpr int grammar_major_version = 15;  // Of the server whose grammar this is.
constexpr std::size_t text_bytes_max = 256 * 1024;

// The grammar's JSON writer recurses per level: 100 000 terms of `1+1` overflow 8 MB, 500 000 fit 64 MB.
constexpr std::size_t stack_bytes_min = 64 * 1024 * 1024;

Facts read_postgres(std::string_view text);

}  // namespace claw::sql
