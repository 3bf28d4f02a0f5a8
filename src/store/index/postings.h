// Which records of a block have a term: as a set in memory, and as the short bytes the index keeps. Numbers
// are kept with their values, so that they are compared without reading a record. Pure.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::store {

// Small enough that what is not yet in a block is gone through in milliseconds; large enough that ten million
// records are a few thousand blocks, each a lookup or two for a search that finds nothing.
constexpr std::size_t block_records = 4096;

class RecordSet {
 public:
  static RecordSet first(std::size_t count);  // Places 0 to count - 1.
  void add(std::size_t place) { words_[place / 64] |= std::uint64_t{1} << (place % 64); }
  void add_word(std::size_t index, std::uint64_t bits) { words_[index] |= bits; }  // 64 places at once.
  bool has(std::size_t place) const { return (words_[place / 64] >> (place % 64) & 1) != 0; }
  bool empty() const;
  void keep(const RecordSet& other);    // And.
  void join(const RecordSet& other);    // Or.
  void remove(const RecordSet& other);  // And not.
  // The last place before `end` that is in it.
  std::optional<std::size_t> last_before(std::size_t end) const;

 private:
  std::array<std::uint64_t, block_records / 64> words_{};
};

// Places in order, as gaps or as bits, whichever is shorter.
std::string encode_places(std::span<const std::uint16_t> places);
Status decode_places(std::string_view bytes, RecordSet& out);

struct Numbered {
  std::uint16_t place;
  std::int64_t value;
};
std::string encode_numbers(std::span<const Numbered> numbers);
// Those from `least` to `most`, in the order they were added; the list begins with its own bounds, so that
// most lists need not be gone through.
Result<std::vector<Numbered>> decode_numbers(std::string_view bytes, std::int64_t least, std::int64_t most);

// Numbers in order, each as the difference from the one before: times and offsets.
std::string encode_series(std::span<const std::int64_t> numbers);
Result<std::vector<std::int64_t>> decode_series(std::string_view bytes);

}  // namespace claw::store
