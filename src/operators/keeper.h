// Where the directory's state is kept between starts: one text that is read whole and replaced whole. It
// holds verifiers of passwords and the secrets of TOTP, so whoever implements this seals it; store/ does.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace claw::operators {

class Keeper {
 public:
  virtual ~Keeper() = default;
  // Nothing: never kept. What is there and cannot be opened is an error, never nothing: a gateway that took
  // it for its first start would let whoever comes first be admin.
  virtual Result<std::optional<Secret>> read() = 0;
  virtual Status replace(const Secret& text) = 0;  // As a whole, or not at all.
};

}  // namespace claw::operators
