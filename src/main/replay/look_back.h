// Goes through the actions on record, on as many threads as there are cores: each takes a segment of the
// journal at a time and tells what is in it to one of several takers, none of which is told by two at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "audit/reader.h"
#include "base/result.h"

namespace claw::verbs {

struct Back {
  std::string journal;
  std::optional<std::int64_t> since_us;  // Inclusive.
  std::optional<std::int64_t> until_us;  // Exclusive.
  std::string endpoint;                  // Empty: all.
  std::string agent;
};

// From the options of a verb. Errors: no journal there, or a time that is none.
Result<Back> back_of(const std::string& state_dir, const std::string& since, const std::string& until);

constexpr std::size_t takers_max = 16;  // Each holds a segment in memory, 16 MiB.
std::size_t takers();

// `judged` records that fit, in no order between takers. On threads with deep stacks.
using Take = std::function<void(std::size_t taker, const audit::Record& record)>;
Status look_back(const Back& back, std::size_t takers, const Take& take);

}  // namespace claw::verbs
