// How a command ended, from what the server wrote last: the metav1.Status of v4 and v5, or the plain text of
// the protocols before. Only for the record; what cannot be read is said to be so.
#pragma once

#include <string>
#include <string_view>

namespace claw::kubernetes {

// `exit 0`, `exit 1`, "failed: `no such container`".
std::string outcome_of(std::string_view status, bool is_object);

}  // namespace claw::kubernetes
