#include "gateway/transcript.h"

#include <algorithm>
#include <iterator>
#include <map>

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

void Transcript::settle(const audit::Redaction* redaction, More more) {
  const bool waits = redaction != nullptr && redaction->has_patterns() && more == More::maybe;
  if (!waits) {
    std::ranges::move(pieces_, std::back_inserter(ready_));
    pieces_.clear();
  } else if (is_full()) {
    settle_most(*redaction);
  } else {
    settle_lines();
  }
  count();
}

// Through the end of its last line; all of what has no letters.
std::size_t Transcript::complete_bytes(std::string_view channel) const {
  std::size_t complete = 0;
  std::size_t all = 0;
  for (const Piece& each : pieces_) {
    if (each.channel != channel) continue;
    const std::size_t end = each.bytes.find_last_of("\r\n");
    if (end != std::string::npos) complete = all + end + 1;
    all += each.bytes.size();
  }
  return complete;
}

// What follows a line that has not ended waits with it, whichever channel it is on: times stay as they were.
void Transcript::settle_lines() {
  std::map<std::string_view, std::size_t> left;
  for (const Piece& each : pieces_) left.try_emplace(each.channel, complete_bytes(each.channel));
  std::size_t done = 0;
  for (Piece& each : pieces_) {
    std::size_t& room = left[each.channel];
    if (each.bytes.size() > room) {
      if (room != 0) ready_.push_back({each.at_us, each.channel, each.bytes.substr(0, room), 0});
      each.bytes.erase(0, room);
      break;
    }
    room -= each.bytes.size();
    ready_.push_back(std::move(each));
    ++done;
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
}

// No more is kept: of each line without an end its last part waits, and whatever a pattern finds across where
// it begins. That part comes later than it was said.
void Transcript::settle_most(const audit::Redaction& redaction) {
  std::map<std::string_view, std::string> whole;
  for (const Piece& each : pieces_) whole[each.channel] += each.bytes;
  std::map<std::string_view, std::size_t> left;
  for (const auto& [channel, text] : whole) {
    std::size_t end =
        std::max(complete_bytes(channel), text.size() - std::min(text.size(), transcript_overlap_bytes));
    for (const audit::Redaction::Match& match : redaction.find(text)) {
      if (match.from < end && match.to > end) end = match.from;
    }
    // A match this long is all there is: it goes as it was found.
    if (text.size() - end > transcript_bytes_max / 4) end = text.size();
    left[channel] = end;
    whole[channel].erase(0, end);
  }
  std::int64_t last_us = 0;
  for (Piece& each : pieces_) {
    std::size_t& room = left[each.channel];
    last_us = each.at_us;
    if (each.bytes.size() > room) each.bytes.resize(room);
    room -= each.bytes.size();
    if (!each.bytes.empty() || each.left_out != 0) ready_.push_back(std::move(each));
  }
  pieces_.clear();
  for (auto& [channel, text] : whole) {
    if (!text.empty()) pieces_.push_back({last_us, channel, std::move(text), 0});
  }
}

void Transcript::count() {
  bytes_ = 0;
  for (const Piece& each : pieces_) {
    if (!each.bytes.empty()) bytes_ += each.bytes.size() + piece_overhead_bytes;
  }
}

std::vector<audit::Piece> Transcript::pieces() const {
  std::vector<audit::Piece> pieces;
  for (const Piece& each : ready_) pieces.push_back({each.at_us, each.channel, each.bytes, each.left_out});
  return pieces;
}

void Transcript::clear() { ready_.clear(); }

}  // namespace claw::gateway
