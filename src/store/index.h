// A searchable index of the journal: an SQLite file that is built from it, follows it, and can be thrown
// away at any time. `clawpatrol audit search` and the dashboard ask it. It is never the truth: what it
// cannot answer the journal can, and a damaged index is simply built again.
#pragma once

#include <functional>
#include <memory>
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
  Status search(const audit::Filter& filter, std::size_t count, const Visit& visit);

  // Damaged places of the journal that following it has passed over, a line each.
  Result<std::vector<std::string>> skipped();

 private:
  struct Database;
  Index(std::string file, std::string journal_folder);
  Status reopen();

  std::string file_;
  std::string journal_folder_;
  std::unique_ptr<Database> database_;
};

}  // namespace claw::store
