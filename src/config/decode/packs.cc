#include "config/decode/packs.h"

#include "base/text.h"

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
  if (name.starts_with("commands-")) return action::Family::tool;
  if (name.starts_with("mcp-")) return action::Family::mcp;
  return name.starts_with("ssh-") ? action::Family::ssh : action::Family::http;
}

// GitHub's names are of letters, digits, `-`, `_` and `.`, and the same in any case.
bool is_repository_part(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

constexpr std::string_view hole = "PACK_REPOSITORIES";
constexpr std::string_view any_name = "[^/]+";

// `a.b/*` is `a[.]b/[^/]+`: a class where a backslash would have to be escaped twice.
std::string expression_of(std::string_view repository) {
  std::string out;
  for (const char c : repository) {
    if (c == '*') out += any_name;
    else if (c == '.') out += "[.]";
    else out += c;
  }
  return out;
}

}  // namespace

bool is_repository(std::string_view name) {
  const std::vector<std::string_view> parts = split(name, '/');
  return parts.size() == 2 && is_repository_part(parts[0]) &&
         (parts[1] == "*" || is_repository_part(parts[1]));
}

std::string text_of(const Pack& pack, std::span<const std::string> repositories) {
  std::vector<std::string> expressions;
  for (const std::string& repository : repositories) expressions.push_back(expression_of(repository));
  if (expressions.empty()) expressions.push_back(expression_of("*/*"));
  std::string text(pack.text);
  const std::string filling = join(expressions, "|");
  for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at + filling.size())) {
    text.replace(at, hole.size(), filling);
  }
  return text;
}

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
