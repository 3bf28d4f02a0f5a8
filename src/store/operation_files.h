// Where operations are kept: a file for each in a private folder, replaced as a whole. There are few, and
// each changes a handful of times in minutes.
#pragma once

#include <memory>
#include <string>

#include "approval/operations.h"

namespace claw::store {

// Longer than any question the queue takes: its texts, escaped.
constexpr std::size_t operation_bytes_max = 16 << 20;

// Makes the folder, 0700, where it is missing.
Result<std::shared_ptr<approval::OperationKeep>> operation_files(std::string folder);

}  // namespace claw::store
