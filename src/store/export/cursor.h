// How far an exporter has come, as it stands on the disk: written only after its sink has taken everything up
// to there, replaced as a whole. exporter/ reads and writes it; a cursor that cannot be read is an error, and
// never a reason to begin anew in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace claw::store {

struct Cursor {
  std::uint64_t seq = 0;         // Of the last record taken,
  std::int64_t time_us = 0;      // and its time: another record of this number is another journal's.
  std::uint64_t awaited = 0;     // The first record read before it that is still needed; 0: none.
  std::uint64_t sending = 0;     // What is sent goes up to here, so that a repeat is the same; 0: not said.
  std::uint64_t file_bytes = 0;  // Of a sink that is a file: how much of it is ours,
  std::uint64_t file_inode = 0;  // and which file that is.
  std::string target = {};       // For people who look: where it goes.
};

Result<std::optional<Cursor>> read_cursor(const std::string& path);  // Nothing: there is none yet.
Status write_cursor(const std::string& path, const Cursor& cursor);

}  // namespace claw::store
