// The kinds of credential the vault can lend, as a table: the config checks declarations against it, the
// dashboard asks for the slots it names. What is not here is not supported.
#pragma once

#include <span>
#include <string_view>

namespace claw::vault {

struct Kind {
  std::string_view name;                      // `postgres_credential`
  std::span<const std::string_view> slots;    // The first may also be given under the bare name.
  std::string_view help;
};

std::span<const Kind> kinds();
const Kind* kind_named(std::string_view name);  // Null when there is none.

}  // namespace claw::vault
