// The command line's side of the operators' API: one call to a running gateway's socket, JSON back.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace claw::admin {

// `path` as in `/api/v1/approvals`; an answer that is not 200 is an Error with the gateway's words.
Result<json::Value> call(const std::string& socket, std::string_view method, std::string_view path,
                         std::string_view body = {});

}  // namespace claw::admin
