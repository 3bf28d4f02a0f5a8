// A regular expression, compiled once: RE2, so matching takes time in proportion to the text whatever the
// pattern. The only place that knows RE2. Patterns are capped in length and memory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace claw::cel {

constexpr std::size_t pattern_bytes_max = 4096;               // Written by people.
constexpr std::int64_t pattern_memory_bytes_max = 4 << 20;    // RE2's own cap on program and automaton.

class Pattern {
 public:
  static Result<Pattern> compile(std::string_view pattern);

  bool matches(std::string_view text) const;  // Anywhere in it.
  int groups() const;                         // Capturing ones.
  // The match at or after `from` and its groups, into `found` (found[0] is the whole); false if none.
  bool find(std::string_view text, std::size_t from, std::span<std::string_view> found) const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace claw::cel
