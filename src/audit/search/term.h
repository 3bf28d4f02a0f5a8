// One condition of a search over records: `sql.tables=orders`, `path^=/repos/`, `rows>100`; and the words
// around them. The command line, the admin API and the dashboard all read them here. It knows no index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/search/facts.h"
#include "base/result.h"

namespace claw::audit {

enum class Compare : std::uint8_t { equal, not_equal, begins, less, at_most, greater, at_least };

// Some fact of these fields compares so: of a list any member. `not_equal`: the fact is there, and none is
// it.
struct Term {
  std::vector<std::uint8_t> fields;
  Compare how = Compare::equal;
  std::string text = {};
  std::int64_t number = 0;
  bool operator==(const Term&) const = default;
};

constexpr std::size_t terms_max = 32;         // Of one search; more are a mistake or an attack.
constexpr std::size_t query_bytes_max = 4096;
constexpr std::size_t begin_bytes_max = 96;    // An index keeps only so much of a value, and a digest.

// A name, a comparison and a value. The error names the nearest fact, or says why it is not on record.
Result<Term> parse_term(std::string_view text);
bool is_term(std::string_view text);  // Whether it has a name and a comparison, known or not.
Term equals(std::string_view field, std::string_view value);  // Of a field that there is.

struct Query {
  std::vector<Term> terms;
  std::string text;  // Words to look for.
};
// One line as somebody types it: terms and words, divided by spaces; `"…"` keeps spaces, also behind a
// comparison, and what is quoted from its first byte is text.
Result<Query> parse_query(std::string_view line);

// One mark for each term, in order: what this record's own facts fulfil.
std::uint64_t fulfilled(const std::vector<Term>& terms, const Record& record);
// Whether every word of `text` begins a word of this record.
bool has_words(const std::vector<std::string>& wanted, const Record& record);

}  // namespace claw::audit
