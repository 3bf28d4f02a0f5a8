#include "gateway/transcript.h"

namespace claw::gateway {

namespace {

constexpr std::size_t piece_overhead_bytes = 64;  // Its time and channel, as JSON.

}  // namespace

void Transcript::add(std::int64_t at_us, std::string_view channel, std::string_view bytes,
                     std::uint64_t left_out) {
  if (bytes.empty() && left_out == 0) return;
  // A stretch that only counts is one piece however long it goes on.
  const bool goes_on = !pieces_.empty() && pieces_.back().channel == channel &&
                       (bytes.empty() || at_us - pieces_.back().at_us < transcript_piece_us);
  if (!goes_on) {
    pieces_.push_back({at_us, channel, {}, 0});
    bytes_ += bytes.empty() ? 0 : piece_overhead_bytes;
  }
  pieces_.back().bytes += bytes;
  pieces_.back().left_out += left_out;
  bytes_ += bytes.size();
}

std::vector<audit::Piece> Transcript::pieces() const {
  std::vector<audit::Piece> pieces;
  for (const Piece& each : pieces_) pieces.push_back({each.at_us, each.channel, each.bytes, each.left_out});
  return pieces;
}

void Transcript::clear() {
  pieces_.clear();
  bytes_ = 0;
}

}  // namespace claw::gateway
