#include "exporter/follower.h"

#include <algorithm>

#include "base/log.h"

namespace claw::exporter {

Follower::Follower(std::string folder, const store::Cursor& cursor, std::uint64_t from)
    : folder_(std::move(folder)), cursor_(cursor), next_(from), is_checked_(cursor.time_us == 0) {}

// Reading begins with the segment of the cursor's record, so that it is seen again.
Status Follower::read(const store::Visit& visit) {
  if (!tail_ || tail_->is_lost()) {
    const std::uint64_t seq = is_checked_ ? next_ : std::min(next_, cursor_.seq);
    CLAW_TRY(tail_, store::JournalTail::at(folder_, std::max<std::uint64_t>(seq, 1)));
  }
  bool is_full = false;
  const auto each = [&](const audit::Record& record, std::string_view payload) {
    if (!is_checked_ && !is_known(record)) return false;
    if (record.seq < next_) return true;
    missed_ += record.seq - next_;
    if (record.seq > next_) {
      log::error("records were gone before they were exported",
                 {{"from", next_}, {"to", record.seq - 1}, {"to_target", cursor_.target}});
    }
    next_ = record.seq + 1;
    is_full = !visit(record, payload);
    return !is_full;
  };
  CLAW_TRY_DONE(tail_->catch_up(each, [this](const store::Skipped& skipped) {
    log::error("a damaged place of the journal is not exported",
               {{"where", skipped.text}, {"to_target", cursor_.target}});
  }));
  // All of it was read and the cursor's record was not there: it was longer once.
  if (!is_checked_ && !is_full && tail_->last_seq() < cursor_.seq) is_other_ = true;
  if (is_other_) return Error{Code::not_found, "the journal is not the one that was exported", folder_};
  return Done{};
}

bool Follower::is_known(const audit::Record& record) {
  if (record.seq < cursor_.seq) return true;
  is_other_ = record.seq == cursor_.seq && record.time_us != cursor_.time_us;
  is_checked_ = !is_other_;
  return is_checked_;
}

Result<store::Cursor> Follower::rewound() const {
  store::Cursor cursor = cursor_;
  cursor.time_us = 0;
  cursor.awaited = 0;
  cursor.sending = 0;
  CLAW_TRY(const std::vector<store::SegmentFile> files, store::segments_in(folder_));
  for (const store::SegmentFile& file : files) {
    const Result<audit::Header> header = store::read_header(file);
    if (!header || header->created_us <= cursor_.time_us) continue;
    cursor.seq = std::min(cursor.seq, header->first - 1);
    return cursor;
  }
  cursor.seq = std::min(cursor.seq, tail_ ? tail_->last_seq() : 0);
  return cursor;
}

}  // namespace claw::exporter
