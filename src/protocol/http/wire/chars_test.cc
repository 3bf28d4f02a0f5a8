#include "protocol/http/wire/chars.h"

#include <gtest/gtest.h>

#include <string>

namespace claw::http {
namespace {

// Every byte, at every place of texts that are read in words and in a rest.
template <class Expected>
void expect_same_everywhere(bool (*asked)(std::string_view), Expected expected) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        for (const char around : {'a', '~', '!'}) {
          std::string text(size, around);
          text[at] = static_cast<char>(byte);
          ASSERT_EQ(asked(text), expected(byte)) << size << " " << at << " " << byte;
        }
      }
    }
  }
}

TEST(Chars, field_values) {
  expect_same_everywhere(is_field_value, [](int byte) {
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value("\t\t\t\t\t\t\t\t\t"));
  EXPECT_TRUE(is_field_value("\xFF\x80\xC3\xA9\xFF\xFF\xFF\xFF\xFF"));
  EXPECT_FALSE(is_field_value("\t\t\t\t\x01\t\t\t"));
}

TEST(Chars, targets) {
  expect_same_everywhere(is_target, [](int byte) { return byte > 0x20 && byte < 0x7F && byte != '#'; });
  EXPECT_FALSE(is_target(""));
}

TEST(Chars, tokens) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool expected = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
    EXPECT_EQ(is_token_char(c), expected) << byte;
    EXPECT_EQ(is_token(std::string("a") + c), expected) << byte;
  }
  EXPECT_FALSE(is_token(""));
}

TEST(Chars, blanks_are_trimmed_and_nothing_else) {
  EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
  EXPECT_EQ(trim_blanks("\va\v"), "\va\v");
}

}  // namespace
}  // namespace claw::http
