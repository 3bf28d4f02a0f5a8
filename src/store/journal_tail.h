// The end of a journal that is being written, record by record as it comes: what live views follow. It reads
// only what is new, so that asking ten times a second costs next to nothing.
#pragma once

#include <cstdint>
#include <string>

#include "store/journal_files.h"

namespace claw::store {

class JournalTail {
 public:
  // Begins after what is there now.
  static Result<JournalTail> at_end(std::string folder);
  // Begins with the segment that has record `seq`, or with the oldest there is: what comes before is told
  // too.
  static Result<JournalTail> at(std::string folder, std::uint64_t seq);

  // Tells every record since the last time, in order, as many as there are or `visit` wants. Damage is passed
  // over as each_record() does.
  Status catch_up(const Visit& visit, const Skip& skipped);

  std::uint64_t last_seq() const { return last_seq_; }  // Of the last record told, or passed by at the start.
  // The segment it stands in has been retired: it will not get on from there.
  bool is_lost() const;

 private:
  explicit JournalTail(std::string folder) : folder_(std::move(folder)) {}
  Result<bool> read_on(const SegmentFile& file, std::uint64_t until, const Visit& visit, const Skip& skipped);

  std::string folder_;
  std::uint64_t segment_ = 0;
  std::size_t used_ = 0;   // Bytes of that segment, up to the end of the last record told.
  crypto::Digest last_{};  // Its hash.
  std::uint64_t last_seq_ = 0;
};

}  // namespace claw::store
