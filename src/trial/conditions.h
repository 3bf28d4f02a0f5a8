// Kinds of actions put together into as few rules as still say exactly what was seen, and the conditions of
// those rules.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "trial/kind.h"

namespace claw::trial {

struct Named {
  Kind kind;
  Advice advice = Advice::allow;
  std::string why;
  std::set<std::string> tables;
  std::set<std::string> functions;
};

struct Group {
  std::string name;         // Of the rule: `postgres-prod-select`, once only.
  std::string condition;
  Advice advice = Advice::allow;
  std::string why;
  std::vector<Kind> kinds;  // Never empty; of one endpoint.
};

// Of SQL a rule for each verb, with its tables; of HTTP for each method, with its paths; of Kubernetes for
// each resource in a namespace, with its verbs.
std::vector<Group> groups_of(const std::vector<Named>& all);

}  // namespace claw::trial
