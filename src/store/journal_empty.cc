// Endpoints may keep their records for a shorter time than the journal keeps its own. What an old record said
// leaves then, and its place stays: the chain is over digests, so that what is left can be proven, and a
// record of the gateway lists every number, so that nothing is emptied in silence.
#include <fmt/format.h>

#include "base/log.h"
#include "store/file.h"
#include "store/index.h"
#include "store/journal.h"
#include "store/journal_files.h"

namespace claw::store {

// What leaves a segment now.
struct Journal::Leaving {
  std::string content;               // Of the file, as it will be;
  std::vector<std::uint64_t> seqs;   // without what these said.
  bool has_later = false;            // Something will be old enough another time.
};

Result<Journal::Leaving> Journal::leaving_of(const SegmentFile& file) const {
  Leaving leaving;
  CLAW_TRY(leaving.content, read_segment(file));
  const Result<audit::Header> header = audit::peek_header(leaving.content);
  if (!header || header->format != audit::emptying_format_version) return leaving;
  const std::string content = leaving.content;
  SegmentReader reader(file, content, 0, header->previous, 0);
  reader.skip_header();
  bool is_sound = true;
  while (const auto record = reader.next([&](const Skipped&) { is_sound = false; })) {
    const std::string endpoint = record->members.text_or("endpoint", "");
    const auto kept = options_.retention_us.find(endpoint);
    if (kept == options_.retention_us.end() || record->kind == "gone") continue;
    if (record->time_us > clock_.wall_us() - kept->second) {
      leaving.has_later = true;
      continue;
    }
    const std::string action = record->members.text_or("action", "");
    const auto payload =
        audit::emptied_payload({record->seq, record->time_us, endpoint, action}, reader.payload());
    if (!payload) continue;
    leaving.content.replace(reader.used() - payload->size(), payload->size(), *payload);
    leaving.seqs.push_back(record->seq);
  }
  if (!is_sound) leaving.seqs.clear();  // Damage is for a person to look at, as it is.
  return leaving;
}

Status Journal::empty_segment(const SegmentFile& file) {
  CLAW_TRY(const Leaving leaving, leaving_of(file));
  if (!leaving.has_later) empty_.insert(file.number);
  if (leaving.seqs.empty()) return Done{};
  const std::string ranges = audit::format_ranges(leaving.seqs);
  CLAW_TRY_DONE(append(audit::Gateway{"emptied", CLAW_VERSION, ranges, 0, {}}));
  std::shared_ptr<Segment> current;
  {
    const std::lock_guard lock(mutex_);
    current = segment_;
  }
  if (current != nullptr) CLAW_TRY_DONE(current->sync());
  // What the index has of them goes first: killed in between, the next start finds the records and does it
  // again.
  if (!options_.index_file.empty() &&
      !retake_index(options_.index_file, options_.folder, file.number, leaving.seqs)) {
    for (const char* suffix : {"", "-wal", "-shm"}) CLAW_TRY_DONE(remove_file(options_.index_file + suffix));
  }
  CLAW_TRY_DONE(replace_file(file.path, leaving.content));
  log::info("old records emptied", {{"segment", file.number}, {"records", leaving.seqs.size()}});
  return Done{};
}

Status Journal::empty_old() {
  if (options_.retention_us.empty()) return Done{};
  const std::lock_guard one(retiring_);
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(options_.folder));
  for (std::size_t i = 0; i + 1 < files.size(); ++i) {
    if (!empty_.contains(files[i].number)) CLAW_TRY_DONE(empty_segment(files[i]));
  }
  return Done{};
}

}  // namespace claw::store
