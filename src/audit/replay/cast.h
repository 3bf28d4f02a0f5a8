// A recorded stream as a terminal showed it: frames in time, and an asciicast v2 file of them, which
// asciinema and the dashboard play. Only what TerminalFilter lets pass is in either.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/replay/timeline.h"

namespace claw::audit {

struct Frame {
  std::int64_t at_us = 0;  // Since the action was allowed.
  char code = 'o';         // `o` output, `i` input, `r` a new size, `m` a mark: as asciicast names them.
  std::string text;        // UTF-8; of a size `80x24`.
};

struct Played {
  std::uint32_t columns = 80;  // Of the first size the terminal had; what it is where nobody says.
  std::uint32_t rows = 24;
  std::vector<Frame> frames;
};

constexpr std::uint32_t columns_max = 1000;  // A size beyond this is nobody's terminal.

// In order of time. Without a terminal a line feed alone also returns, as it would be shown on one.
Played play(std::span<const Said> said);

// A header line and a line an event; https://docs.asciinema.org/manual/asciicast/v2/.
std::string asciicast_of(const Scene& scene);

}  // namespace claw::audit
