// The journal: every record of the gateway, in files that only grow. guard/, gateway/ and admin/ write to it
// as an audit::Sink. It lives in one folder, written by one process at a time. It never rewrites a record,
// and removes only whole segments that are older than it is told to keep; reading, proving and searching
// are journal_files.h and index.h.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "audit/chain.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "store/journal_files.h"
#include "store/segment.h"

namespace claw::store {

enum class Durability {
  process,  // A record survives the death of the gateway.
  disk,     // wait_durable() waits until it also survives the death of the machine.
};

// Holds about 28,000 records of 600 bytes; small enough to verify, ship and delete one by one.
constexpr std::size_t segment_bytes_default = 16 << 20;
// Smaller ones would be mostly headers and checkpoints. A record may fill a fourth of a segment.
constexpr std::size_t segment_bytes_min = 16 << 10;

struct JournalOptions {
  std::string folder;
  crypto::KeyPair key;
  Durability durability = Durability::process;
  std::size_t segment_bytes = segment_bytes_default;
  std::uint64_t checkpoint_records = 1000;          // A checkpoint at least after so many records
  std::int64_t checkpoint_every_us = 10'000'000;    // or so long after the last.
  std::int64_t keep_us = 0;                         // Records older than this leave; 0: never.
  // By endpoint: the content of its records leaves after so long, and their places in the chain stay.
  std::map<std::string, std::int64_t, std::less<>> retention_us = {};
  std::string index_file = {};                      // A copy of theirs (index.h), which leaves with them.
};

class Journal final : public audit::Sink {
 public:
  // Recovers what is there, then begins a new segment. Errors: another gateway has it, no room, or the last
  // segment's header is damaged, which a person must look at.
  static Result<std::unique_ptr<Journal>> open(JournalOptions options, const Clock& clock);
  ~Journal() override;

  Result<std::uint64_t> append(const audit::Entry& entry) override;
  Status wait_durable(std::uint64_t seq) override;
  std::uint64_t last_seq();  // Of the last record written; any thread.

  struct Standing {
    std::uint64_t records = 0;   // Ever.
    std::uint64_t unsigned_records = 0;  // After the last checkpoint.
    std::uint64_t waiting = 0;   // That somebody waits for, and are not on the disk.
    bool fails = false;          // There is no room, or nothing can be appended any more.
  };
  Standing standing();

  // Empties the records of endpoints with a retention of their own that are old enough now, and says so in
  // the journal first. The flusher does it every hour.
  Status empty_old();
  // Removes what is old enough now, and says so in the journal first. The flusher does it every hour.
  Status retire_old();

  Status close();  // Signs, syncs, gives back unused space. Appending afterwards is an error.

 private:
  Journal(JournalOptions options, const Clock& clock, Descriptor folder);
  Status begin_segment();
  void end_segment();
  Status make_room(std::size_t payload_bytes);
  Result<std::uint64_t> write(std::string_view body);
  void write_record(std::string_view body);
  void write_frame(std::string_view body);

  using Segments = std::vector<std::shared_ptr<Segment>>;
  using Lock = std::unique_lock<std::mutex>;
  void flush_until_closed();
  bool is_checkpoint_due() const;
  bool is_settling_due() const { return !finished_.empty() || wanted_seq_ > durable_seq_; }
  void checkpoint_now();
  void write_checkpoint(const audit::Checkpoint& checkpoint);
  void checkpoint_beside(Lock& lock);
  static Status settle(const Segments& finished, const std::string& folder);
  void settle_beside(Lock& lock);
  void prepare_beside(Lock& lock);
  bool is_retiring_due() const;
  std::int64_t shortest_us() const;
  struct Leaving;
  Result<Leaving> leaving_of(const SegmentFile& file) const;
  Status empty_segment(const SegmentFile& file);
  void retire_beside(Lock& lock);
  Result<std::vector<SegmentFile>> old_segments(audit::Header& first_kept) const;

  JournalOptions options_;
  const Clock& clock_;
  const crypto::Digest redaction_key_;     // Of the hashes that stand for what is not on record.
  Descriptor folder_;                      // Also carries the lock against a second gateway.

  std::set<std::uint64_t> empty_;          // Segments in which nothing can leave any more; under retiring_.
  std::mutex retiring_;                    // One at a time; taken before mutex_.
  std::mutex mutex_;                       // Guards everything below.
  std::shared_ptr<Segment> segment_;
  Segments finished_;                      // Full, and not yet cut to size and on the disk.
  std::shared_ptr<Segment> spare_;         // Made ahead, so that rotation is only a rename.
  bool spare_wanted_ = true;
  audit::Chain chain_;
  crypto::Sha256 hasher_;
  std::string head_;                       // Reused: the part of a payload made under the lock.
  std::uint64_t segment_number_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t signed_seq_ = 0;           // Through here checkpoints reach,
  std::uint64_t checkpoint_seq_ = 0;       // and this is the last of them.
  std::uint64_t first_seq_ = 0;            // Of this segment, if it has any;
  std::int64_t created_us_ = 0;            // and when it was begun: wall time.
  std::int64_t retire_us_ = 0;             // When to look for old segments next; monotonic.
  std::int64_t signed_us_ = 0;             // Monotonic time of the last checkpoint.
  std::uint64_t durable_seq_ = 0;
  std::uint64_t wanted_seq_ = 0;           // Somebody waits for this to be durable.
  std::int64_t retry_us_ = 0;              // When to try again for room; monotonic.
  std::optional<Error> no_room_;
  std::optional<Error> broken_;            // Nothing can be appended any more.
  std::condition_variable wake_;           // The flusher has something to do.
  std::condition_variable synced_;         // durable_seq_ or broken_ changed.
  std::thread flusher_;
};

}  // namespace claw::store
