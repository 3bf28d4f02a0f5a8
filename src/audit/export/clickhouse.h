// Records as rows of ClickHouse: lines of JSONEachRow for the table of deploy/schemas/clickhouse.sql. Bytes
// only; the request that carries them is exporter/'s.
#pragma once

#include <string>

#include "audit/export/columns.h"

namespace claw::audit {

void append_clickhouse_row(std::string& out, const Exported& exported);
std::string clickhouse_insert(std::string_view table);  // `INSERT INTO … FORMAT JSONEachRow`
std::string_view clickhouse_schema();

}  // namespace claw::audit
