// What a record says, as the facts it can be searched by: the names that rules use where a rule can name it
// (docs/facts.md), and the record's own for the rest. One table, from which the index is built, records are
// matched, and a misspelt name is answered. It adds nothing that is not in the record.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/reader.h"

namespace claw::audit {

enum class Shape : std::uint8_t { text, number, flag };

struct Field {
  std::string_view name;   // `sql.tables`, `rule`
  Shape shape = Shape::text;
  bool folded = false;     // Always lower case.
  bool of_ending = false;  // Only what an action's end says: `rows`.
  std::string_view help = {};
};
std::span<const Field> fields();  // Their places are what an index writes; append only.
std::uint8_t field_named(std::string_view name);  // The place of a field that there is.

// Which fields a person means: one by its whole name; by its last word (`tables`, `verb`) all that end so.
std::vector<std::uint8_t> fields_meant(std::string_view name);
// Facts that rules can read and no record has; why not.
std::optional<std::string_view> why_unrecorded(std::string_view fact);
std::vector<std::string> field_names();  // For suggestions.

class FactVisitor {
 public:
  virtual ~FactVisitor() = default;
  virtual void text(std::uint8_t field, std::string_view value) = 0;
  virtual void number(std::uint8_t field, std::int64_t value) = 0;
  virtual void word(std::string_view word) = 0;  // Of its texts, folded, at most word_bytes_max.
};
void each_fact(const Record& record, FactVisitor& visitor);

// Letters, digits, `_` and everything beyond ASCII make words; a longer one counts by its beginning.
constexpr std::size_t word_bytes_max = 40;
// Of a record's texts so much is divided into words: a statement of a megabyte is found by its beginning.
constexpr std::size_t worded_bytes_max = 32 << 10;
std::vector<std::string> words_of(std::string_view text);

}  // namespace claw::audit
