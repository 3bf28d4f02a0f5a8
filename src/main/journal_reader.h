// The journal of a state folder as the audit verbs read it: the latest records that fit a filter, and then
// those that are still being written. It never writes but the index, which is only a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/query.h"
#include "audit/reader.h"
#include "store/journal_files.h"

namespace claw::verbs {

void remark_skipped(std::string_view what);  // To standard error: what was passed over.

// The newest `count`, oldest first: from the index where it can be used, else by going through everything.
Result<std::vector<audit::Record>> latest(const std::string& state_folder, const audit::Filter& filter,
                                          std::size_t count);

// Goes on where it stopped, however often it is asked.
class Follower {
 public:
  // Begins after what is there now.
  static Result<Follower> at_end(std::string journal_folder);
  Status catch_up(const store::Visit& visit);

 private:
  explicit Follower(std::string folder) : folder_(std::move(folder)) {}
  Status read(const store::SegmentFile& file, std::uint64_t until, const store::Visit& visit);

  std::string folder_;
  std::uint64_t segment_ = 0;
  std::size_t used_ = 0;   // Bytes of that segment, up to the end of the last record seen.
  crypto::Digest last_{};  // Its hash.
  std::string told_;       // The last damage told: its end may be met again with every look.
};

}  // namespace claw::verbs
