// YAML that somebody else sent, as the JSON value it stands for. Only what every reader takes for the same is
// read: one document of strings, numbers, lists and mappings. Anchors, aliases, tags, keys that are there
// twice and plain scalars whose meaning changed between YAML 1.1 and 1.2 (`yes`, `0777`, `1_000`) are errors.
// The configuration, which has places and messages for people, has a reader of its own.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace claw::yaml {

constexpr std::size_t bytes_max = 4 * 1024 * 1024;  // More than an API server takes, which is 3 MiB.
constexpr std::size_t depth_max = 64;               // Objects of Kubernetes stay below 30.

// JSON is read as JSON; numbers are kept as written.
Result<json::Value> parse(std::string_view text);

}  // namespace claw::yaml
