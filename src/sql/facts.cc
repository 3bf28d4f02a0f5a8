#include "sql/facts.h"

#include <algorithm>
#include <array>

namespace claw::sql {
namespace {

constexpr std::array<std::string_view, effect_count> effect_names = {
    "read",    "write",      "modify",      "delete",  "create",      "alter",
    "destroy", "privilege",  "transaction", "session", "maintenance", "lock",
    "notify",  "procedural", "file",        "program", "network",     "unknown"};

}  // namespace

std::string_view name_of(Effect effect) { return effect_names.at(static_cast<std::size_t>(effect)); }

std::vector<std::string> Effects::names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < effect_count; ++i)
    if ((bits_ >> i & 1U) != 0) names.emplace_back(effect_names.at(i));
  std::sort(names.begin(), names.end());
  return names;
}

std::string Name::text() const {
  std::string text;
  for (const std::string* part : {&catalog, &schema})
    if (!part->empty()) text += *part + '.';
  return text + name;
}

}  // namespace claw::sql
