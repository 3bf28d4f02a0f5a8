#include "cel/library/network.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/functions.h"

namespace claw::cel {
namespace {

std::optional<std::uint32_t> read_number(std::string_view text, int radix, std::size_t digits_max) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (text.empty() || text.size() > digits_max || failed != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint32_t> read_decimal(std::string_view text) {
  const bool padded = text.size() > 1 && text[0] == '0';  // 010 is 8 to some readers and 10 to others.
  return padded ? std::nullopt : read_number(text, 10, 3);
}

std::optional<Address> parse_v4(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Address address;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto part = read_decimal(parts[i]);
    if (!part || *part > 255) return std::nullopt;
    address.bytes.at(i) = static_cast<std::uint8_t>(*part);
  }
  return address;
}

// The groups of one side of `::`; false if one is malformed or there are more than eight.
bool read_groups(std::string_view text, std::vector<std::uint32_t>& groups) {
  if (text.empty()) return true;
  for (const std::string_view part : split(text, ':')) {
    const auto group = read_number(part, 16, 4);
    if (!group || groups.size() == 8) return false;
    groups.push_back(*group);
  }
  return true;
}

std::optional<Address> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  std::vector<std::uint32_t> head;
  std::vector<std::uint32_t> tail;
  const bool has_gap = gap != std::string_view::npos;
  if (!read_groups(text.substr(0, has_gap ? gap : text.size()), head)) return std::nullopt;
  if (has_gap && !read_groups(text.substr(gap + 2), tail)) return std::nullopt;
  const std::size_t groups = head.size() + tail.size();
  if (has_gap ? groups > 7 : groups != 8) return std::nullopt;
  head.resize(8 - tail.size());
  head.insert(head.end(), tail.begin(), tail.end());
  Address address;
  address.v6 = true;
  for (std::size_t i = 0; i < 8; ++i) {
    address.bytes.at(2 * i) = static_cast<std::uint8_t>(head[i] >> 8);
    address.bytes.at(2 * i + 1) = static_cast<std::uint8_t>(head[i]);
  }
  return address;
}

bool is_mapped(const Address& address) {
  static constexpr std::array<std::uint8_t, 12> prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return address.v6 && std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

// An IPv4 address in IPv6 clothes compares as what it is.
Address undressed(const Address& address) {
  if (!is_mapped(address)) return address;
  Address plain;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), plain.bytes.begin());
  return plain;
}

std::size_t bits_of(const Address& address) { return address.v6 ? 128 : 32; }

bool shares_prefix(const Address& a, const Address& b, std::size_t bits) {
  if (a.v6 != b.v6) return false;
  for (std::size_t i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if (((a.bytes.at(i / 8) ^ b.bytes.at(i / 8)) & mask) != 0) return false;
  }
  return true;
}

Address masked(Address block) {
  for (std::size_t i = block.prefix; i < bits_of(block); ++i) {
    block.bytes.at(i / 8) &= static_cast<std::uint8_t>(~(0x80U >> (i % 8)));
  }
  return block;
}

bool in_block(const Address& address, const char* block) {
  const auto parsed = parse_block(block);
  return parsed && shares_prefix(address, *parsed, parsed->prefix);
}
bool in_any(const Address& address, const char* v4, const char* v6) {
  return in_block(address, address.v6 ? v6 : v4);
}

bool is_unspecified(const Address& a) { return in_any(a, "0.0.0.0/32", "::/128"); }
bool is_loopback(const Address& a) { return in_any(a, "127.0.0.0/8", "::1/128"); }
bool is_link_local_multicast(const Address& a) {
  return a.v6 ? a.bytes[0] == 0xff && (a.bytes[1] & 0x0f) == 2 : in_block(a, "224.0.0.0/24");
}
bool is_link_local_unicast(const Address& a) { return in_any(a, "169.254.0.0/16", "fe80::/10"); }
bool is_global_unicast(const Address& a) {
  return !in_any(a, "224.0.0.0/4", "ff00::/8") && !in_any(a, "255.255.255.255/32", "::/128") &&
         !is_unspecified(a) && !is_loopback(a) && !is_link_local_unicast(a);
}

template <bool (*test)(const Address&)>
Value tested(const Call& call) { return Value::boolean(test(call[0].as_address())); }

Value kept(const Call& call, Kind kind, const Address& address) {
  return Value::address(kind, *call.arena.make<Address>(address));
}

Value bad_address(const Call& call, std::size_t i) {
  return call.error(fmt::format("{} is not an ip address", quoted(call.text(i))));
}
Value bad_block(const Call& call, std::size_t i) {
  return call.error(fmt::format("{} is not a cidr block", quoted(call.text(i))));
}

Value to_address(const Call& call) {
  const auto address = parse_address(call.text(0));
  return address ? kept(call, Kind::ip, *address) : bad_address(call, 0);
}
Value to_block(const Call& call) {
  const auto block = parse_block(call.text(0));
  return block ? kept(call, Kind::cidr, *block) : bad_block(call, 0);
}
Value same(const Call& call) { return call[0]; }
Value is_address(const Call& call) { return Value::boolean(parse_address(call.text(0)).has_value()); }
Value is_block(const Call& call) { return Value::boolean(parse_block(call.text(0)).has_value()); }
Value is_canonical(const Call& call) {
  const auto address = parse_address(call.text(0));
  return address ? Value::boolean(format_address(*address) == call.text(0)) : bad_address(call, 0);
}
Value family(const Call& call) { return Value::int64(call[0].as_address().v6 ? 6 : 4); }

Value contains_address(const Call& call) {
  const auto address =
      call[1].is(Kind::ip) ? std::optional(call[1].as_address()) : parse_address(call.text(1));
  if (!address) return bad_address(call, 1);
  return Value::boolean(shares_prefix(call[0].as_address(), *address, call[0].as_address().prefix));
}
Value contains_block(const Call& call) {
  const auto block = call[1].is(Kind::cidr) ? std::optional(call[1].as_address()) : parse_block(call.text(1));
  if (!block) return bad_block(call, 1);
  const Address& whole = call[0].as_address();
  return Value::boolean(whole.prefix <= block->prefix && shares_prefix(whole, *block, whole.prefix));
}
Value address_of(const Call& call) {
  Address address = call[0].as_address();
  address.prefix = 0;
  return kept(call, Kind::ip, address);
}
Value masked_block(const Call& call) { return kept(call, Kind::cidr, masked(call[0].as_address())); }
Value prefix_length(const Call& call) { return Value::int64(call[0].as_address().prefix); }

constexpr std::array declarations = {
    Declaration{"ip", "(string) net.IP", to_address},
    Declaration{"ip", "(net.IP) net.IP", same},
    Declaration{"cidr", "(string) net.CIDR", to_block},
    Declaration{"cidr", "(net.CIDR) net.CIDR", same},
    Declaration{"isIP", "(string) bool", is_address},
    Declaration{"isCIDR", "(string) bool", is_block},
    Declaration{"ip.isCanonical", "(string) bool", is_canonical},
    Declaration{"family", "net.IP.() int", family},
    Declaration{"isUnspecified", "net.IP.() bool", tested<is_unspecified>},
    Declaration{"isLoopback", "net.IP.() bool", tested<is_loopback>},
    Declaration{"isGlobalUnicast", "net.IP.() bool", tested<is_global_unicast>},
    Declaration{"isLinkLocalMulticast", "net.IP.() bool", tested<is_link_local_multicast>},
    Declaration{"isLinkLocalUnicast", "net.IP.() bool", tested<is_link_local_unicast>},
    Declaration{"containsIP", "net.CIDR.(net.IP) bool; net.CIDR.(string) bool", contains_address},
    Declaration{"containsCIDR", "net.CIDR.(net.CIDR) bool; net.CIDR.(string) bool", contains_block},
    Declaration{"ip", "net.CIDR.() net.IP", address_of},
    Declaration{"masked", "net.CIDR.() net.CIDR", masked_block},
    Declaration{"prefixLength", "net.CIDR.() int", prefix_length},
};

}  // namespace

std::span<const Declaration> network_declarations() { return declarations; }

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return parse_v4(text);
  const auto address = parse_v6(text);
  return address ? std::optional(undressed(*address)) : std::nullopt;
}

std::optional<Address> parse_block(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, slash);
  auto block = before.find(':') == std::string_view::npos ? parse_v4(before) : parse_v6(before);
  const auto prefix = read_decimal(text.substr(slash + 1));
  if (!block || !prefix || *prefix > bits_of(*block) || is_mapped(*block)) return std::nullopt;
  block->prefix = static_cast<std::uint8_t>(*prefix);
  return block;
}

// RFC 5952: the longest run of two or more zero groups is written `::`, the first of equals.
std::string format_address(const Address& address) {
  const auto& b = address.bytes;
  if (!address.v6) return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) {
    groups.at(i) = static_cast<unsigned>(b.at(2 * i) << 8 | b.at(2 * i + 1));
  }
  std::size_t start = 8;
  std::size_t length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t run = 0;
    while (i + run < 8 && groups.at(i + run) == 0) ++run;
    if (run > length) start = i, length = run;
  }
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == start) {
      text += "::";
      i += length;
      continue;
    }
    if (!text.empty() && !text.ends_with("::")) text += ':';
    text += fmt::format("{:x}", groups.at(i++));
  }
  return text;
}

std::string format_block(const Address& block) {
  return fmt::format("{}/{}", format_address(block), block.prefix);
}

}  // namespace claw::cel
