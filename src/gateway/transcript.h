// What was said on a connection that an action opened and is not written down yet: gathered for a moment, so
// that a terminal does not cost a record a letter. Where patterns are taken out of the record, a line waits
// for its end: what is looked for comes letter by letter. Pure; the connection says what time it is, and when
// to write. What is gathered has passed already: a killed gateway loses that moment of it, and no action.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"

namespace claw::gateway {

constexpr std::uint32_t transcript_ms_max = 250;           // What a reader of the record may be behind.
constexpr std::size_t transcript_bytes_max = 32 * 1024;    // One record, far below the journal's 4 MiB.
constexpr std::int64_t transcript_piece_us = 20'000;       // Nobody sees that letters came one by one.
// Of a line without an end, when no more is kept: what a pattern may have begun to find. Keys are shorter.
constexpr std::size_t transcript_overlap_bytes = 1024;

class Transcript {
 public:
  enum class More : std::uint8_t { maybe, no };  // Whether anything may follow.

  // `channel` is constant text. Bytes that were left out wait for others, or for the end.
  void add(std::int64_t at_us, std::string_view channel, std::string_view bytes, std::uint64_t left_out);

  bool has_bytes() const { return bytes_ != 0; }
  bool is_full() const { return bytes_ >= transcript_bytes_max; }
  bool is_empty() const { return pieces_.empty() && ready_.empty(); }

  // Makes ready what can be written: all of it, or what no pattern of the redaction (null: none) could find a
  // part of and the rest later. In order of time.
  void settle(const audit::Redaction* redaction, More more);
  std::vector<audit::Piece> pieces() const;  // Views of what is ready, until the next settle() or clear().
  void clear();                              // It is written.

 private:
  struct Piece {
    std::int64_t at_us = 0;
    std::string_view channel;
    std::string bytes;
    std::uint64_t left_out = 0;
  };

  Piece& piece_for(std::int64_t at_us, std::string_view channel, bool has_bytes);
  void settle_lines();
  void settle_most(const audit::Redaction& redaction);
  void count();
  std::size_t complete_bytes(std::string_view channel) const;

  std::vector<Piece> pieces_;
  std::vector<Piece> ready_;
  std::size_t bytes_ = 0;  // Of pieces_, and some for each piece: many tiny ones fill a record too.
};

}  // namespace claw::gateway
