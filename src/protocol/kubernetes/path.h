// What a Kubernetes request acts on, derived from method, path and query as the API server derives it (its
// RequestInfo): so a rule speaks of the same verb, resource and name as RBAC does. Exec, attach and
// portforward are `create` whatever the method, since a rule that allows reads must not open a shell. Pure;
// what the API server would not serve, or another reader could read otherwise, is not understood.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "action/body/form.h"
#include "cel/arena.h"

namespace claw::kubernetes {

// Views of the target's segments, the query, and the arena.
struct Path {
  bool is_resource = false;
  std::string_view verb;
  std::string_view api_group;
  std::string_view api_version;
  std::string_view space;             // The namespace.
  std::string_view resource;          // `pods`, `pods/exec`
  std::string_view subresource;
  std::string_view name;
  std::string_view non_resource_path;
  std::string_view proxy_path;        // `/metrics?x=1`
  std::string why_not;                // Not empty: nothing of the above is to be trusted.
};

struct PathAsked {
  std::string_view method;                     // As sent.
  std::string_view path;                       // Decoded, canonical.
  std::span<const std::string_view> segments;  // Decoded, each on its own.
  std::span<const action::Named> query;        // Decoded.
  std::string_view raw_query;
};

Path read_path(const PathAsked& asked, cel::Arena& arena);

}  // namespace claw::kubernetes
