// A searchable index of the journal: an SQLite file that is built from it, follows it, and can be thrown
// away at any time. `clawpatrol audit search` and the dashboard ask it. It knows which records say what, and
// reads them from the journal; it is never the truth, and a damaged or older file is simply built again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/query.h"

namespace claw::store {

class Block;
class Payloads;

class Index {
 public:
  // Opens or makes FILE for the journal in FOLDER; a damaged or older file is replaced.
  static Result<std::unique_ptr<Index>> open(std::string file, std::string journal_folder);
  ~Index();

  // Takes in what the journal has and the index has not, for about so long; 0: all of it. Not while another
  // thread searches.
  Status follow(std::uint32_t ms = 0);
  Status rebuild(std::uint32_t ms = 0);
  // How far the last follow() came: a search finds nothing behind that.
  struct Progress {
    std::uint64_t through = 0;        // Record.
    std::uint64_t segments_left = 0;  // 0: there was nothing more.
  };
  Progress progress() const { return {through_, segments_left_}; }

  // Newest first, at most `count`: payloads as the journal has them. Text is matched by words and their
  // beginnings; an ending is found with its action. Actions asked for by what only their end says come in
  // the order of their ends, and `seq` and `before` are those.
  using Visit = std::function<void(std::uint64_t seq, std::string_view payload)>;
  Status search(const audit::Filter& filter, std::size_t count, const Visit& visit,
                std::uint64_t before = 0);  // Only records before that one; 0: all.

  // The latest record of one kind of each of these actions: how it ended.
  Status of_actions(std::span<const std::string> actions, std::string_view kind, const Visit& visit);
  // All records of one kind that belong to an action, oldest first: what passed through its streams.
  Status all_of_action(const std::string& action, std::string_view kind, const Visit& visit);

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

  struct Database;  // Of the files that make up the index.

 private:
  class Taking;
  class Looking;
  struct Place {
    std::uint64_t segment = 0;
    std::size_t offset = 0;
    std::uint64_t seq = 0;
  };
  Index(std::string file, std::string journal_folder);
  Status reopen();
  Status begin_anew();
  bool is_gone() const;
  Status check();
  Status prune();
  Status retake(std::uint64_t segment, const std::vector<std::uint64_t>& without);
  friend Status retake_index(const std::string& file, const std::string& journal_folder,
                             std::uint64_t segment, const std::vector<std::uint64_t>& without);
  void recall(Block& block, const audit::Record& record, Payloads& payloads,
              const std::vector<std::uint64_t>& without);
  Status find(const audit::Filter& filter, std::size_t count, const Visit& visit, std::uint64_t before);
  std::optional<Place> place_of(const std::string& action, std::string_view kind);

  std::string file_;
  std::string journal_folder_;
  std::unique_ptr<Database> database_;
  std::uint64_t opened_number_ = 0;  // Of the file that is open.
  std::uint32_t patience_ms_ = 0;    // 0: for ever.
  std::uint64_t through_ = 0;
  std::uint64_t segments_left_ = 0;
};

// Lets an index that is there forget what has left the journal; for who removes it.
Status prune_index(const std::string& file, const std::string& journal_folder);

// Lets an index that is there forget what these records of a segment say; what follows from them in others
// too.
Status retake_index(const std::string& file, const std::string& journal_folder, std::uint64_t segment,
                    const std::vector<std::uint64_t>& without);

}  // namespace claw::store
