// The records of a session, an action, an operation, or of whoever and whenever: what a replay is made of.
// From the index where it can be used, else by going through the journal, which it never writes.
#pragma once

#include <string>
#include <vector>

#include "audit/query.h"
#include "audit/reader.h"

namespace claw::verbs {

// Of one replay; a session with more is looked through by searching.
constexpr std::size_t replayed_max = 20'000;

struct Wanted {
  std::string id;        // A session's, an action's, a question's or an operation's; empty: all that fit.
  audit::Filter filter;  // Times, agent, endpoint.
};

struct FoundRecords {
  std::vector<audit::Record> records;
  bool is_cut = false;  // There may be more than `replayed_max`.
};
Result<FoundRecords> records_of(const std::string& state_folder, const Wanted& wanted);

}  // namespace claw::verbs
