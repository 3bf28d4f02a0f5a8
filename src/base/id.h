// Names for things that happen: UUID version 7 (RFC 9562 §5.7), so that they sort by time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace claw {

struct Id {
  std::array<char, 36> text{};  // `0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e`
  std::string_view view() const { return {text.data(), text.size()}; }
  bool operator==(const Id&) const = default;
};

// `wall_us` gives the first 48 bits (milliseconds); the rest is random, from the system's generator.
Id make_id(std::int64_t wall_us);

// A random name nobody can guess, `bytes` of entropy, in hexadecimal.
std::string random_hex(std::size_t bytes);
void fill_random(std::string& out);  // Overwrites every byte; stops the process if the system has none.

}  // namespace claw
