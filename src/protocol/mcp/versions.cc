#include "protocol/mcp/versions.h"

#include <algorithm>

namespace claw::mcp {
namespace {

constexpr Version table[] = {
    {.name = "2026-07-28", .sessions = false, .asks_by_url = true, .mirrors = true, .typed_results = true},
    {.name = "2025-11-25", .asks_by_url = true},
    {.name = "2025-06-18"},
    {.name = "2025-03-26", .batches = true, .names_itself = false, .structured = false},
};

}  // namespace

std::span<const Version> versions() { return table; }

const Version* version_named(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Version::name);
  return found == std::end(table) ? nullptr : found;
}

const Version& newest_with_sessions() { return *std::ranges::find(table, true, &Version::sessions); }

}  // namespace claw::mcp
