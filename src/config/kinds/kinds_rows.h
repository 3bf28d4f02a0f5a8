// The rows of the table in kinds.h, spread over files by block; only kinds*.cc include it.
#pragma once

#include <vector>

#include "config/kinds/kinds.h"

namespace claw::config {

inline constexpr std::string_view redact_help =
    "What does not go on record: facts (`sql.parameters`, `http.query.token`) and `re:PATTERN`. Each value "
    "becomes "
    "a keyed hash; rules see the real one";

// Appended to the document's blocks; what they point to is static.
void append_gateway_rows(std::vector<BlockSpec>& rows);
void append_listener_rows(std::vector<BlockSpec>& rows);
void append_endpoint_rows(std::vector<BlockSpec>& rows);
void append_credential_rows(std::vector<BlockSpec>& rows);
void append_rule_rows(std::vector<BlockSpec>& rows);
void append_people_rows(std::vector<BlockSpec>& rows);
void append_export_rows(std::vector<BlockSpec>& rows);
void append_tunnel_rows(std::vector<BlockSpec>& rows);
void append_observe_rows(std::vector<BlockSpec>& rows);
void append_tool_rows(std::vector<BlockSpec>& rows);

}  // namespace claw::config
