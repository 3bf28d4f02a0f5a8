#include "store/index/postings.h"

#include <gtest/gtest.h>

#include <random>

namespace claw::store {

TEST(postings, what_is_written_is_read_whatever_it_is) {
  std::mt19937 random(7);
  for (const double share : {0.0, 0.0005, 0.01, 0.1, 0.5, 1.0}) {
    std::vector<std::uint16_t> places;
    std::vector<Numbered> numbers;
    std::vector<std::int64_t> series;
    for (std::size_t i = 0; i < block_records; ++i) {
      if (std::uniform_real_distribution<>(0, 1)(random) >= share) continue;
      const auto place = static_cast<std::uint16_t>(i);
      const std::int64_t value = i % 7 == 0   ? INT64_MIN
                                 : i % 5 == 0 ? INT64_MAX
                                              : static_cast<std::int64_t>(random());
      places.push_back(place);
      numbers.push_back({place, value});
      series.push_back(static_cast<std::int64_t>(random()) - 2'000'000'000);
    }
    RecordSet set;
    const std::string list = encode_places(places);
    EXPECT_LE(list.size(), 1 + block_records / 8);
    ASSERT_TRUE(decode_places(list, set).ok());
    std::vector<std::uint16_t> read;
    for (std::size_t end = block_records; const auto at = set.last_before(end); end = *at) {
      read.insert(read.begin(), static_cast<std::uint16_t>(*at));
    }
    EXPECT_EQ(read, places) << share;
    const auto all = decode_numbers(encode_numbers(numbers), INT64_MIN, INT64_MAX);
    ASSERT_EQ(all->size(), numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ((*all)[i].value, numbers[i].value);
    EXPECT_EQ(*decode_series(encode_series(series)), series);
  }
}

TEST(postings, numbers_between_bounds_whatever_their_width) {
  std::mt19937_64 random(3);
  constexpr std::uint64_t widths[] = {1, 0xff, 0x100, 0xffff, 0x10000, 0x1'0000'0000, ~0ULL};
  for (const std::uint64_t widest : widths) {
    std::vector<Numbered> numbers;
    const auto base = static_cast<std::int64_t>(widest == ~0ULL ? std::uint64_t{1} << 63 : random() % 1000);
    for (std::uint16_t place = 0; place < 500; ++place) {
      const std::uint64_t more = widest == ~0ULL ? random() : random() % (widest + 1);
      const auto value = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + more);
      numbers.push_back({static_cast<std::uint16_t>(place / 2), value});  // Of one record there may be two.
    }
    const std::string list = encode_numbers(numbers);
    for (int i = 0; i < 50; ++i) {
      const auto [least, most] = std::minmax(numbers[random() % 500].value, numbers[random() % 500].value);
      const auto found = decode_numbers(list, least, most);
      std::size_t at = 0;
      for (const Numbered& each : numbers) {
        if (each.value < least || each.value > most) continue;
        ASSERT_LT(at, found->size()) << widest;
        EXPECT_EQ((*found)[at].value, each.value);
        EXPECT_EQ((*found)[at++].place, each.place);
      }
      EXPECT_EQ(at, found->size());
    }
    EXPECT_FALSE(decode_numbers(list.substr(0, list.size() - 1), INT64_MIN, INT64_MAX).ok());
  }
}

TEST(postings, bytes_that_make_no_sense_are_refused) {
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    RecordSet set;
    (void)decode_places(bytes, set);
    (void)decode_numbers(bytes, 0, INT64_MAX);
    (void)decode_series(bytes);
  }
  RecordSet set;
  EXPECT_FALSE(decode_places("", set).ok());
  EXPECT_FALSE(decode_places("b123", set).ok());
  EXPECT_FALSE(decode_places("g\xff", set).ok());
}

TEST(postings, sets) {
  RecordSet set = RecordSet::first(70);
  EXPECT_TRUE(set.has(69));
  EXPECT_FALSE(set.has(70));
  EXPECT_EQ(set.last_before(block_records), 69U);
  EXPECT_EQ(set.last_before(64), 63U);
  RecordSet other;
  other.add(64);
  set.remove(other);
  EXPECT_EQ(set.last_before(65), 63U);
  set.keep(other);
  EXPECT_TRUE(set.empty());
}

}  // namespace claw::store
