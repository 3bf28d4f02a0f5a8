#include "audit/export/clickhouse.h"

#include "audit/export/names.h"
#include "audit/export/schemas_table.inc"

namespace claw::audit {

namespace {

constexpr std::int64_t second_us = 1'000'000;

}  // namespace

void append_clickhouse_row(std::string& out, const Exported& exported) {
  const json::Value& members = exported.record.members;
  json::Writer w(out);
  w.begin_object();
  w.member("journal", exported.journal);
  w.member("seq", static_cast<std::int64_t>(exported.record.seq));
  w.member("time", exported.record.time_us / second_us);
  w.member("time_us", exported.record.time_us);
  w.member("kind", exported.record.kind);
  for (const std::string_view name : text_columns) w.member(name, members.text_or(name, ""));
  for (const std::string_view name : number_columns) {
    w.key(name);
    if (const json::Value* value = members.find(name); value != nullptr && value->number() != nullptr) {
      w.integer(members.int_or(name, 0));
    } else {
      w.null();
    }
  }
  w.member("record", exported.payload);
  w.end_object();
  out.push_back('\n');
}

std::string clickhouse_insert(std::string_view table) {
  return "INSERT INTO " + quoted_name(table, '`') + " FORMAT JSONEachRow";
}

std::string_view clickhouse_schema() { return schema_clickhouse; }

}  // namespace claw::audit
