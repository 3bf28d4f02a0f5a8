// The journal from one record on, each once and in order. What retention took away before it was read, and
// what damage hides, is counted; a journal that is not the one the cursor was in is noticed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "store/export/cursor.h"
#include "store/journal_tail.h"

namespace claw::exporter {

class Follower {
 public:
  // The first record told is `from`, which is at most the one after the cursor's.
  Follower(std::string folder, const store::Cursor& cursor, std::uint64_t from);

  // As many records as `visit` wants. Code::not_found: this is another journal, or one that was cut;
  // rewound() is where to go on.
  Status read(const store::Visit& visit);
  std::uint64_t missed() const { return missed_; }  // Records that are not there any more.

  // The cursor from which nothing is passed over: before the first segment that was begun after the cursor's
  // record was written. Some records may come a second time.
  Result<store::Cursor> rewound() const;

 private:
  bool is_known(const audit::Record& record);

  std::string folder_;
  store::Cursor cursor_;
  std::uint64_t next_;
  bool is_checked_;      // The record of the cursor is in this journal, or was.
  bool is_other_ = false;
  std::uint64_t missed_ = 0;
  std::optional<store::JournalTail> tail_;
};

}  // namespace claw::exporter
