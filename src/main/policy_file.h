// The policy a verb was given, loaded, or said to be wrong: used by every verb that takes a CONFIG.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/snapshot.h"

namespace claw::verbs {

enum class Path { missing, file, folder };
Path look_at(const std::string& path);

// Prints why not; a null policy comes with the exit code: wrong_usage where there is no such file.
struct Opened {
  std::shared_ptr<const config::Snapshot> policy;
  int exit_code = 0;
};
Opened open_policy(const std::string& path);

std::string no_such_path(const std::string& path);

// Names of things that have a `name`, for suggestions.
template <class Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> names;
  for (const auto& each : things) names.emplace_back(each.name);
  return names;
}

}  // namespace claw::verbs
