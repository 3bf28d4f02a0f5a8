// A question as the API tells it to one person: the same words in lists, in live events and after an answer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "admin/routes/sources.h"

namespace claw::admin {

// Why this person may not answer; empty: they may. The queue has the last word.
std::string why_not(const approval::Entry& entry, const Who& who);

// `similar`: how many open questions look like it, itself too.
void append_entry(json::Writer& out, const approval::Entry& entry, std::int64_t similar,
                  const Sources& sources, const Who& who);
std::string entry_text(const approval::Entry& entry, const Sources& sources, const Who& who);

}  // namespace claw::admin
