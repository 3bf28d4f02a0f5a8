#include "cel/support_test.h"

namespace claw::cel {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(parser, operators_bind_as_the_specification_says) {
  EXPECT_EQ(evaluated("1 + 2 * 3 - 4 / 2 == 5 && !false || false"), "true");
  EXPECT_EQ(evaluated("true ? false : true ? 1 == 1 : false"), "false");
  EXPECT_EQ(evaluated("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(evaluated("--3"), "3");
  EXPECT_EQ(evaluated("'a' in ['a'] == true"), "true");
}

TEST(parser, literals_are_decoded) {
  EXPECT_EQ(evaluated(R"('\x41\101\u0041\U00000041')"), "AAAA");
  EXPECT_EQ(evaluated(R"(r'\n' + """a
b""")"), "\\na\nb");
  EXPECT_EQ(evaluated("0x10 + 1"), "17");
  EXPECT_EQ(evaluated(".5 + 1e1"), "10.5");
}

TEST(parser, an_error_says_where_it_is) {
  EXPECT_EQ(complaint("1 + "), "4:1: the expression ends where an operand should be");
  EXPECT_EQ(complaint("flag && )"), "8:1: found `)` where an operand should be");
  EXPECT_EQ(complaint("'abc"), "0:4: this text has no end");
  EXPECT_EQ(complaint("has(flag)"), "4:4: has() asks for a field: has(a.b)");
  EXPECT_EQ(complaint("12ab"), "0:3: this number runs into a word");
  EXPECT_EQ(complaint("'\\q'"), "0:4: this text has an escape that means nothing");
}

TEST(parser, hostile_nesting_is_refused_and_not_crashed_on) {
  constexpr std::size_t many = 60'000;
  EXPECT_NE(complaint(repeated("(", many)), "");
  EXPECT_NE(complaint(repeated("[", many)), "");
  EXPECT_NE(complaint(repeated("{1:", many / 3)), "");
  EXPECT_NE(complaint(repeated("a.", many / 2) + "b"), "");
  EXPECT_NE(complaint("1" + repeated("+1", many / 2)), "");
  EXPECT_NE(complaint(repeated("true?", many / 5)), "");
  EXPECT_NE(complaint("a" + repeated("[0]", many / 3)), "");
  EXPECT_NE(complaint(repeated("f(", many / 2)), "");
  EXPECT_NE(complaint(repeated("flag?flag:", many / 10) + "flag"), "");
  EXPECT_EQ(evaluated(repeated("!", many) + "true"), "true");
  EXPECT_EQ(evaluated("true" + repeated("&&true", 10'000)), "true");
  EXPECT_NE(complaint(repeated(" ", source_bytes_max) + "1"), "");
}

TEST(parser, a_block_cannot_smuggle_depth_past_the_limit) {
  EXPECT_NE(complaint("cel.block([" + repeated("1,", 20'000) + "1], 1)"), "");
  EXPECT_NE(
      complaint("cel.block([" + repeated("1,", 120) + repeated("[", 200) + repeated("]", 200) + "], 1)"), "");
}

TEST(parser, optional_syntax_can_be_turned_off) {
  Syntax plain;
  plain.optionals = false;
  plain.escaped_identifiers = false;
  EXPECT_FALSE(parse("a.?b", nullptr, plain).ok());
  EXPECT_FALSE(parse("[?a]", nullptr, plain).ok());
  EXPECT_FALSE(parse("a.`b-c`", nullptr, plain).ok());
  EXPECT_TRUE(parse("a.?b[?c].`d-e`").ok());
}

TEST(parser, no_text_without_utf8) { EXPECT_FALSE(parse("'\xff'").ok()); }

}  // namespace
}  // namespace claw::cel
