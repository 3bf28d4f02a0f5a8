#include "audit/stream_redaction.h"

#include <algorithm>

namespace claw::audit {

CleanPieces::CleanPieces(const Redaction& redaction, std::span<const Piece> pieces, std::string_view key)
    : pieces_(pieces.begin(), pieces.end()) {
  for (const Piece& each : pieces) texts_.emplace_back(each.bytes);
  std::vector<std::string_view> done;
  for (const Piece& each : pieces) {
    if (std::ranges::find(done, each.channel) != done.end()) continue;
    clean(redaction, each.channel, key);
    done.push_back(each.channel);
  }
  for (std::size_t i = 0; i < pieces_.size(); ++i) pieces_[i].bytes = texts_[i];
}

// A match becomes its mark in the piece where it begins, and is gone from those that follow.
void CleanPieces::clean(const Redaction& redaction, std::string_view channel, std::string_view key) {
  std::string whole;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].channel != channel) continue;
    numbers.push_back(i);
    whole += texts_[i];
  }
  const std::vector<Redaction::Match> matches = redaction.find(whole);
  if (matches.empty()) return;
  std::size_t at = 0;  // Of the piece's beginning, in the whole.
  std::size_t next = 0;
  for (const std::size_t number : numbers) {
    const std::size_t end = at + texts_[number].size();
    std::string text;
    for (std::size_t from = at; from < end;) {
      while (next < matches.size() && matches[next].to <= from) ++next;
      const bool is_last = next == matches.size() || matches[next].from >= end;
      const std::size_t until = is_last ? end : std::max(matches[next].from, from);
      text.append(whole, from, until - from);
      if (is_last) break;
      const Redaction::Match& match = matches[next];
      if (match.from >= from) {
        text += redacted(std::string_view(whole).substr(match.from, match.to - match.from), key);
      }
      from = std::min(match.to, end);
    }
    texts_[number] = std::move(text);
    at = end;
  }
}

}  // namespace claw::audit
