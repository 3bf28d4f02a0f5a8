// What recorded actions have in common, coarse enough that a rule can name it: a verb and its tables, a
// method and a path with its ids left out, a verb on a resource in a namespace, a tool of an MCP server. An
// action of several parts is of several kinds.
#pragma once

#include <compare>
#include <set>
#include <string>
#include <vector>

#include "action/action.h"
#include "base/json.h"
#include "base/result.h"

namespace claw::trial {

enum class Advice : std::uint8_t {
  allow,
  ask,    // It destroys, or is a way in: a person should see it.
  leave,  // No rule is proposed; `why` says why.
};

struct Kind {
  std::string endpoint;
  action::Family family = action::Family::sql;
  bool destroys = false;
  std::string verb;      // `select`, `get`, `list`; of HTTP and MCP the method.
  std::string
      place;  // A path's pattern, a resource, a tool; the tables of a statement that a rule would refuse.
  std::string space;     // Of Kubernetes: the namespace.
  std::string group;     // Of Kubernetes: the API group.

  auto operator<=>(const Kind&) const = default;
};

// One part of an action: its kind, what to do about it, and what a rule for the kind must let through.
struct Seen {
  Kind kind;
  Advice advice = Advice::allow;
  std::string why;                  // Where it is not allowed.
  std::set<std::string> tables;     // Of SQL.
  std::set<std::string> functions;
};

// `subject` is the action's, made again from its record. Never empty.
std::vector<Seen> seen_in(const json::Value& record, const action::Subject& subject);

// `/repos/acme/shop/issues/*`: segments that name one thing of many are `*`.
std::string path_pattern(std::string_view path);

}  // namespace claw::trial
