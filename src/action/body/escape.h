// Percent-encoding undone (RFC 3986 §2.1), once and strictly. Used for paths, queries and forms; whoever
// reads text that was decoded twice reads another text than the server does.
#pragma once

#include <optional>
#include <string_view>

#include "cel/arena.h"

namespace claw::action {

std::optional<unsigned> hex_digit(char letter);

enum class Plus : bool { plus, space };  // What `+` means: itself in a path, a space in a form.

// Nothing for a `%` without two hexadecimal digits. Text without escapes is returned as it is, not copied:
// it must outlive the answer.
std::optional<std::string_view> unescape(std::string_view text, Plus plus, cel::Arena& arena);

std::string_view lower_in(std::string_view text, cel::Arena& arena);  // ASCII; copied only when it must be.

}  // namespace claw::action
