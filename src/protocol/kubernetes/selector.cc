#include "protocol/kubernetes/selector.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace claw::kubernetes {
namespace {

// At commas that no backslash stands before.
std::vector<std::string_view> terms_of(std::string_view selector) {
  std::vector<std::string_view> terms;
  std::size_t start = 0;
  bool escaped = false;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    if (!escaped && selector[i] == ',') {
      terms.push_back(selector.substr(start, i - start));
      start = i + 1;
    }
    escaped = !escaped && selector[i] == '\\';
  }
  terms.push_back(selector.substr(start));
  std::sort(terms.begin(), terms.end());  // As the server does, before it takes the first that fits.
  return terms;
}

// Only `\`, `,` and `=` are escaped, and the last two must be.
std::optional<std::string_view> unescaped(std::string_view value, cel::Arena& arena) {
  if (value.find_first_of("\\,=") == value.npos) return value;
  const std::span<char> out = arena.array<char>(value.size());
  std::size_t size = 0;
  bool escaped = false;
  for (const char c : value) {
    const bool divides = c == ',' || c == '=';
    if (escaped ? !divides && c != '\\' : divides) return std::nullopt;
    if (escaped || c != '\\') out[size++] = c;
    escaped = !escaped && c == '\\';
  }
  if (escaped) return std::nullopt;
  return std::string_view(out.data(), size);
}

bool may_be_a_name(std::string_view name) {
  return name != "." && name != ".." && name.find_first_of("/%") == name.npos;
}

}  // namespace

std::string_view name_selected(std::string_view selector, cel::Arena& arena) {
  std::optional<std::string_view> name;
  for (const std::string_view term : terms_of(selector)) {
    if (term.empty()) continue;
    // The first of `!=`, `==`, `=`, whichever comes first in the text.
    const std::size_t at = std::min(term.find("!="), term.find('='));
    if (at == term.npos) return {};
    const bool is_unequal = term[at] == '!';
    const bool is_doubled = term.substr(at).starts_with("==");
    const auto value = unescaped(term.substr(at + (is_unequal || is_doubled ? 2 : 1)), arena);
    if (!value) return {};
    if (!is_unequal && !name && term.substr(0, at) == "metadata.name") name = value;
  }
  return name && may_be_a_name(*name) ? *name : std::string_view();
}

}  // namespace claw::kubernetes
