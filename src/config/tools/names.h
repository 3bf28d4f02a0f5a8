// What tools may not be called, because others are: clients write a dot as an underscore, so `a_b.c` and
// `a.b_c` are one name to them. The gateway's own come first; what a policy declares gives way at load, what
// a server offers while it runs (toolcall/upstream/hub.h).
#pragma once

#include <string>
#include <string_view>

namespace claw::config {

// As clients write them; toolcall/ has them, and its test compares.
inline constexpr std::string_view own_tool_names[] = {"postgres_query", "http_request", "github_request",
                                                      "gcp_request",    "aws_request",  "kubectl"};

// Whether a name, as clients write it, is one that tools behind this prefix could have.
inline bool is_behind(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == '_';
}

}  // namespace claw::config
