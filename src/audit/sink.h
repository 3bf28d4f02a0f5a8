// Where records go. guard/ and gateway/ write through this; store::Journal is the real one, MemorySink
// (memory.h) the one for tests. A failed append means that nothing was recorded, so nothing may be done.
#pragma once

#include <cstdint>

#include "audit/record.h"
#include "base/result.h"

namespace claw::audit {

class Sink {
 public:
  virtual ~Sink() = default;

  // May be called from any thread. Returns the record's sequence number; from then on the record survives
  // the death of this process. Errors: Code::unavailable (no space, disk failed), Code::limit (too long).
  virtual Result<std::uint64_t> append(const Entry& entry) = 0;

  // Blocks until that record survives the death of the machine, where the journal is so configured
  // (`durability = "disk"`); otherwise returns at once.
  virtual Status wait_durable(std::uint64_t seq) = 0;
};

}  // namespace claw::audit
