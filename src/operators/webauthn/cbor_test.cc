#include "operators/webauthn/cbor.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace claw::webauthn {

namespace {

// The example's bytes have to outlive what is read: values are views of them.
struct Read {
  explicit Read(std::string_view hex) : bytes(from_hex(hex).value()) {
    Cursor cursor(bytes);
    Result<Cbor> value_read = Cbor::decode(cursor);
    if (value_read) value = *value_read;
    left = cursor.left();
  }
  std::string bytes;
  std::optional<Cbor> value;
  std::size_t left = 0;
};

}  // namespace

TEST(cbor, the_examples_of_rfc_8949_that_are_taken) {
  const std::pair<const char*, std::int64_t> integers[] = {
      {"00", 0},        {"17", 23},          {"1818", 24},          {"1864", 100}, {"1903e8", 1000},
      {"1a000f4240", 1000000}, {"1b000000e8d4a51000", 1000000000000}, {"20", -1},   {"29", -10},
      {"3863", -100},   {"3903e7", -1000},   {"1b7fffffffffffffff", 0x7fffffffffffffff}};
  for (const auto& [hex, number] : integers) {
    const Read read(hex);
    ASSERT_TRUE(read.value && read.value->integer()) << hex;
    EXPECT_EQ(*read.value->integer(), number);
    EXPECT_EQ(read.left, 0u);
  }
  EXPECT_EQ(Read("4401020304").value->bytes()->view, "\1\2\3\4");
  EXPECT_EQ(*Read("62c3bc").value->text(), "\xc3\xbc");
  EXPECT_EQ(Read("83010203").value->array()->size(), 3u);
  EXPECT_EQ(*Read("a201020304").value->find(3)->integer(), 4);
  EXPECT_EQ(Read("a26161016162820203").value->find("b")->array()->size(), 2u);
  for (const char* simple : {"f4", "f5", "f6", "f7"}) EXPECT_TRUE(Read(simple).value.has_value());
  EXPECT_EQ(Read("0001").left, 1u);  // What follows stays.
}

TEST(cbor, what_two_readers_could_take_differently_is_refused) {
  const char* const bad[] = {
      "",         "1817",       "190017",     "1a0000ffff", "1b00000000ffffffff",  // Not the shortest form.
      "5f42010243030405ff", "7f657374726561646d696e67ff", "9f01ff", "bf616101ff", "5800",
      "1c",       "1d",         "1e",         "1f",         "ff",  // Reserved, or without an end.
      "c074",     "d74401020304",                                  // Tags.
      "f90000",   "fa47c35000", "fb3ff199999999999a", "f0", "f818", "f8ff", "e0", "f3",
      "a201020103", "a2616101616102",  // A key twice.
      "a14000",  "a1f400",     "a18000",    "61ff",       "62c328",
      "1bffffffffffffffff", "3b8000000000000000", "3bffffffffffffffff",
      "44010203", "8301", "a101", "9bffffffffffffffff", "bb0000000100000000", "5affffffff",
  };
  for (const std::string hex : bad) {
    EXPECT_FALSE(Read(hex).value.has_value()) << hex;
  }
}

TEST(cbor, depth_and_number_are_bounded) {
  std::string deep(cbor_depth_max, '\x81');
  EXPECT_TRUE(Read(to_hex(deep + '\0')).value.has_value());
  EXPECT_FALSE(Read(to_hex('\x81' + deep + '\0')).value.has_value());
  EXPECT_FALSE(Read(to_hex(std::string(100'000, '\x81'))).value.has_value());
  EXPECT_TRUE(Read("9903e7" + to_hex(std::string(999, '\0'))).value.has_value());
  EXPECT_FALSE(Read("9903e8" + to_hex(std::string(1000, '\0'))).value.has_value());
}

TEST(cbor, everything_cut_anywhere_is_refused) {
  const std::string whole = from_hex("a3636665740163666d74f56361626382430102036161").value();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(Read(to_hex(std::string_view(whole).substr(0, i))).value.has_value()) << i;
  }
}

TEST(cbor, a_key_that_is_not_there_is_not_found) {
  const Read read("a201020304");
  EXPECT_EQ(read.value->find(5), nullptr);
  EXPECT_EQ(read.value->find("a"), nullptr);
  EXPECT_EQ(Read("01").value->find(1), nullptr);
  EXPECT_EQ(Read("01").value->find("a"), nullptr);
}

}  // namespace claw::webauthn
