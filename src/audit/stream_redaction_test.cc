#include "audit/stream_redaction.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace claw::audit {
namespace {

std::string cleaned(const std::vector<Piece>& pieces, const std::vector<std::string>& what) {
  const Redaction redaction = Redaction::of(what).value();
  const CleanPieces clean(redaction, pieces, "key");
  std::string text;
  for (const Piece& each : clean.pieces()) text += std::string(each.bytes) + "|";
  return text;
}

TEST(stream_redaction, a_match_is_a_mark_where_it_begins) {
  const std::string mark = redacted("4111", "key");
  EXPECT_EQ(cleaned({{1, "output", "a4"}, {2, "output", "11"}, {3, "output", "1b4111"}}, {"re:4111"}),
            "a" + mark + "||b" + mark + "|");
  EXPECT_EQ(cleaned({{1, "output", "41114111"}}, {"re:4111"}), mark + mark + "|");
}

TEST(stream_redaction, channels_are_texts_of_their_own) {
  EXPECT_EQ(cleaned({{1, "output", "41"}, {2, "input", "x"}, {3, "output", "11"}}, {"re:4111"}),
            redacted("4111", "key") + "|x||");
  EXPECT_EQ(cleaned({{1, "output", "41"}, {2, "input", "11"}}, {"re:4111"}), "41|11|");
}

TEST(stream_redaction, what_patterns_share_is_one_mark) {
  EXPECT_EQ(cleaned({{1, "output", "-abcd-"}}, {"re:abc", "re:bcd"}), "-" + redacted("abcd", "key") + "-|");
}

// A piece that is no text is written in base64: it is looked through before that.
TEST(stream_redaction, bytes_that_are_no_text_hide_nothing) {
  const Redaction redaction = Redaction::of({"re:secret"}).value();
  const Id id = make_id(1);
  const std::vector<Piece> pieces{{1, "output", "\xff\xfe secret \x80"}};
  std::string body = "{";
  append_body(body, Stream{id, pieces, "kubernetes.prod", &redaction}, "key");
  const auto record = json::parse(body).value();
  const json::Value& piece = record.find("pieces")->array()->front();
  const std::string bytes = from_base64(piece.text_or("base64", "")).value();
  EXPECT_EQ(bytes, "\xff\xfe " + redacted("secret", "key") + " \x80");
}

TEST(stream_redaction, what_no_pattern_finds_is_left_as_it_is) {
  EXPECT_EQ(cleaned({{1, "output", "a"}, {2, "resize", ""}, {3, "output", "b"}}, {"re:4111"}), "a||b|");
  EXPECT_EQ(cleaned({{1, "output", "4111"}}, {"sql.parameters"}), "4111|");
}

}  // namespace
}  // namespace claw::audit
