// Recorded streams without what a redaction's patterns find. A terminal's letters come one by one, so what is
// looked for stands in many pieces: each channel is read as one text. Facts have no place in a stream, so
// only patterns count. Whoever gathers pieces decides which are written together; see gateway/transcript.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"

namespace claw::audit {

class CleanPieces {
 public:
  CleanPieces(const Redaction& redaction, std::span<const Piece> pieces, std::string_view key);
  std::span<const Piece> pieces() const { return pieces_; }  // As long as this lives.

 private:
  void clean(const Redaction& redaction, std::string_view channel, std::string_view key);

  std::vector<std::string> texts_;  // Of each piece.
  std::vector<Piece> pieces_;
};

}  // namespace claw::audit
