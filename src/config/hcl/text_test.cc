#include "config/hcl/text.h"

#include <gtest/gtest.h>

#include "config/hcl/lexer.h"

namespace claw::config {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(HclText, identifiers_follow_unicode_and_may_hold_dashes) {
  for (const std::string_view word : {"a", "_a", "a-b", "a-", "é1", "今日は"})
    EXPECT_TRUE(is_identifier(word)) << word;
  for (const std::string_view word : {"", "-a", "1a", "a.b", "a b", "€", "\u00A0a"}) {
    EXPECT_FALSE(is_identifier(word)) << word;
  }
}

TEST(HclText, literals_fall_into_runs_and_escapes) {
  EXPECT_EQ(split_literal("a\\nb$${c", Quoting::quoted), (Pieces{"a", "\\n", "b", "$${", "c"}));
  EXPECT_EQ(split_literal("a\\nb", Quoting::bare), (Pieces{"a\\nb"}));
  EXPECT_EQ(split_literal("$$${", Quoting::bare), (Pieces{"$", "$${"}));
}

TEST(HclText, wrong_escapes_are_reported_where_they_stand) {
  for (const std::string_view escape : {"\\q", "\\u12", "\\uD800", "\\U00110000", "\\"}) {
    Diagnostics diagnostics;
    const std::string text = "ab" + std::string(escape);
    decode_literal(text, {{}, 10, 10 + text.size()}, Quoting::quoted, diagnostics);
    ASSERT_EQ(diagnostics.errors(), 1U) << escape;
    EXPECT_EQ(diagnostics.all()[0].range, (Range{{}, 12, 10 + text.size()})) << escape;
  }
}

TEST(HclText, trimming_keeps_the_places) {
  LiteralText text;
  text.append(" \u2003ab ", 100);
  text.trim_front();
  text.trim_back();
  EXPECT_EQ(text.text, "ab");
  EXPECT_EQ(text.anchors.at(0).decoded, 0U);
  EXPECT_EQ(text.anchors.at(0).source, 104U);
}

std::vector<std::string_view> tokens(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  std::vector<std::string_view> out;
  for (const Token& token : tokenize(sources, file, Reading::plain, diagnostics)) {
    out.push_back(sources.text({file, token.begin, token.end}));
  }
  return out;
}

TEST(HclLexer, strings_within_templates_within_strings_are_told_apart) {
  Sources sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("t", "\"a${ {b=\"}\"} ~}c\" # d");
  const Pieces wanted = {"\"", "a", "${", "{", "b", "=", "\"", "}", "\"", "}", "~}", "c", "\"", ""};
  EXPECT_EQ(tokens(sources, file, diagnostics), wanted);
  EXPECT_FALSE(diagnostics.has_errors());
}

TEST(HclLexer, what_is_left_open_is_reported_once_at_its_start) {
  for (const std::string_view text :
       {"ab \"x", "ab \"x${", "ab /* x", "ab <<E\nx\n", "ab <<E\nx\nE", "ab 'x"}) {
    Sources sources;
    Diagnostics diagnostics;
    tokens(sources, sources.add("t", std::string(text)), diagnostics);
    EXPECT_EQ(diagnostics.errors(), 1U) << text;
    EXPECT_GE(diagnostics.all().at(0).range.begin, 3U) << text;
  }
}

}  // namespace
}  // namespace claw::config
