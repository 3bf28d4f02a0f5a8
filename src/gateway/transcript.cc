#include "gateway/transcript.h"

namespace claw::gateway {

namespace {

constexpr std::size_t piece_overhead_bytes = 64;  // Its time and channel, as JSON.

}  // namespace

void Transcript::add(std::int64_t at_us, std::string_view channel, std::string_view bytes,
                     std::uint64_t left_out) {
  if (bytes.empty() && left_out == 0) return;
  Piece& piece = piece_for(at_us, channel, !bytes.empty());
  piece.bytes += bytes;
  piece.left_out += left_out;
  bytes_ += bytes.size();
}

// A stretch that only counts is one piece of each channel however long it goes on and however they take
// turns: nothing writes it down before its end.
Transcript::Piece& Transcript::piece_for(std::int64_t at_us, std::string_view channel, bool has_bytes) {
  if (has_bytes) {
    const bool goes_on = !pieces_.empty() && pieces_.back().channel == channel &&
                         at_us - pieces_.back().at_us < transcript_piece_us;
    if (goes_on) return pieces_.back();
    bytes_ += piece_overhead_bytes;
  } else {
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
      if (piece->channel == channel) return *piece;
      if (!piece->bytes.empty()) break;
    }
  }
  return pieces_.emplace_back(Piece{at_us, channel, {}, 0});
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
