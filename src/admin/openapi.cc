#include "admin/openapi.h"

#include <string>

namespace claw::admin {

std::string_view openapi_text() {
  // In pieces, because no compiler need take a literal of this length.
  static const std::string text = [] {
    std::string whole;
    constexpr const char* pieces[] = {
#include "admin/openapi_text.inc"
    };
    for (const char* piece : pieces) whole += piece;
    return whole;
  }();
  return text;
}

}  // namespace claw::admin
