// Where things are on this machine: the state folder and what is in it.
#pragma once

#include <string>

namespace claw::verbs {

// `given`, or ~/.clawpatrol; `~/` is the user's home.
std::string state_folder(const std::string& given);

}  // namespace claw::verbs
