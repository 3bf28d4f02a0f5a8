#include "approval/channel/text.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace claw::channel {
namespace {

TEST(text, what_hides_or_turns_others_is_spelled_out) {
  EXPECT_EQ(shown("a\u202Eb\u200Bc\u2066d\uFEFF", 200), "a\\u{202e}b\\u{200b}c\\u{2066}d\\u{feff}");
  EXPECT_EQ(shown("\x1b[2J\x07", 200), "\\u{1b}[2J\\u{7}");
  EXPECT_EQ(shown(std::string_view("a\0b", 3), 200), "a\\u{0}b");
  EXPECT_EQ(shown("\U000E0041\U000E0042", 200), "\\u{e0041}\\u{e0042}");
  EXPECT_EQ(shown("zwölf \U0001F600\n\tx\r\n", 200), "zwölf \U0001F600\n\tx\\r\n");
  EXPECT_EQ(shown_line("a\nb\tc", 200), "a\\nb\\tc");
}

TEST(text, bad_utf8_is_replaced_and_the_rest_stays) {
  EXPECT_EQ(shown("a\xFF" "b\xC3", 200), "a\uFFFD" "b\uFFFD");
  EXPECT_EQ(shown("\xED\xA0\x80", 200), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(shown("\xF5\x80\x80\x80x", 200), "\uFFFD\uFFFD\uFFFD\uFFFDx");
}

TEST(text, a_cut_is_on_a_character_and_says_what_is_missing) {
  EXPECT_EQ(shown("ääää", 5), "ää… (cut: 4 more bytes)");
  EXPECT_EQ(shown("abc", 3), "abc");
  for (std::size_t max = 0; max < 40; ++max) {
    EXPECT_TRUE(is_utf8(shown("a\u202Eä\U0001F600\xFF\nb\x1bgood text and more", max))) << max;
  }
}

TEST(text, marks_are_nobodys_markup) {
  EXPECT_EQ(slack_text("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
  EXPECT_EQ(slack_text("*b*"), "\u2060*b\u2060*");
  EXPECT_EQ(discord_text("@everyone **b** <@1>"), "\\@everyone \\*\\*b\\*\\* \\<\\@1\\>");
  EXPECT_EQ(html_text("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
  const std::string block = discord_block("a ``` b ```` c");
  EXPECT_EQ(block.find("```", 3), block.size() - 3) << block;
}

TEST(text, a_header_has_no_line_of_its_own_choosing) {
  EXPECT_EQ(header_text("plain words"), "plain words");
  EXPECT_EQ(header_text("a\r\nBcc: b@evil.test"), "a\\r\\nBcc: b@evil.test");
  EXPECT_EQ(header_text("zwölf"), "=?utf-8?B?enfDtmxm?=");
  const std::string longer = header_text(std::string(300, 'x') + "ä" + std::string(300, 'y'));
  for (const std::string_view line : split(longer, '\n')) EXPECT_LE(line.size(), 77U);
  EXPECT_NE(header_text("=?utf-8?B?aGk=?="), "=?utf-8?B?aGk=?=") << "not decoded by whoever reads it";
}

}  // namespace
}  // namespace claw::channel
