#include "shell/pattern.h"

#include <algorithm>

#include "base/text.h"

namespace claw::shell {
namespace {

constexpr std::size_t beginning_bytes_min = 4;  // `--f` may be many things; `--fo` is somebody's `--force`.

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

bool is_in(const std::vector<std::string_view>& all, std::string_view word) {
  return std::ranges::find(all, word) != all.end();
}

std::string_view name_of(std::string_view option) { return option.substr(0, option.find('=')); }

// `-xyz` has `-y`; long words behind one dash are no clusters, but nobody can tell from outside. A value that
// is no letter ends it (`-C/there`, `-n5`).
bool has_letter(std::string_view word, char letter) {
  if (word.starts_with("--")) return false;
  for (const char c : word.substr(1)) {
    if (c == letter) return true;
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  }
  return false;
}

bool takes_next(std::string_view word, const Options& options, Reading reading) {
  if (word.find('=') != word.npos) return false;
  if (is_in(options.valued, word)) return true;
  if (is_in(options.plain, word) || reading == Reading::others_are_plain) return false;
  return word.starts_with("--") || word.size() == 2;
}

template <class Test>
bool any_of_alternatives(std::string_view alternatives, Test test) {
  return std::ranges::any_of(split(alternatives, '|'), test);
}

bool says(std::span<const std::string> arguments, std::string_view written) {
  std::string alternatives(written);
  std::ranges::replace(alternatives, '_', ' ');
  for (const std::string& argument : arguments) {
    const std::string text = lower(argument);
    if (any_of_alternatives(alternatives,
                            [&](std::string_view part) { return text.find(part) != text.npos; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool matches_glob(std::string_view text, std::string_view glob) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = glob.npos;
  std::size_t back = 0;
  while (at < text.size()) {
    if (in < glob.size() && glob[in] == '*') {
      star = in++;
      back = at;
    } else if (in < glob.size() && glob[in] == text[at]) {
      ++in, ++at;
    } else if (star != glob.npos) {
      in = star + 1;
      at = ++back;
    } else {
      return false;
    }
  }
  while (in < glob.size() && glob[in] == '*') ++in;
  return in == glob.size();
}

bool has_option(std::span<const std::string> arguments, std::string_view name) {
  for (const std::string& word : arguments) {
    if (word == "--") return false;
    if (!is_option(word)) continue;
    const std::string_view given = name_of(word);
    if (given == name) return true;
    const bool is_letter = name.size() == 2 && name[0] == '-';
    if (is_letter && has_letter(word, name[1])) return true;
    const bool is_beginning =
        name.starts_with("--") && given.size() >= beginning_bytes_min && name.starts_with(given);
    if (is_beginning && given != "--no") return true;
  }
  return false;
}

std::vector<std::string_view> operands_of(std::span<const std::string> arguments, const Options& options,
                                          Reading reading) {
  std::vector<std::string_view> operands;
  bool are_all = false;  // Behind `--`.
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string_view word = arguments[at];
    if (!are_all && word == "--") are_all = true;
    else if (are_all || !is_option(word)) operands.push_back(word);
    else if (takes_next(word, options, reading)) ++at;
  }
  return operands;
}

bool matches(std::string_view pattern, std::span<const std::string> arguments,
             std::span<const std::string_view> operands) {
  std::size_t next = 0;
  const auto given = [&](std::string_view option) { return has_option(arguments, option); };
  for (const std::string_view part : split(pattern, ' ')) {
    if (part.empty()) continue;
    if (part == "$") {
      if (next != operands.size()) return false;
    } else if (part.front() == '!') {
      if (any_of_alternatives(part.substr(1), given)) return false;
    } else if (part.front() == '-') {
      if (!any_of_alternatives(part, given)) return false;
    } else if (part.front() == '~') {
      if (!says(arguments, part.substr(1))) return false;
    } else {
      if (next == operands.size()) return false;
      const std::string_view operand = operands[next++];
      if (!any_of_alternatives(part, [&](std::string_view glob) { return matches_glob(operand, glob); })) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace claw::shell
