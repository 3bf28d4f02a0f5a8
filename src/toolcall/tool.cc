#include "toolcall/tool.h"

#include <algorithm>

namespace claw::toolcall {

std::string wire_name(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '.', '_');
  return out;
}

}  // namespace claw::toolcall
