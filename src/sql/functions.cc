#include "sql/functions.h"

#include <unordered_map>

#include "base/text.h"

namespace claw::sql::postgres {
namespace {

using enum Effect;
using enum Argument::Means;

struct Group {
  std::string_view names;
  Effects effects;
};

constexpr Group groups[] = {
#define CLAW_FUNCTIONS(names, ...) {names, {__VA_ARGS__}},
#define CLAW_ARGUMENT(name, means, index)
#include "sql/functions_table.inc"
#undef CLAW_FUNCTIONS
#undef CLAW_ARGUMENT
};

const std::unordered_map<std::string_view, Effects>& functions() {
  static const std::unordered_map<std::string_view, Effects> table = [] {
    std::unordered_map<std::string_view, Effects> made;
    for (const Group& group : groups)
      for (const std::string_view name : split(trim(group.names), ' ')) made[name].add(group.effects);
    return made;
  }();
  return table;
}

const std::unordered_map<std::string_view, Argument>& arguments() {
  static const std::unordered_map<std::string_view, Argument> table = {
#define CLAW_FUNCTIONS(names, ...)
#define CLAW_ARGUMENT(name, means, index) {name, {means, index}},
#include "sql/functions_table.inc"
#undef CLAW_FUNCTIONS
#undef CLAW_ARGUMENT
  };
  return table;
}

}  // namespace

Effects effects_of(std::string_view function) {
  const auto found = functions().find(function);
  return found == functions().end() ? Effects() : found->second;
}

bool has_effects(std::string_view function) {
  return functions().contains(function) || special_argument(function);
}

std::optional<Argument> special_argument(std::string_view function) {
  const auto found = arguments().find(function);
  if (found == arguments().end()) return std::nullopt;
  return found->second;
}

}  // namespace claw::sql::postgres
