#include "config/decode/packs.h"

namespace claw::config {

namespace {

// One initializer `"name", R"...(text)..."` a file of packs/, written by the build.
constexpr std::pair<std::string_view, std::string_view> texts[] = {
#include "config/packs_table.inc"
};

// A pack is named for the family it is for.
action::Family family_of(std::string_view name) {
  if (name.starts_with("postgres-") || name.starts_with("clickhouse-")) return action::Family::sql;
  if (name.starts_with("kubernetes-")) return action::Family::k8s;
  return name.starts_with("ssh-") ? action::Family::ssh : action::Family::http;
}

}  // namespace

std::span<const Pack> packs() {
  static const std::vector<Pack> all = [] {
    std::vector<Pack> found;
    for (const auto& [name, text] : texts) found.push_back({name, family_of(name), text});
    return found;
  }();
  return all;
}

const Pack* find_pack(std::string_view name) {
  for (const Pack& pack : packs()) {
    if (pack.name == name) return &pack;
  }
  return nullptr;
}

}  // namespace claw::config
