// A request's target as records and people may see it: values that are secrets by their name are hidden.
#pragma once

#include <string>
#include <string_view>

namespace claw::action {

// `/x?token=***&page=2`. A parameter is hidden when its name, decoded, has a word of a secret in it (token,
// key, secret, password, signature, …): rather one too many than one too few.
std::string shown_target(std::string_view target);

bool is_secret_name(std::string_view name);  // The same of any name; one that is escaped is decoded first.

}  // namespace claw::action
