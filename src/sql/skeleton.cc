#include "sql/skeleton.h"

#include <array>

namespace claw::sql {
namespace {

enum class Class : unsigned char { plain, digit, edge, forbidden };

// Edges are what may stand right before and after a whole number that is a token of its own. A dot or a
// letter is no edge: `1.5`, `1e5`, `t1` and `x'1'` are something else.
constexpr std::array<Class, 256> classes = [] {
  std::array<Class, 256> table{};
  table.fill(Class::forbidden);
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = Class::plain;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = Class::digit;
  for (const char c : std::string_view("_.*+%<>!&|^~?#@:[]{}")) {
    table[static_cast<unsigned char>(c)] = Class::plain;
  }
  for (const char c : std::string_view(" \t\r\n(),;=")) table[static_cast<unsigned char>(c)] = Class::edge;
  return table;
}();

// What does not fit four bytes is another token to the grammar, and in places a syntax error.
constexpr std::size_t digits_max = 9;

Class class_of(char c) { return classes[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<std::string> skeleton_of(std::string_view text) {
  std::string out;
  bool found = false;
  std::size_t copied = 0;  // Up to here the text is in `out`.
  for (std::size_t i = 0; i < text.size();) {
    const Class here = class_of(text[i]);
    if (here == Class::forbidden) return std::nullopt;
    const bool starts = here == Class::digit && i > 0 && class_of(text[i - 1]) == Class::edge;
    if (!starts) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < text.size() && class_of(text[i]) == Class::digit) ++i;
    const bool whole = i - start <= digits_max && (i == text.size() || class_of(text[i]) == Class::edge);
    if (!whole) continue;
    if (!found) out.reserve(text.size());
    out.append(text.substr(copied, start - copied));
    out.push_back('0');
    copied = i;
    found = true;
  }
  if (!found) return std::nullopt;
  out.append(text.substr(copied));
  return out;
}

}  // namespace claw::sql
