// What a simple command does, as far as its words tell: it only looks, changes what is its own, destroys,
// touches secrets or the system, or runs what nobody has read. Commands that only start another one (`env`,
// `nohup`, `xargs`, `bash -c`) are looked through. What is in no row of the table is unknown, and what can be
// read in two ways is only as harmless as the worse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claw::shell {

// Names that rules use, in the order in which they are given.
namespace effect {
inline constexpr std::string_view read = "read";        // Looks, and changes nothing.
inline constexpr std::string_view work =
    "work";  // Changes scratch folders, or a working copy, so that it can be undone.
inline constexpr std::string_view change = "change";    // Changes something else that can be made again.
inline constexpr std::string_view destroy = "destroy";  // Removes or overwrites what is not brought back.
inline constexpr std::string_view secret = "secret";    // Reads or prints credentials.
inline constexpr std::string_view system =
    "system";  // Who may do what, what starts by itself, what guards and records.
inline constexpr std::string_view run = "run";          // Runs code that is not to be seen in the words.
inline constexpr std::string_view unknown = "unknown";  // No row says.
}  // namespace effect

struct Deed {
  std::string program;                    // The name of what runs behind what only starts it; no folder.
  std::vector<std::string> effects;  // Each once; never empty for a command.
};

// Commands inside commands are followed so far; deeper ones are `run`.
constexpr int nesting_max = 8;
// Commands and what may be one, of one line: words may be built so that each is tried many times.
constexpr int commands_max = 200;
// Longer ones are `unknown`, whatever else they are: nobody types them, and reading them costs.
constexpr std::size_t words_read_max = 500;

Deed read_deed(const std::vector<std::string>& words);

}  // namespace claw::shell
