// Which records a person asks for. `clawpatrol audit search` and the dashboard fill a Filter; a Search goes
// through records in order. It reads no files and keeps no index: store::Index finds candidates faster and
// asks the same Filter.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/search/term.h"

namespace claw::audit {

// Empty: whatever. Every word of `text` begins a word of the record's texts, ignoring ASCII case; the rest is
// equality, and every term holds.
struct Filter {
  std::optional<std::int64_t> since_us = {};  // Inclusive.
  std::optional<std::int64_t> until_us = {};  // Exclusive.
  std::string kind = {};
  std::string action = {};
  std::string agent = {};
  std::string endpoint = {};
  std::string session = {};
  std::string verdict = {};
  std::string rule = {};
  std::string text = {};
  std::vector<Term> terms = {};
};

// All that is asked but time and text, as terms.
std::vector<Term> terms_of(const Filter& filter);

bool matches(const Filter& filter, const Record& record);

// How an action ended carries neither agent nor rule: a Search takes it for a part of its action, so that
// both together may fulfil what is asked. Of an action that is found only by its end, the end is found.
class Search {
 public:
  explicit Search(Filter filter);
  bool matches(const Record& record);

 private:
  bool fits(std::uint64_t marks, bool worded) const { return worded && marks == all_; }
  Filter filter_;
  std::vector<Term> terms_;  // But for its kind.
  std::vector<std::string> words_;
  std::uint64_t all_ = 0;
  struct Begun {
    std::uint64_t marks;
    bool worded;
  };
  std::unordered_map<std::string, Begun> begun_;  // Allowed actions that have not ended yet.
};

}  // namespace claw::audit
