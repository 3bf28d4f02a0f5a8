#include "protocol/kubernetes/streams/frames.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"

namespace claw::kubernetes {
namespace {

using websocket::Opcode;

// `2(abc)` is a whole message, `2(ab` and `c)` its parts, put together as far as they belong to one frame.
std::string read(std::string_view bytes, FrameReader::Settings settings, std::size_t slice = 1 << 20) {
  FrameReader reader(settings);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    reader.feed(bytes.substr(at, slice));
    for (;;) {
      const auto piece = reader.next();
      if (!piece) return text + "! " + piece.error().what;
      if (!*piece) break;
      if ((*piece)->is_first) text += std::to_string(static_cast<int>((*piece)->opcode)) + "(";
      text += (*piece)->bytes;
      if ((*piece)->is_last) text += ")";
    }
  }
  return text;
}

constexpr FrameReader::Settings of_agent{.from_agent = true, .may_fragment = true};
constexpr FrameReader::Settings of_server{.from_agent = false, .may_fragment = true};

TEST(Frames, are_read_in_every_slicing) {
  for (const FrameReader::Settings settings : {of_agent, of_server}) {
    const bool from = settings.from_agent;
    const std::string bytes =
        frame(from, "hello") + frame(from, "") + in_part(frame(from, "ab"), true, false) +
        frame(from, "p", Opcode::ping) + in_part(frame(from, ""), false, false) +
        in_part(frame(from, "c"), false, true) + frame(from, "t", Opcode::text) +
        frame(from, std::string(300, 'x')) + frame(from, std::string(125, 'o'), Opcode::pong) +
        frame(from, "\x03\xe8", Opcode::close);
    const std::string expected = "2(hello)2()2(ab9(p)c)1(t)2(" + std::string(300, 'x') + ")10(" +
                                 std::string(125, 'o') + ")8(\x03\xe8)";
    for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
      ASSERT_EQ(read(bytes, settings, slice), expected) << slice;
    }
  }
}

TEST(Frames, a_mask_goes_on_across_pieces) {
  const std::string text(70'001, 'm');
  const std::string bytes = frame(agent, text);
  for (const std::size_t slice : {1u, 3u, 5u, 4096u, 100'000u}) {
    EXPECT_TRUE(read(bytes, of_agent, slice) == "2(" + text + ")");
  }
}

TEST(Frames, cut_at_any_byte_they_wait) {
  const std::string bytes = frame(agent, std::string(200, 'x')) + frame(agent, "p", Opcode::ping);
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    EXPECT_EQ(read(bytes.substr(0, end), of_agent).find('!'), std::string::npos) << end;
  }
}

TEST(Frames, what_makes_no_sense_is_refused) {
  EXPECT_EQ(read(frame(server, "x"), of_agent), "! frame without a mask");
  EXPECT_EQ(read(frame(agent, "x"), of_server), "! masked frame");
  EXPECT_EQ(read("\xc2\x01x", of_server), "! compressed, which was not agreed");
  EXPECT_EQ(read("\xa2\x01x", of_server), "! reserved bit set");
  EXPECT_EQ(read("\x83\x01x", of_server), "! undefined opcode");
  EXPECT_EQ(read("\x80\x01x", of_server), "! continuation of nothing");
  EXPECT_EQ(read("\x02\x01x\x82\x01y", of_server), "2(x! a new message within another");
  EXPECT_EQ(read("\x09\x01x", of_server), "! fragmented control frame");
  EXPECT_EQ(read("\x88\x01x", of_server), "! close frame without a valid code");
  EXPECT_EQ(read(frame(server, "", Opcode::close) + frame(server, "x"), of_server),
            "8()! frame after a close frame");
  EXPECT_EQ(read(std::string("\x82\x7e\0\x7d", 4), of_server), "! length not in its shortest form");
  EXPECT_EQ(read(std::string("\x82\x7f\xff\0\0\0\0\0\0\0", 10), of_server), "! length out of range");
  EXPECT_EQ(read(std::string("\x82\x7f\x7f\0\0\0\0\0\0\0", 10) + "xy", of_server), "2(xy");
  EXPECT_EQ(read(in_part(frame(agent, "x"), true, false), {.from_agent = true, .may_fragment = false}),
            "! a message in more than one frame");
}

TEST(Frames, an_error_is_for_good) {
  FrameReader reader(of_server);
  reader.feed("\x83\x01x");
  EXPECT_FALSE(reader.next().ok());
  const std::string good = frame(server, "x");
  reader.feed(good);
  EXPECT_FALSE(reader.next().ok());
}

}  // namespace
}  // namespace claw::kubernetes
