// What a record becomes in a table: the columns of both schemas in deploy/schemas, and where each comes from.
// ClickHouse and PostgreSQL have the same ones, so that a query moves from one to the other. The record
// itself is the last column, as it stands in the journal: nothing is lost that has no column of its own.
#pragma once

#include <array>
#include <string_view>

#include "audit/reader.h"

namespace claw::audit {

// One record on its way out. Who receives it twice knows it by journal, number and time.
struct Exported {
  std::string_view journal;  // Which gateway's: the first 16 digits of its key's SHA-256.
  const Record& record;
  std::string_view payload;  // JSON as written, without the padding.
};

constexpr std::array<std::string_view, 9> record_kinds = {
    "judged", "held", "ended", "session", "incident", "policy", "admin", "gateway", "checkpoint"};

// Members of records that are texts, and the columns of the same names.
constexpr std::array<std::string_view, 17> text_columns = {
    "action", "session", "agent",    "profile", "endpoint", "family", "summary", "verdict", "rule",
    "reason", "policy",  "approver", "ending",  "event",    "person", "subject", "detail"};
// Those that are numbers, absent where the record has none.
constexpr std::array<std::string_view, 2> number_columns = {"rows", "duration_us"};

std::string_view without_padding(std::string_view payload);

}  // namespace claw::audit
