// One row of the table of what commands do, and whether a command's words are what it says.
//   status|log   the next operand is one of these; `*` stands for any letters
//   -n|--dry-run one of these options is there, also in a cluster (`-avn`), with `=…`, or as a long one's
//   beginning
//   !-o|--output none of these is there
//   ~drop_|drop( one of these stands somewhere in the words, whatever the case; `_` is a space
//   $            no further operand
// Operands are what is no option and no value of one. Which options take the next word as their value is
// known only where the table says so; of the others there are two readings, and the caller says how many must
// agree.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace claw::shell {

struct Options {
  std::vector<std::string_view> valued;  // `--region`, `-C`: the next word is theirs.
  std::vector<std::string_view> plain;   // Stand alone.
};

enum class Reading : unsigned char {
  others_are_plain,   // An option that nobody knows stands alone.
  others_are_valued,  // It takes the next word.
};

std::vector<std::string_view> operands_of(std::span<const std::string> arguments, const Options& options,
                                          Reading reading);

// `name` as the table has it: `-x`, `--long` or `-word`. What stands behind `--` is no option.
bool has_option(std::span<const std::string> arguments, std::string_view name);

bool matches_glob(std::string_view text, std::string_view glob);

// `arguments`: the words behind the program's name.
bool matches(std::string_view pattern, std::span<const std::string> arguments,
             std::span<const std::string_view> operands);

}  // namespace claw::shell
