// Records as rows of PostgreSQL: one INSERT for a whole batch, whose parameters are arrays, one a column, for
// the table of deploy/schemas/postgres.sql. What is there already stays. Text that PostgreSQL cannot hold
// (the zero byte) is U+FFFD in its column, and as it was in the record's JSON.
#pragma once

#include <string>
#include <vector>

#include "audit/export/columns.h"

namespace claw::audit {

class PostgresRows {
 public:
  PostgresRows();
  void add(const Exported& exported);

  static std::string insert(std::string_view table);
  // Array literals, in the order of the statement's parameters. Nothing is added afterwards.
  const std::vector<std::string>& parameters();

 private:
  std::vector<std::string> arrays_;
  bool closed_ = false;
};

std::string_view postgres_schema();

}  // namespace claw::audit
