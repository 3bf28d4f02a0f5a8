// Where the collections of test cases from outside are: said by the environment, or beside the repository,
// however deep we stand in it. For programs that measure us against them; the gateway reads none.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

namespace claw {

inline std::string corpora_folder() {
  if (const char* set = std::getenv("CLAWPATROL_CORPORA")) return set;
  for (std::string up = "../"; up.size() < 30; up += "../") {
    if (std::ifstream(up + "shared/corpora/README.md")) return up + "shared/corpora";
  }
  return "../shared/corpora";
}

}  // namespace claw
