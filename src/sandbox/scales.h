// What a sandbox weighs: the private memory of all its processes, and what stands in its scratch folder.
// Read through the sandbox's own /proc, which shows no others. It stops nobody; its owner asks now and then.
#pragma once

#include <cstdint>

#include "io/fd.h"

namespace claw::sandbox {

class Scales {
 public:
  Scales() = default;
  Scales(io::Fd processes, io::Fd scratch)
      : processes_(std::move(processes)), scratch_(std::move(scratch)) {}

  std::uint64_t bytes() const;

 private:
  io::Fd processes_;
  io::Fd scratch_;
};

}  // namespace claw::sandbox
