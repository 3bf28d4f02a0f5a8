#include "toolcall/command/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/tools/command_tool.h"
#include "shell/command_line.h"

namespace claw::toolcall {
namespace {

std::variant<Words, Mistake> read_list(const json::Array& list) {
  Words words;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string* text = list[i].string();
    const std::string pointer = fmt::format("/arguments/args/{}", i);
    if (text == nullptr) return Mistake{pointer, "this is a string"};
    if (text->find('\0') != text->npos) return Mistake{pointer, "this has a NUL in it"};
    words.after.push_back(*text);
  }
  if (words.after.size() > shell::words_max) return Mistake{"/arguments/args", "these are too many"};
  return words;
}

// Linear: at a mismatch it is the last `*` that takes one letter more.
bool fits(std::string_view pattern, std::string_view word) {
  std::size_t at = 0, letter = 0, star = pattern.npos, taken = 0;
  while (letter < word.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = letter;
    } else if (at < pattern.size() && pattern[at] == word[letter]) {
      ++at;
      ++letter;
    } else if (star != pattern.npos) {
      at = star + 1;
      letter = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == pattern.npos;
}

bool fits(const std::vector<std::string>& patterns, const std::vector<std::string>& words) {
  const bool is_open = !patterns.empty() && patterns.back() == config::any_words;
  const std::size_t fixed = patterns.size() - (is_open ? 1 : 0);
  if (words.size() < fixed || (!is_open && words.size() > fixed)) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (!fits(patterns[i], words[i])) return false;
  }
  return true;
}

}  // namespace

std::variant<Words, Mistake> words_of(const json::Value& arguments, const std::vector<std::string>& names) {
  const json::Value* list = arguments.find("args");
  const json::Value* line = arguments.find("command");
  if (list != nullptr && line != nullptr) {
    return Mistake{"/arguments/command", "either `args` or `command`, not both"};
  }
  if (list != nullptr) return read_list(*list->array());
  if (line == nullptr) return Words{};
  auto read = shell::read_command_line(*line->string());
  if (!read) return Words{{}, read.error().what, *line->string()};
  if (std::ranges::find(names, read->front()) == names.end()) {
    return Mistake{"/arguments/command", fmt::format("this begins with {}, and the tool is `{}`",
                                                     quoted(read->front()), names.front())};
  }
  return Words{{read->begin() + 1, read->end()}, {}, {}};
}

bool are_allowed(const std::vector<std::vector<std::string>>& allow, const std::vector<std::string>& words) {
  return allow.empty() ||
         std::ranges::any_of(allow, [&](const auto& patterns) { return fits(patterns, words); });
}

}  // namespace claw::toolcall
