// A searchable index of the journal: an SQLite file that is built from it, follows it, and can be thrown
// away at any time. `clawpatrol audit search` and the dashboard ask it. It is never the truth: what it
// cannot answer the journal can, and a damaged index is simply built again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audit/query.h"

namespace claw::store {

class Index {
 public:
  // Opens or makes FILE for the journal in FOLDER; a damaged or older file is replaced.
  static Result<std::unique_ptr<Index>> open(std::string file, std::string journal_folder);
  ~Index();

  // Takes in what the journal has and the index has not. Not while another thread searches.
  Status follow();
  Status rebuild();

  // Newest first, at most `count`: payloads as the journal has them. Text is matched by whole words and
  // their beginnings; an ending is found with its action.
  using Visit = std::function<void(std::uint64_t seq, std::string_view payload)>;
  Status search(const audit::Filter& filter, std::size_t count, const Visit& visit,
                std::uint64_t before = 0);  // Only records before that one; 0: all.

  // Records of one kind that belong to these actions: how they ended.
  Status of_actions(std::span<const std::string> actions, std::string_view kind, const Visit& visit);

  // Judged actions and questions by minute, as they were counted when they came in.
  struct Tally {
    std::int64_t minute_us = 0;  // Wall time.
    std::string agent;
    std::string endpoint;
    std::string rule;
    std::string verdict;         // `allow`, `deny`; `held` for a question.
    bool asked = false;          // A person was.
    std::int64_t count = 0;
    std::int64_t last_us = 0;
  };
  // Summed over what is not in `by`, in which `minute`, `agent`, `endpoint`, `rule`, `verdict`, `asked` may
  // be.
  Result<std::vector<Tally>> tallies(std::int64_t since_us, std::span<const std::string_view> by);

  struct Wait {  // For a person.
    std::int64_t waited_us = 0;
    std::string verdict;
    std::string approver;  // Empty: nobody answered.
  };
  Result<std::vector<Wait>> waits(std::int64_t since_us, std::size_t count);

  // The newest `count` times allowed actions took, microseconds.
  Result<std::vector<std::int64_t>> durations(std::int64_t since_us, std::size_t count);

  // Connections of agents, latest first.
  struct Connection {
    std::string session;
    std::string opened;     // The payloads of its records; may be empty.
    std::string closed;
    std::int64_t actions = 0;
    std::int64_t denied = 0;
    std::int64_t held = 0;
  };
  Result<std::vector<Connection>> connections(const audit::Filter& filter, std::size_t count);

  // When each credential was last lent to an action that was allowed; wall time.
  Result<std::map<std::string, std::int64_t, std::less<>>> lent();

  struct Extent {
    std::int64_t records = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  Result<Extent> extent();

  // A question that takes longer than this is given up, so that one person's search is not everybody's wait.
  void give_up_after_ms(std::uint32_t ms) { patience_ms_ = ms; }

  // Damaged places of the journal that following it has passed over, a line each.
  Result<std::vector<std::string>> skipped();

 private:
  struct Database;
  Index(std::string file, std::string journal_folder);
  Status reopen();
  class Patience;
  Status find(const audit::Filter& filter, std::size_t count, const Visit& visit, std::uint64_t before);

  std::string file_;
  std::string journal_folder_;
  std::unique_ptr<Database> database_;
  std::uint64_t opened_number_ = 0;  // Of the file that is open.
  std::uint32_t patience_ms_ = 0;    // 0: for ever.
};

}  // namespace claw::store
