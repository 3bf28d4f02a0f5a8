// What left the journal with its time leaves the index: the blocks it was in are made again without it, and
// so is the one behind, in which ends of its actions may stand.
#include <algorithm>

#include "store/file.h"
#include "store/index.h"
#include "store/index/database.h"
#include "store/index/payloads.h"

namespace claw::store {

namespace {

// A record that says nothing any more.
audit::Record silent(std::uint64_t seq, std::int64_t time_us) {
  audit::Record record;
  record.seq = seq;
  record.time_us = time_us;
  record.kind = "gone";
  record.members = json::Value(json::Object{{"kind", json::Value("gone")}});
  return record;
}

}  // namespace

Status Index::retake(std::uint64_t segment, const std::vector<std::uint64_t>& without) {
  return guarded("forget records", [&] {
    SQLite::Transaction retaking(database_->db, SQLite::TransactionBehavior::IMMEDIATE);
    database_->load_blocks();
    Payloads payloads(journal_folder_);
    bool was_before = false;
    Block block;
    for (const Kept& kept : database_->blocks) {
      const bool is_here = kept.segment == segment;
      const bool is_behind = was_before && !is_here;
      was_before = is_here;
      if (!is_here && !is_behind) continue;
      const Database::Places places = database_->places(kept.id);
      for (std::size_t i = 0; i < places.seqs.size(); ++i) {
        const auto seq = static_cast<std::uint64_t>(places.seqs[i]);
        const auto offset = static_cast<std::size_t>(places.offsets[i]);
        const bool leaves = std::ranges::binary_search(without, seq);
        const auto payload = leaves ? std::nullopt : payloads.read(kept.segment, offset, seq);
        const auto record = payload ? audit::parse_record(*payload) : Result<audit::Record>(invalid(""));
        if (record) recall(block, *record, payloads, without);
        block.add(record ? *record : silent(seq, places.times[i]), offset);
      }
      database_->replace_lists(kept.id, block);
      block.begin({});
    }
    retaking.commit();
    database_->rest();
    database_->continues = false;
    database_->db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}

Status retake_index(const std::string& file, const std::string& journal_folder, std::uint64_t segment,
                    const std::vector<std::uint64_t>& without) {
  CLAW_TRY(const std::optional<std::string> there, read_start(file, 1));
  if (!there) return Done{};
  CLAW_TRY(const std::unique_ptr<Index> index, Index::open(file, journal_folder));
  return index->retake(segment, without);
}

}  // namespace claw::store
