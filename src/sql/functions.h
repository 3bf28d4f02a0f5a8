// What calling a function of Postgres does, for those whose name alone tells: files, programs, network,
// locks, sessions, settings. A name is looked up without its schema, so `pg_catalog.x` and a function of
// somebody's that is called the same are treated alike. Names that are not in the table have no known
// effect: harmless built-ins and the users' own functions look the same from here.
#pragma once

#include <optional>
#include <string_view>

#include "sql/facts.h"

namespace claw::sql::postgres {

Effects effects_of(std::string_view function);
bool has_effects(std::string_view function);

// Which argument of this function is SQL that it runs, or names a relation that it reads, a sequence or a
// setting.
struct Argument {
  enum class Means : std::uint8_t { runs, reads, names, sets };
  Means means;
  std::size_t index;
};
std::optional<Argument> special_argument(std::string_view function);

}  // namespace claw::sql::postgres
