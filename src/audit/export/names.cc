#include "audit/export/names.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace claw::audit {

namespace {

constexpr std::size_t part_bytes_max = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= part_bytes_max && is_letter(part.front()) &&
         std::ranges::all_of(part, [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

bool is_table_name(std::string_view name) {
  const auto parts = split(name, '.');
  return parts.size() <= 2 && std::ranges::all_of(parts, is_part);
}

std::string quoted_name(std::string_view name, char quote) {
  CLAW_CHECK(is_table_name(name));
  std::string out;
  for (const std::string_view part : split(name, '.')) {
    if (!out.empty()) out.push_back('.');
    out.append(1, quote).append(part).append(1, quote);
  }
  return out;
}

}  // namespace claw::audit
