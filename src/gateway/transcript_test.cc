#include "gateway/transcript.h"

#include <gtest/gtest.h>

namespace claw::gateway {

namespace {

std::string text_of(const Transcript& transcript) {
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

}  // namespace claw::gateway
