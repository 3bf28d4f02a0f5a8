// Segments whose records are all old enough leave, oldest first, once the journal has a record that says so:
// with the hash the chain goes on from, so that what is left proves itself and whoever removes more is found
// out.
#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "store/index.h"
#include "store/journal.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

// A segment that fills slowly is ended after this part of the time, so that its first records do not wait
// much longer than asked for its last ones.
constexpr std::int64_t parts = 8;
constexpr std::int64_t look_every_us = 3600LL * 1'000'000;

}  // namespace

bool Journal::is_retiring_due() const {
  return shortest_us() > 0 && clock_.monotonic_us() >= retire_us_;
}

// The shortest time after which something leaves; 0: nothing does.
std::int64_t Journal::shortest_us() const {
  std::int64_t shortest = options_.keep_us;
  for (const auto& [endpoint, kept_us] : options_.retention_us) {
    shortest = shortest == 0 ? kept_us : std::min(shortest, kept_us);
  }
  return shortest;
}

// The flusher's: nobody waits for it, and it holds the lock only to append.
void Journal::retire_beside(Lock& lock) {
  retire_us_ = clock_.monotonic_us() + look_every_us;
  const bool is_slow = clock_.wall_us() - created_us_ >= shortest_us() / parts;
  if (is_slow && last_seq_ >= first_seq_ && !broken_) {
    if (const Status begun = begin_segment(); !begun) return;  // No room: appending says so.
    settle_beside(lock);
  }
  lock.unlock();
  const Status emptied = empty_old();
  const Status retired = options_.keep_us > 0 ? retire_old() : Status(Done{});
  lock.lock();
  if (!emptied) log::error("old records are not emptied", {{"why", emptied.error().text()}});
  if (!retired) log::error("old records are still there", {{"why", retired.error().text()}});
}

// What has been written before the next segment was begun is at least as old as that.
Result<std::vector<SegmentFile>> Journal::old_segments(audit::Header& first_kept) const {
  CLAW_TRY(std::vector<SegmentFile> files, segments_in(options_.folder));
  const std::int64_t before_us = clock_.wall_us() - options_.keep_us;
  std::size_t old = 0;
  for (; old + 1 < files.size(); ++old) {
    const Result<audit::Header> next = read_header(files[old + 1]);
    if (!next || next->created_us > before_us) break;  // Damage is for a person to look at.
    first_kept = *next;
  }
  files.resize(old);
  return files;
}

Status Journal::retire_old() {
  const std::lock_guard one(retiring_);
  audit::Header first_kept;
  CLAW_TRY(const std::vector<SegmentFile> old, old_segments(first_kept));
  if (old.empty()) return Done{};
  const std::uint64_t through = first_kept.first - 1;
  const std::string hash = to_hex(crypto::view(first_kept.previous));
  const std::string what =
      fmt::format("segments {} to {}, records up to {}", old.front().number, old.back().number, through);
  CLAW_TRY_DONE(append(audit::Gateway{"removed", CLAW_VERSION, what, through, hash}));
  std::shared_ptr<Segment> current;
  {
    const std::lock_guard lock(mutex_);
    current = segment_;
  }
  if (current != nullptr) CLAW_TRY_DONE(current->sync());  // Lost with the power it would explain nothing.
  for (const SegmentFile& file : old) CLAW_TRY_DONE(remove_file(file.path));
  if (!options_.index_file.empty() && !prune_index(options_.index_file, options_.folder)) {
    for (const char* suffix : {"", "-wal", "-shm"}) CLAW_TRY_DONE(remove_file(options_.index_file + suffix));
  }
  log::info("old records removed", {{"what", what}, {"through", through}, {"hash", hash}});
  return sync_folder(options_.folder);
}

}  // namespace claw::store
