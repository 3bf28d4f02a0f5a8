#include "toolcall/tool.h"

#include <algorithm>
#include <array>

namespace claw::toolcall {

std::span<const Tool> tools() {
  static const std::array<Tool, 5> all = {postgres_query, http_request, github_request, gcp_request,
                                          aws_request};
  return all;
}

const Tool* find_tool(std::string_view name) {
  const auto found = std::ranges::find_if(
      tools(), [name](const Tool& each) { return each.name == name || wire_name(each.name) == name; });
  return found == tools().end() ? nullptr : &*found;
}

std::string wire_name(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '.', '_');
  return out;
}

}  // namespace claw::toolcall
