// Where the operators' directory is kept: one file of the state folder, sealed as a whole, so that who reads
// it learns nothing and who changes it is found out. Its key is in the sealed store where there is one,
// otherwise in a file beside it that only the gateway can read.
#pragma once

#include <memory>
#include <string>

#include "operators/keeper.h"
#include "vault/sealed.h"

namespace claw::store {

// Thousands of people, sealed.
constexpr std::size_t operators_file_bytes_max = 64 << 20;

// `sealed` may be null. A key file found although there is a sealed store is moved into it. People who were
// kept and cannot be read any more are an error, never a first start.
Result<std::shared_ptr<operators::Keeper>> operators_file(const std::string& folder, vault::Sealed* sealed);

}  // namespace claw::store
