// A command line as a POSIX shell would split it, where it is one simple command and nothing else: words, as
// the program would be given them. Pipes, lists, redirections, expansions, assignments and whatever else
// needs a shell are errors that say so: what is judged is what runs, and no shell runs here.
// Follows POSIX.1-2017, Shell Command Language 2.2 (quoting), 2.3 (tokens) and 2.4 (reserved words).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::shell {

constexpr std::size_t command_bytes_max = 64 * 1024;  // People approve it; longer is a script.
constexpr std::size_t words_max = 4096;               // Far below what exec takes, far above what is typed.

// At least one word, the first not empty. Where a shell would make no difference between a character and
// itself (`[` in an empty folder) it stays what it is. Errors: Code::unsupported, what a shell would have to
// do; Code::invalid, no text or quotes that do not close; Code::limit.
Result<std::vector<std::string>> read_command_line(std::string_view text);

// The words as a line that reads back as them: for people and the record.
std::string command_line(const std::vector<std::string>& words);

}  // namespace claw::shell
