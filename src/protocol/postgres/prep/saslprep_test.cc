#include "protocol/postgres/prep/saslprep.h"

#include <gtest/gtest.h>

namespace claw::postgres {
namespace {

std::string prepared(std::string_view password) { return std::string(saslprep(password).reveal()); }

TEST(saslprep, the_examples_of_the_rfc) {
  EXPECT_EQ(prepared("I\xC2\xADX"), "IX") << "a soft hyphen is nothing";
  EXPECT_EQ(prepared("user"), "user");
  EXPECT_EQ(prepared("USER"), "USER");
  EXPECT_EQ(prepared("\xC2\xAA"), "a");
  EXPECT_EQ(prepared("\xE2\x85\xA8"), "IX") << "one character that stands for two";
}

TEST(saslprep, one_password_typed_in_two_ways) {
  EXPECT_EQ(prepared("pa\xC3\xA4ss"), prepared("paa\xCC\x88ss"));
  EXPECT_EQ(prepared("a\xC2\xA0" "b"), "a b") << "a space that does not break";
  EXPECT_EQ(prepared(std::string("\xEF\xB7\xBA")).size(), 33U) << "the longest there is";
}

// As pg_saslprep: the bytes themselves, on both sides.
TEST(saslprep, what_cannot_be_prepared_stays_as_it_is) {
  for (const std::string_view password :
       {"\x07", "\xFF\xFE", "\xC3", "\xD8\xA7" "1", "\xF0\x9F\x98\x80", "\xC2\x80x", "\xC2\xAD", ""}) {
    EXPECT_EQ(prepared(password), password);
  }
  const std::string long_one = std::string(100'000, 'x') + "\xC3\xA4";
  EXPECT_EQ(prepared(long_one), long_one);
  const std::string with_zero = std::string("a\0", 2) + "\xC2\xAD";
  EXPECT_EQ(prepared(with_zero), with_zero);
}

}  // namespace
}  // namespace claw::postgres
