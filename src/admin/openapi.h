// The text of openapi.yaml, as it was when this program was built.
#pragma once

#include <string_view>

namespace claw::admin {

std::string_view openapi_text();

}  // namespace claw::admin
