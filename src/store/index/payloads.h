// Records read from the journal where the index says they are: it keeps no copy of them. A record that has
// left with its segment, or is not the one that was taken in, is not there.
#pragma once

#include <optional>
#include <string>

#include "store/file.h"

namespace claw::store {

class Payloads {
 public:
  explicit Payloads(std::string journal_folder) : folder_(std::move(journal_folder)) {}
  // The payload of record `seq`, or, for 0, whichever is there.
  std::optional<std::string> read(std::uint64_t segment, std::size_t offset, std::uint64_t seq = 0);

 private:
  std::string folder_;
  std::uint64_t segment_ = 0;  // Of the file that is open.
  Descriptor file_;
};

}  // namespace claw::store
