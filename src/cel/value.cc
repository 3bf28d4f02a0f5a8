#include "cel/value.h"

#include <cmath>
#include <functional>

#include "cel/functions.h"
#include "cel/library/network.h"

namespace claw::cel {
namespace {

constexpr double two_63 = 9223372036854775808.0;
constexpr double two_64 = 18446744073709551616.0;

bool is_number(const Value& value) {
  return value.is(Kind::int64) || value.is(Kind::uint64) || value.is(Kind::float64);
}

std::partial_ordering reversed(std::partial_ordering order) {
  return order == std::partial_ordering::less      ? std::partial_ordering::greater
         : order == std::partial_ordering::greater ? std::partial_ordering::less
                                                   : order;
}

// Ordering rounds a whole number to a double, as the specification's tests want it; equality never does.
std::partial_ordering compare_whole(const Value& whole, double b) {
  return (whole.is(Kind::int64) ? static_cast<double>(whole.as_int64())
                                : static_cast<double>(whole.as_uint64())) <=> b;
}
bool equals_exactly(const Value& whole, double b) {
  if (compare_whole(whole, b) != std::partial_ordering::equivalent) return false;
  if (whole.is(Kind::int64)) return b < two_63 && static_cast<std::int64_t>(b) == whole.as_int64();
  return b < two_64 && static_cast<std::uint64_t>(b) == whole.as_uint64();
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::float64) && b.is(Kind::float64)) return a.as_float64() <=> b.as_float64();
  if (b.is(Kind::float64)) return compare_whole(a, b.as_float64());
  if (a.is(Kind::float64)) return reversed(compare_whole(b, a.as_float64()));
  if (a.is(Kind::int64)) {
    if (b.is(Kind::int64)) return a.as_int64() <=> b.as_int64();
    return a.as_int64() < 0 ? std::strong_ordering::less
                            : static_cast<std::uint64_t>(a.as_int64()) <=> b.as_uint64();
  }
  if (b.is(Kind::int64)) return reversed(compare_numbers(b, a));
  return a.as_uint64() <=> b.as_uint64();
}

bool equal_numbers(const Value& a, const Value& b) {
  if (a.kind() != b.kind() && a.is(Kind::float64)) return equals_exactly(b, a.as_float64());
  if (a.kind() != b.kind() && b.is(Kind::float64)) return equals_exactly(a, b.as_float64());
  return compare_numbers(a, b) == std::partial_ordering::equivalent;
}

bool equal_lists(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!equal(a.at(i), b.at(i))) return false;
  return true;
}

bool equal_maps(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Value key = a.key_at(i);
    const auto left = a.find(key);
    const auto right = b.find(key);
    if (!left || !right || !equal(*left, *right)) return false;
  }
  return true;
}

bool equal_optionals(const Value* a, const Value* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return equal(*a, *b);
}

// Keys that are equal hash alike whatever their kind: 1, 1u and 1.0.
std::optional<std::size_t> hash_key(const Value& key) {
  if (key.is(Kind::string)) return std::hash<std::string_view>()(key.as_text());
  if (key.is(Kind::boolean)) return key.as_boolean() ? 1 : 2;
  if (key.is(Kind::int64)) return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(key.as_int64()));
  if (key.is(Kind::uint64)) return std::hash<std::uint64_t>()(key.as_uint64());
  if (!key.is(Kind::float64)) return std::nullopt;
  const double number = key.as_float64();
  if (!(number >= -two_63 && number < two_64) || number != std::trunc(number)) return std::nullopt;
  if (number < 0) {
    return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
  }
  return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(number));
}

// Keys and values in turn, with an open-addressing index once there are enough to make it worth while.
class EntryMap final : public Map {
 public:
  static constexpr std::size_t scanned_max = 8;

  EntryMap(std::span<const Value> entries, std::span<std::uint32_t> index)
      : entries_(entries), index_(index) {}

  std::size_t size() const override { return entries_.size() / 2; }
  Value key_at(std::size_t i) const override { return entries_[2 * i]; }
  std::optional<Value> find(const Value& key) const override {
    if (!index_.empty()) return find_indexed(key);
    for (std::size_t i = 0; i < entries_.size(); i += 2)
      if (equal(entries_[i], key)) return entries_[i + 1];
    return std::nullopt;
  }

  bool add(std::size_t entry) {  // False if the key is there already, or can be none.
    const Value& key = entries_[2 * entry];
    const auto hash = hash_key(key);
    if (!hash || key.is(Kind::float64)) return false;
    if (index_.empty()) {
      for (std::size_t i = 0; i < entry; ++i)
        if (equal(entries_[2 * i], key)) return false;
      return true;
    }
    std::size_t at = *hash & (index_.size() - 1);
    for (; index_[at] != 0; at = (at + 1) & (index_.size() - 1))
      if (equal(entries_[2 * (index_[at] - 1)], key)) return false;
    index_[at] = static_cast<std::uint32_t>(entry + 1);
    return true;
  }

 private:
  std::optional<Value> find_indexed(const Value& key) const {
    const auto hash = hash_key(key);
    if (!hash) return std::nullopt;
    for (std::size_t at = *hash & (index_.size() - 1); index_[at] != 0; at = (at + 1) & (index_.size() - 1))
      if (equal(entries_[2 * (index_[at] - 1)], key)) return entries_[2 * index_[at] - 1];
    return std::nullopt;
  }

  std::span<const Value> entries_;
  std::span<std::uint32_t> index_;  // Number of an entry plus one; 0 is free. A power of two.
};

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return equal_numbers(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return a.as_boolean() == b.as_boolean();
    case Kind::string:
    case Kind::bytes:
    case Kind::type: return a.as_text() == b.as_text();
    case Kind::list: return equal_lists(a, b);
    case Kind::map: return equal_maps(a.as_map(), b.as_map());
    case Kind::timestamp:
    case Kind::duration: return a.seconds() == b.seconds() && a.nanos() == b.nanos();
    case Kind::optional: return equal_optionals(a.as_optional(), b.as_optional());
    case Kind::ip:
    case Kind::cidr: return a.as_address() == b.as_address();
    case Kind::absent:
    case Kind::unknown:
    case Kind::error:
    case Kind::int64:
    case Kind::uint64:
    case Kind::float64: break;
  }
  return false;
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  if (a.is(Kind::boolean)) return a.as_boolean() <=> b.as_boolean();
  if (a.is(Kind::string) || a.is(Kind::bytes)) return a.as_text() <=> b.as_text();
  if (!a.is(Kind::timestamp) && !a.is(Kind::duration)) return std::nullopt;
  if (a.seconds() != b.seconds()) return a.seconds() <=> b.seconds();
  return a.nanos() <=> b.nanos();
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::absent: return "absent";
    case Kind::unknown: return "unknown";
    case Kind::error: return "error";
    case Kind::null: return name_of(TypeKind::null);
    case Kind::boolean: return name_of(TypeKind::boolean);
    case Kind::int64: return name_of(TypeKind::int64);
    case Kind::uint64: return name_of(TypeKind::uint64);
    case Kind::float64: return name_of(TypeKind::float64);
    case Kind::string: return name_of(TypeKind::string);
    case Kind::bytes: return name_of(TypeKind::bytes);
    case Kind::list: return name_of(TypeKind::list);
    case Kind::map: return name_of(TypeKind::map);
    case Kind::timestamp: return name_of(TypeKind::timestamp);
    case Kind::duration: return name_of(TypeKind::duration);
    case Kind::type: return name_of(TypeKind::type);
    case Kind::optional: return name_of(TypeKind::optional);
    case Kind::ip: return name_of(TypeKind::ip);
    case Kind::cidr: return name_of(TypeKind::cidr);
  }
  return "error";
}

std::optional<Value> make_map(std::span<const Value> keys_and_values, Arena& arena) {
  const std::span<Value> entries = arena.array<Value>(keys_and_values.size());
  std::ranges::copy(keys_and_values, entries.begin());
  const std::size_t count = entries.size() / 2;
  std::size_t slots = 0;
  if (count > EntryMap::scanned_max)
    for (slots = 16; slots < count * 2;) slots *= 2;
  auto* map = arena.make<EntryMap>(entries, arena.array<std::uint32_t>(slots));
  for (std::size_t i = 0; i < count; ++i)
    if (!map->add(i)) return std::nullopt;
  return Value::map(*map);
}

}  // namespace claw::cel
