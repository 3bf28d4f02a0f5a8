// Internet addresses and blocks of them, as values of the language. Text is read strictly: no zones, no
// leading zeros, no IPv4 inside IPv6 notation, because two readers who differ there differ on who is let in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace claw::cel {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  // The first four, if not `v6`.
  bool v6 = false;
  std::uint8_t prefix = 0;               // Bits; of a block only.
  bool operator==(const Address&) const = default;
};

std::optional<Address> parse_address(std::string_view text);
std::optional<Address> parse_block(std::string_view text);  // `10.0.0.0/8`; host bits are kept.
std::string format_address(const Address& address);
std::string format_block(const Address& block);

}  // namespace claw::cel
