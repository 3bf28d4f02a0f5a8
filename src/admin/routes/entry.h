// A question as the API tells it to one person: the same words in lists, in live events and after an answer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "admin/routes/sources.h"

namespace claw::admin {

// Which open questions look alike to a person, counted once for a whole list.
class Alike {
 public:
  explicit Alike(const std::vector<approval::Entry>& entries);
  std::int64_t count(const approval::Question& question) const;

 private:
  std::map<std::string, std::int64_t, std::less<>> open_;
};

// Why this person may not answer; empty: they may. The queue has the last word.
std::string why_not(const approval::Entry& entry, const Who& who);

void append_entry(json::Writer& out, const approval::Entry& entry, const Alike& alike, const Sources& sources,
                  const Who& who);
std::string entry_text(const approval::Entry& entry, const Sources& sources, const Who& who);

}  // namespace claw::admin
