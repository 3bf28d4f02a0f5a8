// What a text looks like with its whole numbers taken out, so that `… where id = 7` and `… where id = 8`
// are read once. Only for texts so plain that finding the numbers needs no grammar; cache.cc uses it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace claw::sql {

// `text` with every free-standing run of up to nine digits as a single `0`. Nothing when the text has
// anything in which a digit could mean something else: quotes, dollars, backslashes, comments, bytes beyond
// ASCII; or no number.
std::optional<std::string> skeleton_of(std::string_view text);

}  // namespace claw::sql
