// Commands that start other commands: `sudo`, `env`, `timeout`, `xargs`, `find -exec`, `bash -c`. What they
// start is given as words again; what cannot be found for certain is given as a suspect, which can only make
// matters worse.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace claw::shell {

struct Wrapped {
  std::size_t inner = 0;  // Where in the words the command that is started begins; 0: nowhere.
  std::vector<std::vector<std::string>> scripts;   // Other commands that are started.
  bool try_endings = false;                        // Each ending of the words may be a command.
  std::vector<std::vector<std::string>> suspects;  // May be commands.
  std::vector<std::string_view> effects;           // What starting them so does in itself.
};

// `/usr/bin/git` is `git`.
std::string program_name(std::string_view word);

// Nothing: `name` starts no other command.
std::optional<Wrapped> unwrap(std::string_view name, std::span<const std::string> words);

}  // namespace claw::shell
