// A secret from whoever runs a verb: typed without being shown, or read from a pipe. Never from an argument,
// which every user of the machine can see.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::verbs {

// One trailing line end is not part of it. Errors: nothing was given, too long, or the person changed their
// mind.
Result<Secret> ask_secret(std::string_view what);

}  // namespace claw::verbs
