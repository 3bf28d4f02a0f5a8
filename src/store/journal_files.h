// The journal's files as readers see them: which there are, how the last one ends, the whole of it verified
// or gone through. It never writes. Reading while the gateway appends is fine: what is being written looks
// unfinished and is seen the next time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/reader.h"
#include "audit/verify.h"
#include "base/result.h"

namespace claw::store {

struct SegmentFile {
  std::uint64_t number = 0;
  std::string path;
};
std::string segment_path(const std::string& folder, std::uint64_t number);  // `FOLDER/00000001.journal`
// Files that are no segments yet: made ahead, and made in need.
std::string spare_path(const std::string& folder);
std::string begun_path(const std::string& folder);
Result<std::vector<SegmentFile>> segments_in(const std::string& folder);    // In order.
Result<std::string> read_segment(const SegmentFile& file);
Result<audit::Header> read_header(const SegmentFile& file);  // Reads only the beginning.

// Where the chain stands after the last segment.
struct Tail {
  std::uint64_t segment = 0;        // 0: there is none.
  std::uint64_t seq = 0;
  crypto::Digest hash{};
  std::size_t used = 0;             // Bytes of good frames.
  std::size_t left = 0;             // Bytes behind them that are not padding.
  std::size_t size = 0;             // Of the file: greater than `used` unless it was closed in order.
  bool damaged = false;             // `left` is not one unfinished record.
};
Result<Tail> tail_of(std::string_view segment);

// Errors are files that cannot be read; what is wrong with their content is in the findings.
Result<audit::Findings> verify_journal(const std::string& folder, std::vector<std::string> public_keys,
                                       std::optional<audit::Anchor> anchor = {});

Result<audit::Findings> verify_journal(const std::string& folder, std::vector<std::string> public_keys,
                                       const std::vector<audit::Anchor>& anchors);

// With which record the segment behind that one begins; 0: there is none.
std::uint64_t first_after(const std::vector<SegmentFile>& files, std::size_t at);

// The number of the segment that holds record `seq`, or would: the last that begins at or before it.
Result<std::uint64_t> segment_of(const std::string& folder, std::uint64_t seq);

// A place of the journal that does not fit the chain, and was passed over.
struct Skipped {
  std::uint64_t segment = 0;
  std::size_t offset = 0;
  std::string text;  // One line: where, how much, between which records.
};

// Every record from segment `from` on, until `visit` returns false. It goes on behind damage, where the
// chain can be picked up again, and tells `skipped`: what is shown beside a damaged place is what was written
// there, and proves nothing. An unfinished record at the end of a segment is no damage.
using Visit = std::function<bool(const audit::Record&, std::string_view payload)>;
using Skip = std::function<void(const Skipped&)>;
Status each_record(const std::string& folder, const Visit& visit, const Skip& skipped,
                   std::uint64_t from = 1);

// The records of one of the segments alone, or those of one kind: each may be read on a thread of its own.
// One that was removed meanwhile has none.
Status records_in(const std::vector<SegmentFile>& files, std::size_t at, std::string_view kind,
                  const Visit& visit, const Skip& skipped);

// The segments that may hold records from `since_us` on: a segment ends before the next one is made.
std::vector<std::size_t> segments_since(const std::vector<SegmentFile>& files, std::int64_t since_us);

// The records of one segment's bytes, which begin at `offset` of it, one after another: each_record() for
// those who read a segment that still grows.
class SegmentReader {
 public:
  // `until`: with which record the next segment begins; 0: there is none. A gateway that found damage at its
  // start went on from before it: what stands behind it has been numbered again, and is evidence, no record.
  SegmentReader(const SegmentFile& file, std::string_view bytes, std::size_t offset,
                const crypto::Digest& previous, std::uint64_t until)
      : file_(file), offset_(offset), until_(until), reader_(bytes, previous) {}

  // The number of the record before `offset`, for those who know it: damage is told more exactly.
  void comes_after(std::uint64_t seq) { seq_ = seq; }
  // Of a whole segment; one that does not fit is damage like any other, which next() tells.
  void skip_header() { reader_.next(); }
  // Records of other kinds are passed over, most of them unread.
  void look_for(std::string_view kind) { kind_ = kind; }
  // The next record, or nothing at the end; `skipped` is told of damage on the way.
  std::optional<audit::Record> next(const Skip& skipped);
  std::string_view payload() const { return reader_.payload(); }
  std::size_t used() const { return offset_ + reader_.used(); }  // Of the segment.
  const crypto::Digest& last() const { return reader_.last(); }

 private:
  void tell(const Skip& skipped, const audit::Gap& gap, std::uint64_t next_seq) const;
  bool pass_over();

  const SegmentFile& file_;
  std::size_t offset_;
  std::uint64_t until_;
  audit::Reader reader_;
  std::string_view kind_;  // Empty: all.
  std::uint64_t seq_ = 0;  // Of the last record.
};

}  // namespace claw::store
