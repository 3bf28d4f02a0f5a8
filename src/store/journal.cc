#include "store/journal.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/text.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

// A checkpoint is under 500 bytes; so much is kept free in every segment for its last one.
constexpr std::size_t closing_bytes = 1024;
// While the disk is full, ask it again this often at most: asking costs more than refusing.
constexpr std::int64_t retry_every_us = 250'000;
// A thread's buffer that grew beyond this for one long record is given back.
constexpr std::size_t buffer_bytes_kept = 256 << 10;
// Payloads are whole words: see Segment::append.
constexpr std::size_t word_bytes = 4;

Status lock_folder(const Descriptor& folder, const std::string& path) {
  if (::flock(folder.number(), LOCK_EX | LOCK_NB) == 0) return Done{};
  if (errno == EWOULDBLOCK) {
    return Error{Code::denied, "another gateway writes the journal in " + quoted(path), {}};
  }
  return system_error("lock", path);
}

// Left by a machine that lost power after a segment got its name and before its content reached the disk.
bool has_only_begun(std::string_view segment) {
  return segment.substr(0, audit::length_bytes).find_first_not_of('\0') == std::string_view::npos &&
         (segment.size() <= closing_bytes ||
          segment.substr(closing_bytes).find_first_not_of('\0') == std::string_view::npos);
}

// Unused space is given back; what a dying process left unfinished stays, as evidence, with one word of
// padding behind it by which readers know it for what it is.
void shorten(const SegmentFile& file, const Tail& tail) {
  const std::size_t keep = tail.left == 0 ? tail.used : tail.used + tail.left + audit::length_bytes;
  if (tail.damaged || keep >= tail.size) return;
  if (::truncate(file.path.c_str(), static_cast<off_t>(keep)) != 0) {
    log::warning("unused journal space kept", {{"why", system_error("shorten", file.path).text()}});
  }
}

Result<Tail> recover(const std::string& folder) {
  CLAW_TRY(std::vector<SegmentFile> files, segments_in(folder));
  while (!files.empty()) {
    const SegmentFile& file = files.back();
    CLAW_TRY(const std::string content, read_segment(file));
    if (!has_only_begun(content)) {
      Result<Tail> tail = tail_of(content);
      if (!tail) {
        return Error{tail.error().code, tail.error().what + "; see `clawpatrol audit verify`", file.path};
      }
      shorten(file, *tail);
      return tail;
    }
    CLAW_TRY_DONE(remove_file(file.path));
    files.pop_back();
  }
  return Tail{};
}

// What the record says about the stop before this start; empty after an orderly one.
std::string describe(const Tail& tail) {
  if (tail.damaged) {
    return fmt::format("segment {} is damaged: {} bytes after record {} do not fit the chain", tail.segment,
                       tail.left, tail.seq);
  }
  if (tail.left > 0) return fmt::format("{} bytes of a record after {} were unfinished", tail.left, tail.seq);
  if (tail.size > tail.used) {
    return fmt::format("the gateway before did not stop in order after record {}", tail.seq);
  }
  return {};
}

}  // namespace

Journal::Journal(JournalOptions options, const Clock& clock, Descriptor folder)
    : options_(std::move(options)),
      clock_(clock),
      redaction_key_(audit::redaction_key(options_.key.private_key.reveal())),
      folder_(std::move(folder)) {}

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options, const Clock& clock) {
  if (options.segment_bytes < segment_bytes_min) {
    return invalid(fmt::format("a journal segment of {} bytes is too small", options.segment_bytes));
  }
  CLAW_TRY(Descriptor folder, open_private_folder(options.folder));
  CLAW_TRY_DONE(lock_folder(folder, options.folder));
  CLAW_TRY_DONE(remove_file(spare_path(options.folder)));
  CLAW_TRY_DONE(remove_file(begun_path(options.folder)));
  CLAW_TRY(const Tail tail, recover(options.folder));
  std::unique_ptr<Journal> journal(new Journal(std::move(options), clock, std::move(folder)));
  journal->segment_number_ = tail.segment;
  journal->last_seq_ = journal->durable_seq_ = tail.seq;
  journal->signed_seq_ = journal->checkpoint_seq_ = tail.seq;
  journal->chain_.restart(tail.hash);
  journal->signed_us_ = clock.monotonic_us();
  CLAW_TRY_DONE(journal->begin_segment());
  CLAW_TRY_DONE(sync_folder(journal->options_.folder));
  if (const std::string what = describe(tail); !what.empty()) {
    log::warning("journal recovered", {{"what", what}});
    CLAW_TRY([[maybe_unused]] const std::uint64_t seq,
             journal->append(audit::Gateway{"recovered", CLAW_VERSION, what}));
  }
  journal->flusher_ = std::thread([raw = journal.get()] { raw->flush_until_closed(); });
  return journal;
}

Journal::~Journal() {
  if (const Status closed = close(); !closed) {
    log::error("journal not closed", {{"why", closed.error().text()}});
  }
}

Status Journal::close() {
  {
    const std::lock_guard lock(mutex_);
    if (segment_ == nullptr) return Done{};
    if (!broken_) broken_ = Error{Code::unavailable, "the journal is closed", {}};
    wake_.notify_all();
  }
  if (flusher_.joinable()) flusher_.join();
  const std::lock_guard lock(mutex_);
  end_segment();
  const Status closed = settle(std::exchange(finished_, {}), options_.folder);
  if (closed) durable_seq_ = last_seq_;
  synced_.notify_all();
  if (std::exchange(spare_, nullptr) != nullptr) CLAW_TRY_DONE(remove_file(spare_path(options_.folder)));
  return closed;
}

Journal::Standing Journal::standing() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t waiting = wanted_seq_ > durable_seq_ ? wanted_seq_ - durable_seq_ : 0;
  return {last_seq_, last_seq_ - signed_seq_, waiting, no_room_.has_value() || broken_.has_value()};
}

Result<std::uint64_t> Journal::append(const audit::Entry& entry) {
  thread_local std::string body;
  body.clear();
  if (body.capacity() > buffer_bytes_kept) body.shrink_to_fit();
  audit::append_body(body, entry, crypto::view(redaction_key_));
  const std::lock_guard lock(mutex_);
  return write(body);
}

Result<std::uint64_t> Journal::write(std::string_view body) {
  if (broken_) return *broken_;
  const std::size_t payload_bytes = audit::head_bytes_max + body.size();
  if (payload_bytes > std::min(audit::record_bytes_max, options_.segment_bytes / 4) - word_bytes) {
    return Error{Code::limit, fmt::format("a record of {} bytes is too long", payload_bytes), {}};
  }
  CLAW_TRY_DONE(make_room(payload_bytes));
  write_record(body);
  if (last_seq_ - signed_seq_ == options_.checkpoint_records) wake_.notify_one();
  return last_seq_;
}

void Journal::write_record(std::string_view body) {
  head_.clear();  // Only now that there is room: making it may have numbered a record of its own.
  audit::append_head(head_, ++last_seq_, clock_.wall_us());
  write_frame(body);
}

// Appends head_ + body as one frame, with spaces between them, where JSON allows them, up to a whole word.
void Journal::write_frame(std::string_view body) {
  const std::size_t over = (head_.size() + body.size()) % word_bytes;
  if (over > 0) head_.append(word_bytes - over, ' ');
  if (options_.retention_us.empty()) {
    segment_->append(chain_.extend(head_, body), head_, body);
    return;
  }
  hasher_.update(head_);
  hasher_.update(body);
  const crypto::Digest digest = hasher_.finish();
  segment_->append(chain_.extend(crypto::view(digest)), head_, body);
}

Status Journal::make_room(std::size_t payload_bytes) {
  if (payload_bytes + word_bytes + audit::frame_head_bytes + closing_bytes <= segment_->room()) return Done{};
  const std::int64_t now_us = clock_.monotonic_us();
  if (no_room_ && now_us < retry_us_) return *no_room_;
  const bool was_full = no_room_.has_value();
  no_room_.reset();
  const Status begun = begin_segment();
  if (begun) {
    if (was_full) log::info("journal writes again", {{"after", last_seq_}});
    return begun;
  }
  no_room_ = begun.error();
  retry_us_ = now_us + retry_every_us;
  if (!was_full) log::error("journal cannot grow, actions are refused", {{"why", no_room_->text()}});
  return begun;
}

// The new file first: without room for it the old segment stays open, and whole. It gets its name last, with
// its header in it, so that no reader ever meets a segment without one.
Status Journal::begin_segment() {
  std::shared_ptr<Segment> next = std::exchange(spare_, nullptr);
  if (next == nullptr) {
    CLAW_TRY(next, Segment::create(begun_path(options_.folder), options_.segment_bytes));
  }
  if (segment_ != nullptr) end_segment();
  segment_ = std::move(next);
  ++segment_number_;
  first_seq_ = last_seq_ + 1;
  created_us_ = clock_.wall_us();
  head_.clear();
  audit::append_header(head_, {segment_number_, first_seq_, chain_.last(), created_us_,
                               options_.key.public_key,
                               options_.retention_us.empty() ? audit::format_version
                                                             : audit::emptying_format_version});
  write_frame({});
  spare_wanted_ = true;
  wake_.notify_one();
  Status named = segment_->rename(segment_path(options_.folder, segment_number_));
  if (!named) broken_ = named.error();
  return named;
}

// Uses the room that make_room() keeps free. The rest is the flusher's: it takes milliseconds.
void Journal::end_segment() {
  checkpoint_now();
  finished_.push_back(std::move(segment_));
}

}  // namespace claw::store
