// The journal's file format, in one place: what a frame is, what opens a segment, what a checkpoint signs.
// store::Journal writes it, Reader and Verifier read it. README.md describes it for those who write their
// own verifier; nothing here touches a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"

namespace claw::audit {

// Of what is chained: the payload, or, in 2, its digest, so that a payload can leave and its place be proven.
constexpr std::int64_t format_version = 1;
constexpr std::int64_t emptying_format_version = 2;

// A frame: `u32 length | 32-byte hash | payload`, all big-endian. A length of zero: nothing further.
constexpr std::size_t length_bytes = 4;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t frame_head_bytes = length_bytes + hash_bytes;

// Longest payload. A statement of the largest size we parse (256 KiB) fits several times over, escaped; a
// fourth of the smallest segment, so that rotation always makes room.
constexpr std::size_t record_bytes_max = 4 << 20;

// The first frame of every segment. It has no sequence number; its hash continues the chain like any other.
struct Header {
  std::uint64_t segment = 1;     // Counted from 1.
  std::uint64_t first = 1;       // Sequence number of the segment's first record.
  crypto::Digest previous{};     // Hash of the frame before it; zeroes in segment 1.
  std::int64_t created_us = 0;
  std::string public_key;        // Ed25519, 32 bytes: signs this segment's checkpoints.
  std::int64_t format = format_version;
};
void append_header(std::string& out, const Header& header);
Result<Header> parse_header(std::string_view payload);

// A signature over the chain as it stood after record `through`. It may be written some records later:
// signing is done beside the appending, not in its way.
struct Checkpoint {
  std::uint64_t through = 0;
  crypto::Digest hash{};
  std::string signature;         // 64 bytes.
};
void append_checkpoint_body(std::string& out, const Checkpoint& checkpoint);  // After append_head().
Result<Checkpoint> parse_checkpoint(const json::Value& record);

// A payload that has left (format 2): as long as it was, with its number, its time and its digest. A record
// of the gateway says which ones it emptied; without one it is damage. Nothing: it is too short for that.
struct Emptied {
  std::uint64_t seq = 0;
  std::int64_t time_us = 0;
  std::string_view endpoint = {};
  std::string_view action = {};
};
std::optional<std::string> emptied_payload(const Emptied& said, std::string_view payload);
// The digest that stands in the chain for this payload: its own, or of one that has left what it was.
crypto::Digest chained_digest(std::string_view payload);

// Whether the frame with this payload and hash follows the one with that hash, in either format.
bool follows(std::string_view previous, std::string_view payload, std::string_view hash);

// `3-10,12`: records, as a record of the gateway lists those it emptied.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
std::string format_ranges(const std::vector<std::uint64_t>& ascending);
std::vector<Range> parse_ranges(std::string_view text);  // What makes no sense is left out.

// What is signed: the ASCII text `clawpatrol journal checkpoint 1`, a NUL, `through` as u64, the hash.
std::string signed_bytes(std::uint64_t through, const crypto::Digest& hash);

}  // namespace claw::audit
