#include "gateway/transcript.h"

#include <gtest/gtest.h>

#include "audit/stream_redaction.h"

namespace claw::gateway {

namespace {

std::string text_of(Transcript transcript) {
  transcript.settle(nullptr, Transcript::More::no);
  std::string text;
  for (const audit::Piece& piece : transcript.pieces()) {
    text += std::to_string(piece.at_us) + " " + std::string(piece.channel) + " " + std::string(piece.bytes);
    if (piece.left_out != 0) text += " -" + std::to_string(piece.left_out);
    text += "\n";
  }
  return text;
}

}  // namespace

TEST(transcript, letters_that_come_together_are_one_piece) {
  Transcript transcript;
  transcript.add(0, "output", "a", 0);
  transcript.add(19'999, "output", "b", 0);
  transcript.add(20'000, "output", "c", 0);
  transcript.add(20'001, "input", "d", 0);
  transcript.add(20'002, "output", "e", 0);
  EXPECT_EQ(text_of(transcript), "0 output ab\n20000 output c\n20001 input d\n20002 output e\n");
  transcript.settle(nullptr, Transcript::More::maybe);
  transcript.clear();
  EXPECT_TRUE(transcript.is_empty());
  EXPECT_FALSE(transcript.has_bytes());
}

TEST(transcript, what_is_left_out_is_counted_and_fills_nothing) {
  Transcript transcript;
  transcript.add(0, "output", "", 0);
  EXPECT_TRUE(transcript.is_empty());
  for (int i = 0; i < 100'000; ++i) transcript.add(i * 1000, "output", "", 1000);
  EXPECT_FALSE(transcript.has_bytes());
  EXPECT_FALSE(transcript.is_full());
  EXPECT_EQ(text_of(transcript), "0 output  -100000000\n");
  transcript.add(1, "input", "x", 0);
  EXPECT_TRUE(transcript.has_bytes());
}

TEST(transcript, channels_that_take_turns_are_counted_in_two_pieces) {
  Transcript transcript;
  for (int i = 0; i < 100'000; ++i) transcript.add(i, i % 2 == 0 ? "output" : "errors", "", 10);
  EXPECT_EQ(text_of(transcript), "0 output  -500000\n1 errors  -500000\n");
}

TEST(transcript, many_tiny_pieces_fill_it_as_one_large_one_does) {
  Transcript tiny;
  int count = 0;
  for (; !tiny.is_full(); ++count) tiny.add(count, count % 2 == 0 ? "output" : "errors", "x", 0);
  EXPECT_LT(count, 1000);
  Transcript large;
  large.add(0, "output", std::string(transcript_bytes_max, 'x'), 0);
  EXPECT_TRUE(large.is_full());
}

namespace {

// What reaches the record, the marks without their digits.
std::string written(Transcript& transcript, const audit::Redaction& redaction,
                    Transcript::More more = Transcript::More::maybe) {
  transcript.settle(&redaction, more);
  const std::vector<audit::Piece> pieces = transcript.pieces();
  const audit::CleanPieces clean(redaction, pieces, "key");
  std::string text;
  for (const audit::Piece& each : clean.pieces()) {
    text += std::string(each.channel) + ":" + std::string(each.bytes) + ";";
  }
  transcript.clear();
  for (std::size_t at = text.find(" sha256:"); at != std::string::npos; at = text.find(" sha256:")) {
    text.erase(at, text.find(']', at) - at);
  }
  return text;
}

}  // namespace

TEST(transcript, a_number_typed_letter_by_letter_is_found) {
  const auto redaction = audit::Redaction::of({"re:[0-9]{3}-[0-9]{4}"}).value();
  Transcript transcript;
  std::int64_t at_us = 0;
  std::string all;
  for (const char letter : std::string_view("call 555-1234 now\r")) {
    transcript.add(at_us += 100'000, "input", std::string_view(&letter, 1), 0);
    all += written(transcript, redaction);
  }
  EXPECT_EQ(all,
            "input:c;input:a;input:l;input:l;input: ;input:[redacted];input:;input:;input:;input:;input:;"
            "input:;input:;input: ;input:n;input:o;input:w;input:\r;");
  EXPECT_FALSE(transcript.has_bytes());
}

TEST(transcript, what_follows_an_open_line_waits_with_it) {
  const auto redaction = audit::Redaction::of({"re:secret"}).value();
  Transcript transcript;
  transcript.add(1, "output", "one\ntwo se", 0);
  transcript.add(2, "errors", "oh\n", 0);
  EXPECT_EQ(written(transcript, redaction), "output:one\n;");
  transcript.add(3, "output", "cret\n$ ", 0);
  EXPECT_EQ(written(transcript, redaction), "output:two [redacted];errors:oh\n;output:\n;");
  EXPECT_TRUE(transcript.has_bytes());
  EXPECT_EQ(written(transcript, redaction, Transcript::More::no), "output:$ ;");
  EXPECT_TRUE(transcript.is_empty());
}

// However it is cut, what reaches the record is what one piece would have given.
TEST(transcript, a_line_without_an_end_does_not_hide_what_stands_across_its_parts) {
  const auto redaction = audit::Redaction::of({"re:k[0-9]{20}k"}).value();
  for (const std::size_t step : {1000U, 1021U, 4096U, 31'000U}) {
    std::string line;
    for (int i = 0; line.size() < 200'000; ++i) {
      line += std::string(static_cast<std::size_t>(i % 97), 'x') + "k01234567890123456789k";
    }
    Transcript transcript;
    std::string all;
    for (std::size_t at = 0; at < line.size(); at += step) {
      transcript.add(static_cast<std::int64_t>(at), "output", std::string_view(line).substr(at, step), 0);
      transcript.add(static_cast<std::int64_t>(at), "errors", "e\n", 0);
      if (transcript.is_full()) all += written(transcript, redaction);
      EXPECT_FALSE(transcript.is_full());
    }
    all += written(transcript, redaction, Transcript::More::no);
    EXPECT_EQ(all.find("0123"), std::string::npos) << step;
    EXPECT_EQ(all.find("6789"), std::string::npos) << step;
  }
}

TEST(transcript, a_match_that_never_ends_does_not_fill_the_memory) {
  const auto redaction = audit::Redaction::of({"re:x+"}).value();
  Transcript transcript;
  for (int i = 0; i < 1000; ++i) {
    transcript.add(i, "output", std::string(1000, 'x'), 0);
    if (!transcript.is_full()) continue;
    EXPECT_EQ(written(transcript, redaction).find('x'), std::string::npos);
    EXPECT_FALSE(transcript.is_full());
  }
}

}  // namespace claw::gateway
