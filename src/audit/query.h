// Which records a person asks for. `clawpatrol audit search` and the dashboard fill a Filter; a Search goes
// through records in order. It reads no files and keeps no index: store::Index finds candidates faster and
// asks the same Filter.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>

#include "audit/reader.h"

namespace claw::audit {

// Empty: whatever. Text is found anywhere in the record's texts, ignoring ASCII case; the rest is equality.
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
};

bool matches(const Filter& filter, const Record& record);

// How an action ended carries neither agent nor rule; a Search finds it with its action, unless the filter
// asks for another kind.
class Search {
 public:
  explicit Search(Filter filter) : filter_(std::move(filter)) {}
  bool matches(const Record& record);

 private:
  Filter filter_;
  std::unordered_set<std::string> awaited_;  // Matched actions that have not ended yet.
};

}  // namespace claw::audit
