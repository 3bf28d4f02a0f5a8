// The name that a field selector demands, as the API server takes it from a list or watch for a name:
// `metadata.name=web-1`. Follows k8s.io/apimachinery's fields.ParseSelector.
#pragma once

#include <string_view>

#include "cel/arena.h"

namespace claw::kubernetes {

// Empty when the selector demands none, or is none: the server then lists without a name, or refuses.
std::string_view name_selected(std::string_view selector, cel::Arena& arena);

}  // namespace claw::kubernetes
