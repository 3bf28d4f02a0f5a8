#include "admin/openapi.h"

#include "admin/openapi_text.inc"

namespace claw::admin {

std::string_view openapi_text() { return made::openapi; }

}  // namespace claw::admin
