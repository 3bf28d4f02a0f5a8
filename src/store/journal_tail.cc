#include "store/journal_tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/cursor.h"
#include "store/file.h"

namespace claw::store {

namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;
// One whole record, however long, and its frame.
constexpr std::size_t chunk_bytes_max = audit::record_bytes_max + audit::frame_head_bytes + chunk_bytes;

Result<std::string> read_from(const Descriptor& file, std::size_t offset, std::size_t bytes) {
  std::string content(bytes, '\0');
  const ssize_t got = ::pread(file.number(), content.data(), bytes, static_cast<off_t>(offset));
  if (got < 0) return Error{Code::unavailable, "a journal segment cannot be read", {}};
  content.resize(static_cast<std::size_t>(got));
  return content;
}

// How many of these bytes are frames that are there whole.
std::size_t whole_frames(std::string_view bytes) {
  std::size_t whole = 0;
  for (;;) {
    Cursor cursor(bytes.substr(whole));
    const std::uint32_t length = cursor.u32();
    if (length == 0) return whole;
    const std::size_t frame = audit::frame_head_bytes + length;
    if (frame > bytes.size() - whole) return whole;
    whole += frame;
  }
}

bool is_silent(std::string_view bytes) {
  Cursor cursor(bytes);
  const std::uint32_t length = cursor.u32();
  return length == 0;
}

}  // namespace

Result<JournalTail> JournalTail::at_end(std::string folder) {
  JournalTail tail(std::move(folder));
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(tail.folder_));
  if (files.empty()) return tail;
  CLAW_TRY(const std::string content, read_segment(files.back()));
  CLAW_TRY(const Tail end, tail_of(content));
  tail.segment_ = files.back().number;
  tail.used_ = end.used;
  tail.last_ = end.hash;
  tail.last_seq_ = end.seq;
  return tail;
}

Result<JournalTail> JournalTail::at(std::string folder, std::uint64_t seq) {
  JournalTail tail(std::move(folder));
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(tail.folder_));
  if (files.empty()) return tail;
  CLAW_TRY(const std::uint64_t holding, segment_of(tail.folder_, seq));
  tail.segment_ = std::max(holding, files.front().number);
  CLAW_TRY(const audit::Header header,
           read_header({tail.segment_, segment_path(tail.folder_, tail.segment_)}));
  tail.last_ = header.previous;
  return tail;
}

bool JournalTail::is_lost() const {
  return segment_ != 0 && ::access(segment_path(folder_, segment_).c_str(), F_OK) != 0;
}

Status JournalTail::catch_up(const Visit& visit, const Skip& skipped) {
  for (;;) {
    const SegmentFile file{segment_, segment_path(folder_, segment_)};
    // Whether there is a next one is looked up first: what is written then is in it, not in this.
    const std::string next = segment_path(folder_, segment_ + 1);
    const bool has_next = ::access(next.c_str(), F_OK) == 0;
    std::uint64_t until = 0;
    if (has_next) {
      const Result<audit::Header> header = read_header({segment_ + 1, next});
      if (header) until = header->first;
    }
    if (segment_ != 0) {
      CLAW_TRY(const bool goes_on, read_on(file, until, visit, skipped));
      if (!goes_on) return Done{};
    }
    if (!has_next) return Done{};
    CLAW_TRY(const audit::Header header, read_header({segment_ + 1, next}));
    segment_ += 1;
    used_ = 0;
    last_ = header.previous;
  }
}

// False: the visitor has enough.
Result<bool> JournalTail::read_on(const SegmentFile& file, std::uint64_t until, const Visit& visit,
                                  const Skip& skipped) {
  const Result<Descriptor> opened = open_file(file.path, O_RDONLY);
  if (!opened) return true;  // Retired while nobody followed: the next one is as good.
  std::size_t bytes = chunk_bytes;
  for (;;) {
    CLAW_TRY(const std::string content, read_from(*opened, used_, bytes));
    if (is_silent(content)) return true;
    std::size_t whole = whole_frames(content);
    if (whole == 0 && bytes < chunk_bytes_max) {
      bytes = chunk_bytes_max;  // One record that is longer, or damage.
      continue;
    }
    if (whole == 0) whole = content.size();
    SegmentReader reader(file, std::string_view(content).substr(0, whole), used_, last_, until);
    if (used_ == 0) reader.skip_header();
    bool goes_on = true;
    while (const std::optional<audit::Record> record = reader.next(skipped)) {
      last_seq_ = record->seq;
      goes_on = visit(*record, reader.payload());
      if (!goes_on) break;
    }
    const bool moved = reader.used() != used_;
    used_ = reader.used();
    last_ = reader.last();
    if (!goes_on) return false;
    if (!moved) return true;  // It is being written, or cannot be read.
    bytes = chunk_bytes;
  }
}

}  // namespace claw::store
