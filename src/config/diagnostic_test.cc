#include "config/diagnostic.h"

#include <gtest/gtest.h>

namespace claw::config {
namespace {

std::string shown(std::string text, std::size_t begin, std::size_t end) {
  Sources sources;
  const FileId file = sources.add("policy.hcl", std::move(text));
  Diagnostics diagnostics;
  diagnostics.error({file, begin, end}, "wrong");
  return diagnostics.format(sources);
}

TEST(Diagnostics, a_caret_run_stands_under_the_range) {
  EXPECT_EQ(shown("a = 1\nbc = 2\n", 6, 8), "policy.hcl:2:1: error: wrong\n  bc = 2\n  ^^\n");
}

TEST(Diagnostics, tabs_and_wide_characters_before_the_caret_take_the_columns_they_are_shown_in) {
  EXPECT_EQ(shown("\tx = y\n", 5, 6), "policy.hcl:1:6: error: wrong\n      x = y\n          ^\n");
  EXPECT_EQ(shown("日本 = y\n", 9, 10), "policy.hcl:1:6: error: wrong\n  日本 = y\n         ^\n");
  EXPECT_EQ(shown("日本 = y\n", 0, 6), "policy.hcl:1:1: error: wrong\n  日本 = y\n  ^^^^\n");
  EXPECT_EQ(shown("n\xCC\x83 = y\n", 6, 7), "policy.hcl:1:6: error: wrong\n  n\xCC\x83 = y\n      ^\n");
}

TEST(Diagnostics, the_end_of_the_file_and_an_empty_file_have_a_place) {
  EXPECT_EQ(shown("a", 1, 1), "policy.hcl:1:2: error: wrong\n  a\n   ^\n");
  EXPECT_EQ(shown("", 0, 0), "policy.hcl:1:1: error: wrong\n  \n  ^\n");
  EXPECT_EQ(shown("a\n", 2, 2), "policy.hcl:2:1: error: wrong\n  \n  ^\n");
}

TEST(Diagnostics, a_line_cannot_repaint_the_terminal) {
  EXPECT_EQ(shown("\x1b[2J = y\r\n", 7, 8), "policy.hcl:1:8: error: wrong\n  \\x1b[2J = y\n            ^\n");
}

TEST(Diagnostics, a_range_over_lines_is_marked_to_the_end_of_the_first) {
  EXPECT_EQ(shown("ab\r\ncd\n", 1, 6), "policy.hcl:1:2: error: wrong\n  ab\n   ^\n");
}

TEST(Diagnostics, only_a_part_of_a_long_line_is_shown) {
  const std::string text = shown(std::string(5000, 'x'), 3000, 3002);
  EXPECT_LT(text.size(), 400U);
  EXPECT_NE(text.find("policy.hcl:1:3001"), std::string::npos);
  EXPECT_NE(text.find(" ^^\n"), std::string::npos);
}

TEST(Diagnostics, they_are_sorted_by_place_and_not_repeated) {
  Sources sources;
  const FileId file = sources.add("a", "one two");
  Diagnostics diagnostics;
  diagnostics.error({file, 4, 7}, "second");
  diagnostics.warning({file, 0, 3}, "first", "hint");
  diagnostics.error({file, 4, 7}, "second");
  EXPECT_EQ(diagnostics.format(sources),
            "a:1:1: warning: first\n  one two\n  ^^^\n  hint\na:1:5: error: second\n  one two\n      ^^^\n");
  EXPECT_EQ(
      diagnostics.format_json(sources),
      R"([{"severity":"warning","file":"a","line":1,"column":1,"end_line":1,"end_column":4,)"
      R"("text":"first","hint":"hint"},)"
      R"({"severity":"error","file":"a","line":1,"column":5,"end_line":1,"end_column":8,"text":"second"}])");
}

TEST(Diagnostics, a_flood_is_cut_but_still_an_error) {
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < diagnostics_max; ++i) diagnostics.warning({}, "odd");
  diagnostics.error({}, "wrong");
  EXPECT_EQ(diagnostics.all().size(), diagnostics_max);
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Diagnostics, the_nearest_name_is_offered) {
  const std::vector<std::string> names = {"condition", "verdict"};
  EXPECT_EQ(did_you_mean("conditon", names), "did you mean `condition`?");
  EXPECT_EQ(did_you_mean("zzz", names), "");
}

TEST(CheckText, what_is_not_plain_utf8_is_refused_with_its_place) {
  const auto refused = [](std::string text) {
    Sources sources;
    Diagnostics diagnostics;
    check_text(sources, sources.add("f", std::move(text)), diagnostics);
    return diagnostics.has_errors() ? sources.where(diagnostics.all()[0].range) : "";
  };
  EXPECT_EQ(refused("a = \"é\"\n"), "");
  EXPECT_EQ(refused("\xEF\xBB\xBF" "a = 1\n"), "f:1:1");
  EXPECT_EQ(refused("a = 1\nb = \"\xFF\"\n"), "f:2:6");
  EXPECT_EQ(refused(std::string("a\0b", 3)), "f:1:2");
  EXPECT_EQ(refused("\xED\xA0\x80"), "f:1:1");
  EXPECT_EQ(refused(std::string(file_bytes_max + 1, ' ')), "f:1:1");
}

}  // namespace
}  // namespace claw::config
