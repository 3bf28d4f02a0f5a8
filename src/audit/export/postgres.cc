#include "audit/export/postgres.h"

#include <fmt/format.h>

#include "audit/export/names.h"
#include "audit/export/schemas_table.inc"
#include "base/clock.h"
#include "base/text.h"

namespace claw::audit {

namespace {

// Before the texts: journal, seq, time, kind. After the numbers: record.
constexpr std::size_t first_text = 4;
constexpr std::size_t first_number = first_text + text_columns.size();
constexpr std::size_t record_column = first_number + number_columns.size();

void separate(std::string& array) {
  if (array.size() > 1) array.push_back(',');
}

// PostgreSQL's array syntax: in quotes only those and the backslash are special.
void append_element(std::string& array, std::string_view text) {
  separate(array);
  array.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') array.push_back('\\');
    if (c == '\0') append_utf8(array, 0xFFFD);
    else array.push_back(c);
  }
  array.push_back('"');
}

void append_unless_empty(std::string& array, std::string_view text) {
  if (!text.empty()) return append_element(array, text);
  separate(array);
  array += "NULL";
}

}  // namespace

PostgresRows::PostgresRows() : arrays_(record_column + 1, "{") {}

void PostgresRows::add(const Exported& exported) {
  const json::Value& members = exported.record.members;
  append_element(arrays_[0], exported.journal);
  append_element(arrays_[1], std::to_string(exported.record.seq));
  append_element(arrays_[2], format_time(exported.record.time_us));
  append_element(arrays_[3], exported.record.kind);
  for (std::size_t i = 0; i < text_columns.size(); ++i) {
    append_unless_empty(arrays_[first_text + i], members.text_or(text_columns[i], ""));
  }
  for (std::size_t i = 0; i < number_columns.size(); ++i) {
    const json::Value* value = members.find(number_columns[i]);
    const bool is_number = value != nullptr && value->number() != nullptr;
    append_unless_empty(arrays_[first_number + i],
                        is_number ? std::to_string(members.int_or(number_columns[i], 0)) : "");
  }
  append_element(arrays_[record_column], exported.payload);
}

std::string PostgresRows::insert(std::string_view table) {
  std::string columns = "journal, seq, time, kind";
  std::string arrays = "$1::text[], $2::bigint[], $3::timestamptz[], $4::text[]";
  std::size_t number = first_text;
  for (const std::string_view name : text_columns) {
    columns += fmt::format(", {}", name);
    arrays += fmt::format(", ${}::text[]", ++number);
  }
  for (const std::string_view name : number_columns) {
    columns += fmt::format(", {}", name);
    arrays += fmt::format(", ${}::bigint[]", ++number);
  }
  return fmt::format(
      "INSERT INTO {} ({}, record) SELECT * FROM unnest({}, ${}::json[]) ON CONFLICT DO NOTHING",
      quoted_name(table, '"'), columns, arrays, record_column + 1);
}

const std::vector<std::string>& PostgresRows::parameters() {
  if (!closed_) {
    for (std::string& array : arrays_) array.push_back('}');
  }
  closed_ = true;
  return arrays_;
}

std::string_view postgres_schema() { return schema_postgres; }

}  // namespace claw::audit
