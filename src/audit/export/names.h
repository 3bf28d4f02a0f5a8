// Names of tables as a configuration may write them, and as SQL does. A name that is not a plain one never
// reaches a statement: the configuration is refused.
#pragma once

#include <string>
#include <string_view>

namespace claw::audit {

// `records`, `audit.records`: letters, digits and underscores, at most one dot, 63 bytes a part, which is
// what PostgreSQL keeps of one.
bool is_table_name(std::string_view name);

// Each part in quotes of that kind. The name is a plain one.
std::string quoted_name(std::string_view name, char quote);

}  // namespace claw::audit
