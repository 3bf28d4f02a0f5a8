#include "store/index/postings.h"

#include <algorithm>

namespace claw::store {

namespace {

constexpr char as_gaps = 'g';
constexpr char as_bits = 'b';
constexpr std::size_t bits_bytes = block_records / 8;

Error damaged() { return invalid("a list of the index makes no sense"); }

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0));
}

class Varints {
 public:
  explicit Varints(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return at_ == bytes_.size(); }
  bool ok() const { return ok_; }
  std::string_view rest() const { return bytes_.substr(at_); }
  std::uint64_t next() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (done()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// How many bytes each number has, as its distance from the least: 1, 2, 4 or 8.
std::size_t width_of(std::uint64_t widest) {
  if (widest <= 0xff) return 1;
  if (widest <= 0xffff) return 2;
  return widest <= 0xffff'ffff ? 4 : 8;
}

void append_little(std::string& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
}

template <std::size_t width>
std::uint64_t little_at(std::string_view bytes, std::size_t index) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[index * width + i])} << (8 * i);
  }
  return value;
}

// Millions are compared for one search: all of one width, without a branch for each byte.
template <std::size_t width>
bool pick(std::string_view bytes, std::int64_t base, std::uint64_t least, std::uint64_t most,
          std::vector<Numbered>& out) {
  const std::size_t count = bytes.size() / (width + 2);
  const std::string_view values = bytes.substr(0, count * width);
  const std::string_view places = bytes.substr(count * width);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = little_at<width>(values, i);
    if (value - least > most - least) continue;
    const std::uint64_t place = little_at<2>(places, i);
    if (place >= block_records) return false;
    out.push_back({static_cast<std::uint16_t>(place),
                   static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + value)});
  }
  return bytes.size() == count * (width + 2);
}

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

}  // namespace

RecordSet RecordSet::first(std::size_t count) {
  RecordSet set;
  for (std::size_t i = 0; i < set.words_.size() && count > 0; ++i) {
    const std::size_t here = std::min<std::size_t>(count, 64);
    set.words_[i] = here == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << here) - 1;
    count -= here;
  }
  return set;
}

bool RecordSet::empty() const {
  std::uint64_t any = 0;
  for (const std::uint64_t word : words_) any |= word;
  return any == 0;
}

void RecordSet::keep(const RecordSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}
void RecordSet::join(const RecordSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}
void RecordSet::remove(const RecordSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
}

std::optional<std::size_t> RecordSet::last_before(std::size_t end) const {
  for (std::size_t i = (end + 63) / 64; i-- > 0;) {
    std::uint64_t word = words_[i];
    if (end < (i + 1) * 64) word &= (std::uint64_t{1} << (end - i * 64)) - 1;
    if (word != 0) return i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(word));
  }
  return std::nullopt;
}

std::string encode_places(std::span<const std::uint16_t> places) {
  std::string out(1, as_gaps);
  if (places.size() < bits_bytes) {
    std::uint16_t before = 0;
    for (const std::uint16_t place : places) {
      append_varint(out, static_cast<std::uint64_t>(place - before));
      before = place;
    }
    if (out.size() <= bits_bytes) return out;
  }
  out.assign(1 + bits_bytes, '\0');
  out.front() = as_bits;
  for (const std::uint16_t place : places) {
    char& byte = out[1 + place / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << (place % 8)));
  }
  return out;
}

Status decode_places(std::string_view bytes, RecordSet& out) {
  if (bytes.empty()) return damaged();
  const std::string_view rest = bytes.substr(1);
  if (bytes.front() == as_bits) {
    if (rest.size() != bits_bytes) return damaged();
    for (std::size_t i = 0; i < bits_bytes / 8; ++i) out.add_word(i, little_at<8>(rest, i));
    return Done{};
  }
  if (bytes.front() != as_gaps) return damaged();
  Varints varints(rest);
  for (std::uint64_t place = 0; !varints.done();) {
    place += varints.next();
    if (!varints.ok() || place >= block_records) return damaged();
    out.add(place);
  }
  return Done{};
}

// The least and the most, then the numbers, then their places.
std::string encode_numbers(std::span<const Numbered> numbers) {
  std::string out;
  if (numbers.empty()) return out;
  const auto [least, most] = std::ranges::minmax(numbers, {}, &Numbered::value);
  append_varint(out, zigzag(least.value));
  append_varint(out, zigzag(most.value));
  const std::size_t width = width_of(distance(least.value, most.value));
  out.reserve(out.size() + numbers.size() * (width + 2));
  for (const Numbered& each : numbers) append_little(out, distance(least.value, each.value), width);
  for (const Numbered& each : numbers) append_little(out, each.place, 2);
  return out;
}

Result<std::vector<Numbered>> decode_numbers(std::string_view bytes, std::int64_t least, std::int64_t most) {
  std::vector<Numbered> numbers;
  if (bytes.empty()) return numbers;
  Varints varints(bytes);
  const std::int64_t from = unzigzag(varints.next());
  const std::int64_t to = unzigzag(varints.next());
  if (!varints.ok() || from > to) return damaged();
  least = std::max(least, from);
  most = std::min(most, to);
  if (least > most) return numbers;
  const std::uint64_t at_least = distance(from, least);
  const std::uint64_t at_most = distance(from, most);
  const std::string_view rest = varints.rest();
  bool ok = false;
  switch (width_of(distance(from, to))) {
    case 1: ok = pick<1>(rest, from, at_least, at_most, numbers); break;
    case 2: ok = pick<2>(rest, from, at_least, at_most, numbers); break;
    case 4: ok = pick<4>(rest, from, at_least, at_most, numbers); break;
    default: ok = pick<8>(rest, from, at_least, at_most, numbers); break;
  }
  if (!ok) return damaged();
  return numbers;
}

std::string encode_series(std::span<const std::int64_t> numbers) {
  std::string out;
  std::int64_t before = 0;
  for (const std::int64_t number : numbers) {
    append_varint(out, zigzag(number - before));
    before = number;
  }
  return out;
}

Result<std::vector<std::int64_t>> decode_series(std::string_view bytes) {
  std::vector<std::int64_t> numbers;
  Varints varints(bytes);
  for (std::uint64_t sum = 0; !varints.done();) {
    sum += static_cast<std::uint64_t>(unzigzag(varints.next()));
    if (!varints.ok() || numbers.size() == block_records) return damaged();
    numbers.push_back(static_cast<std::int64_t>(sum));
  }
  return numbers;
}

}  // namespace claw::store
