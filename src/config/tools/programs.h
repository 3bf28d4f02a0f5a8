// Where this machine has a program. Asked when a policy is loaded, so that a tool whose program is missing is
// a mistake then, with its line, and not when an agent calls it. Runs nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::config {

// The absolute path of a program that can be run: looked up where systems keep theirs, unless it is a path.
Result<std::string> find_program(std::string_view name);

// Whether a sandbox has this file of the machine, all links followed: those of /usr and of the folders.
bool is_shown(const std::string& path, const std::vector<std::string>& folders);

// What programs are run in: an error says what is to be installed.
Status check_sandbox();

}  // namespace claw::config
