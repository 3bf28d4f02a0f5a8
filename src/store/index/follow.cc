// How the index takes in what the journal has: block by block, counting each record once, however many
// processes do it and wherever one of them was killed.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/cursor.h"
#include "base/log.h"
#include "store/file.h"
#include "store/index.h"
#include "store/index/database.h"
#include "store/index/payloads.h"

namespace claw::store {

namespace {

// One transaction per so many records: a commit costs more than hundreds of them.
constexpr std::size_t batch_records = 8 * block_records;
constexpr std::size_t chunk_bytes = 256 << 10;

bool ends_in(std::string_view content) {
  for (std::size_t at = 0; content.size() - at >= audit::length_bytes;) {
    Cursor cursor(content.substr(at));
    const std::uint32_t length = cursor.u32();
    if (length == 0) return true;
    if (audit::frame_head_bytes + length > content.size() - at) return false;
    at += audit::frame_head_bytes + length;
  }
  return false;
}

// What there is of a segment from there on. One that still grows has zeroes behind its records: they are not
// read.
Result<std::string> read_from(const SegmentFile& file, std::size_t offset, bool is_growing) {
  CLAW_TRY(const Descriptor opened, open_file(file.path, O_RDONLY));
  struct stat found {};
  if (::fstat(opened.number(), &found) != 0) return system_error("read", file.path);
  const std::size_t size = static_cast<std::size_t>(found.st_size);
  const std::size_t left = offset < size ? size - offset : 0;
  for (std::size_t bytes = is_growing ? std::min(chunk_bytes, left) : left;;
       bytes = std::min(bytes * 8, left)) {
    std::string content(bytes, '\0');
    const ssize_t got = ::pread(opened.number(), content.data(), bytes, static_cast<off_t>(offset));
    if (got < 0) return system_error("read", file.path);
    content.resize(static_cast<std::size_t>(got));
    if (bytes == left || ends_in(content)) return content;
  }
}

}  // namespace

// One run over what is new.
class Index::Taking {
 public:
  Taking(Index& index, std::uint32_t ms)
      : index_(index), it_(*index.database_), payloads_(index.journal_folder_),
        until_(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms)), bounded_(ms != 0) {}

  Status run() {
    CLAW_TRY(files_, segments_in(index_.journal_folder_));
    begin();
    resume();
    for (std::size_t i = 0; i < files_.size() && !late_; ++i) {
      if (files_[i].number < it_.read.segment) continue;
      CLAW_TRY_DONE(take(i));
    }
    commit();
    index_.through_ = it_.read.seq;
    index_.segments_left_ = late_ ? files_.back().number - it_.read.segment + 1 : 0;
    return Done{};
  }

 private:
  void begin() {
    transaction_ = std::make_unique<SQLite::Transaction>(it_.db, SQLite::TransactionBehavior::IMMEDIATE);
    seen_ = it_.seen();
  }
  void commit() {
    counts_.add_to(it_.db);
    if (it_.read.seq > seen_.seq) it_.note_seen(it_.read, counts_.records);
    counts_ = {};
    transaction_->commit();
  }

  // Where this object stopped, unless somebody else has kept a block since.
  void resume() {
    const std::int64_t last = it_.blocks.empty() ? 0 : it_.blocks.back().id;
    it_.load_blocks();
    const std::int64_t now = it_.blocks.empty() ? 0 : it_.blocks.back().id;
    if (it_.continues && last == now) return;
    it_.block.forget();
    it_.read = it_.kept_through();
    it_.block.begin(it_.read);
    it_.continues = true;
  }

  Status take(std::size_t i) {
    const SegmentFile& file = files_[i];
    const Result<audit::Header> header = read_header(file);
    if (!header && header.error().code == Code::not_found) return Done{};  // Old enough to go, just now.
    if (file.number != it_.read.segment) turn_to(file, header);
    const bool is_last = i + 1 == files_.size();
    const Result<std::string> content = read_from(file, it_.read.offset, is_last);
    if (!content) return content.error();
    // Without a header the first frames are looked for like those behind any damage.
    SegmentReader reader(file, *content, it_.read.offset, it_.read.hash, first_after(files_, i));
    if (it_.read.offset > 0) reader.comes_after(it_.read.seq);
    else if (header) reader.skip_header();
    const auto skipped = [this](const Skipped& each) { it_.note(each); };
    while (const std::optional<audit::Record> record = reader.next(skipped)) {
      const std::size_t offset = reader.used() - reader.payload().size() - audit::frame_head_bytes;
      if (record->seq > it_.read.seq) add(*record, offset);
      it_.read = {file.number, reader.used(), reader.last(), std::max(record->seq, it_.read.seq)};
      if (it_.block.full()) next_block();
      if (++taken_ % batch_records != 0) continue;
      commit();
      begin();
      late_ = bounded_ && std::chrono::steady_clock::now() > until_;
      if (late_) break;
    }
    return Done{};
  }

  void turn_to(const SegmentFile& file, const Result<audit::Header>& header) {
    next_block();
    if (header && it_.read.seq != 0 && header->first > it_.read.seq + 1) {
      it_.note({file.number, 0,
                fmt::format("segment {} begins at record {}: records {} to {} are missing", file.number,
                            header->first, it_.read.seq + 1, header->first - 1)});
    }
    it_.read = {file.number, 0, header ? header->previous : crypto::Digest{}, it_.read.seq};
    it_.block.begin(it_.read);
  }

  void next_block() {
    it_.keep(it_.block, it_.read);
    it_.block.begin(it_.read);
  }

  void add(const audit::Record& record, std::size_t offset) {
    if (record.seq > seen_.seq) counts_.take(record, it_.read.segment, offset);
    index_.recall(it_.block, record, payloads_, {});
    it_.block.add(record, offset);
  }

  Index& index_;
  Database& it_;
  Payloads payloads_;
  std::chrono::steady_clock::time_point until_;
  bool bounded_;
  bool late_ = false;
  std::vector<SegmentFile> files_;
  std::unique_ptr<SQLite::Transaction> transaction_;
  Position seen_;
  Counts counts_;
  std::size_t taken_ = 0;
};

// Of an end, the action, where it began before this object did.
void Index::recall(Block& block, const audit::Record& record, Payloads& payloads,
                   const std::vector<std::uint64_t>& without) {
  const std::string action = record.kind == "ended" ? record.members.text_or("action", "") : "";
  if (action.empty() || block.awaits(action)) return;
  const auto place = place_of(action, "judged");
  if (!place || std::ranges::binary_search(without, place->seq)) return;
  const auto payload = payloads.read(place->segment, place->offset, place->seq);
  if (!payload) return;
  if (const auto judged = audit::parse_record(*payload)) block.remember(*judged);
}

Status Index::follow(std::uint32_t ms) {
  if (is_gone()) CLAW_TRY_DONE(reopen());
  Status taken = Done{};
  const Status done = guarded("follow the journal", [&] { taken = Taking(*this, ms).run(); });
  if (done && taken) return prune();
  database_->continues = false;
  if (done) return taken;
  if (const Status sound = check(); !sound) {
    log::warning("index built anew", {{"why", sound.error().text()}});
    return rebuild(ms);
  }
  return done;
}

// Records that have left the journal leave the index.
Status Index::prune() {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(journal_folder_));
  const std::vector<Kept>& blocks = database_->blocks;
  if (files.empty() || blocks.empty() || blocks.front().segment >= files.front().number) return Done{};
  const Result<audit::Header> header = read_header(files.front());
  if (!header) return Done{};
  CLAW_TRY_DONE(guarded("leave out old records", [&] {
    database_->prune(header->segment, header->first);
    database_->db.exec("PRAGMA wal_checkpoint(TRUNCATE)");  // Nor is it left in what was written ahead.
  }));
  return Done{};
}

Status prune_index(const std::string& file, const std::string& journal_folder) {
  CLAW_TRY(const std::optional<std::string> there, read_start(file, 1));
  if (!there) return Done{};
  CLAW_TRY(const std::unique_ptr<Index> index, Index::open(file, journal_folder));
  return index->follow(1);
}

}  // namespace claw::store
