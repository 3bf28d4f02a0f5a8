// The endpoints of a Snapshot as policy/fixture.h wants them, for `clawpatrol test` and `clawpatrol explain`.
#pragma once

#include <vector>

#include "config/snapshot.h"
#include "policy/fixture.h"

namespace claw::config {

inline std::vector<policy::Target> targets_of(const Snapshot& snapshot) {
  std::vector<policy::Target> targets;
  for (const Endpoint& endpoint : snapshot.endpoints) {
    policy::Target& target = targets.emplace_back();
    target.endpoint = endpoint.typed;
    target.family = endpoint.family;
    for (const HostPort& host : endpoint.hosts) target.hosts.push_back(host.text());
    target.rules = endpoint.ruleset;
  }
  return targets;
}

}  // namespace claw::config
