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

// The number of the segment that holds record `seq`, or would: the last that begins at or before it.
Result<std::uint64_t> segment_of(const std::string& folder, std::uint64_t seq);

// Every record from segment `from` on, until `visit` returns false. Stops with an error at damage.
using Visit = std::function<bool(const audit::Record&, std::string_view payload)>;
Status each_record(const std::string& folder, const Visit& visit, std::uint64_t from = 1);

}  // namespace claw::store
