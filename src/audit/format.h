// The journal's file format, in one place: what a frame is, what opens a segment, what a checkpoint signs.
// store::Journal writes it, Reader and Verifier read it. README.md describes it for those who write their
// own verifier; nothing here touches a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"

namespace claw::audit {

constexpr std::int64_t format_version = 1;

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

// What is signed: the ASCII text `clawpatrol journal checkpoint 1`, a NUL, `through` as u64, the hash.
std::string signed_bytes(std::uint64_t through, const crypto::Digest& hash);

}  // namespace claw::audit
