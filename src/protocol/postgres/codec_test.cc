#include "protocol/postgres/codec.h"

#include <gtest/gtest.h>

namespace claw::postgres {
namespace {

using namespace std::string_view_literals;

TEST(codec, leaves_nothing_over) {
  EXPECT_TRUE(decode_query("select 1\0"sv).ok());
  EXPECT_FALSE(decode_query("select 1"sv).ok());
  EXPECT_FALSE(decode_query("select 1\0drop table t\0"sv).ok());
  EXPECT_TRUE(decode_parse("s\0select 1\0\0\0"sv).ok());
  EXPECT_FALSE(decode_parse("s\0select 1\0\0\1"sv).ok());
  EXPECT_FALSE(decode_parse("s\0select 1\0\0\0\0"sv).ok());
  EXPECT_FALSE(decode_target("X\0"sv).ok());
  EXPECT_FALSE(decode_execute("p\0\0\0\0"sv).ok());
}

TEST(codec, reads_parameters_as_text_and_as_hex) {
  const auto bind = decode_bind("p\0s\0\0\2\0\0\0\1\0\3\0\0\0\2ab\0\0\0\1\xff\xff\xff\xff\xff\0\0"sv);
  EXPECT_FALSE(bind.ok());  // Two formats for three values.
  const auto good = decode_bind("p\0s\0\0\2\0\0\0\1\0\2\0\0\0\2ab\0\0\0\1\xff\0\0"sv);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->parameters.at(0), "ab");
  EXPECT_EQ(good->parameters.at(1), "\\xff");
  const auto null = decode_bind("\0\0\0\0\0\1\xff\xff\xff\xff\0\0"sv);
  ASSERT_TRUE(null.ok());
  EXPECT_FALSE(null->parameters.at(0).has_value());
  EXPECT_FALSE(decode_bind("\0\0\0\0\0\1\xff\xff\xff\xfe\0\0"sv).ok());  // Minus two bytes.
  EXPECT_FALSE(decode_bind("\0\0\0\0\xff\xff\0\0"sv).ok());             // 65535 values in no bytes.
}

TEST(codec, refuses_lengths_that_cannot_be) {
  EXPECT_FALSE(decode_header("Q\0\0\0\3"sv).ok());
  EXPECT_FALSE(decode_header("Q\xff\xff\xff\xff"sv).ok());
  EXPECT_FALSE(decode_header("Q\0\0\0"sv)->has_value());
  EXPECT_FALSE(decode_opening("\0\0\0\7\0\0\0"sv).ok());
  EXPECT_FALSE(decode_opening("\0\1\0\0"sv).ok());
}

TEST(codec, keeps_a_problem_in_one_piece_whatever_its_text) {
  const std::string frame = encode_problem(Back::error_response, {"ERROR", "42501", "a\0b"sv, "h"});
  const auto problem = decode_problem(std::string_view(frame).substr(header_bytes));
  ASSERT_TRUE(problem.ok());
  EXPECT_EQ(problem->message, "ab");
  EXPECT_EQ(problem->hint, "h");
}

TEST(codec, counts_rows_from_tags) {
  EXPECT_EQ(rows_of("INSERT 0 5"), 5);
  EXPECT_EQ(rows_of("SELECT 12"), 12);
  EXPECT_EQ(rows_of("BEGIN"), -1);
  EXPECT_EQ(rows_of("CREATE TABLE"), -1);
}

}  // namespace
}  // namespace claw::postgres
