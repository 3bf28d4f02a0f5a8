#include "audit/export/columns.h"

namespace claw::audit {

std::string_view without_padding(std::string_view payload) {
  return payload.substr(0, payload.find_last_not_of(' ') + 1);
}

}  // namespace claw::audit
