// A sink that keeps records in memory, for the tests of everybody who writes records. It can be told to
// fail, because what happens without a record is the part worth testing.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "audit/sink.h"

namespace claw::audit {

class MemorySink final : public Sink {
 public:
  Result<std::uint64_t> append(const Entry& entry) override {
    const std::lock_guard lock(mutex_);
    if (failing_) return Error{Code::unavailable, "the journal cannot be written", {}};
    std::string record;
    append_head(record, records_.size() + 1, 0);
    append_body(record, entry);
    records_.push_back(std::move(record));
    return std::uint64_t{records_.size()};
  }
  Status wait_durable(std::uint64_t) override { return Done{}; }

  void fail(bool failing) {
    const std::lock_guard lock(mutex_);
    failing_ = failing;
  }
  std::vector<std::string> records() const {  // As JSON.
    const std::lock_guard lock(mutex_);
    return records_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> records_;
  bool failing_ = false;
};

}  // namespace claw::audit
