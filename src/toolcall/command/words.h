// The words of a call that runs a program: given one by one, or as a line that is one simple command; and
// whether the policy's patterns let them follow.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "toolcall/schema.h"

namespace claw::toolcall {

struct Words {
  std::vector<std::string> after;  // What follows the program.
  std::string not_understood;      // Not empty: it was a line that needs a shell, and this is why.
  std::string line;                // That line.
};

// `names` are those that a line may begin with: the tool's and its program's.
std::variant<Words, Mistake> words_of(const json::Value& arguments, const std::vector<std::string>& names);

// Whether one of the lists of patterns fits all words: `*` is any letters of one word, `...` any words.
bool are_allowed(const std::vector<std::vector<std::string>>& allow, const std::vector<std::string>& words);

}  // namespace claw::toolcall
