#include "main/paths.h"

#include <cstdlib>

namespace claw::verbs {

std::string state_folder(const std::string& given) {
  const std::string path = given.empty() ? "~/.clawpatrol" : given;
  if (!path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/root") + path.substr(1);
}

}  // namespace claw::verbs
