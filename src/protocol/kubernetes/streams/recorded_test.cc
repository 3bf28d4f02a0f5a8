#include "protocol/kubernetes/streams/recorded.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"

namespace claw::kubernetes {

namespace {

std::unique_ptr<http::Streams> recorded(bool keeps_input, bool tty = false) {
  return Recorded::make(websocket_request("v5.channel.k8s.io"), websocket_response("v5.channel.k8s.io"),
                        {.takes_stdin = true, .tty = tty}, keeps_input);
}

std::string heard(http::Streams& streams) {
  std::string text;
  for (const http::Heard& each : streams.take_heard()) {
    text += std::string(each.channel) + ":" + each.bytes;
    if (each.left_out != 0) text += "-" + std::to_string(each.left_out);
    text += ";";
  }
  return text;
}

}  // namespace

TEST(recorded, what_passes_is_heard_in_order_and_once) {
  const auto streams = recorded(true);
  ASSERT_TRUE(streams->feed(
      agent, on_channel(agent, 4, R"({"Width":80,"Height":24})") + on_channel(agent, 0, "ls\n")));
  EXPECT_EQ(heard(*streams), "resize:{\"Width\":80,\"Height\":24};input:ls\n;");
  ASSERT_TRUE(streams->feed(server, on_channel(server, 1, "a") + on_channel(server, 1, "b") +
                                        on_channel(server, 2, "c") + on_channel(server, 3, success)));
  EXPECT_EQ(heard(*streams), "output:ab;errors:c;") << "how it ended is in the note";
  EXPECT_EQ(heard(*streams), "");
  EXPECT_EQ(streams->note(), "exit 0; stdin 3 bytes, stdout 2 bytes, stderr 1 bytes");
}

TEST(recorded, input_that_nobody_wants_is_counted) {
  const auto streams = recorded(false);
  ASSERT_TRUE(streams->feed(agent, on_channel(agent, 0, "hunter2")));
  EXPECT_EQ(heard(*streams), "input:-7;");
  EXPECT_TRUE(streams->note().ends_with("; 7 bytes not kept")) << streams->note();
}

TEST(recorded, no_more_is_kept_than_an_action_may_have) {
  const auto streams = recorded(true);
  const std::string piece(1 << 20, 'x');
  std::size_t kept = 0;
  std::uint64_t left_out = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(streams->feed(server, on_channel(server, 1, piece)));
    for (const http::Heard& each : streams->take_heard()) {
      kept += each.bytes.size();
      left_out += each.left_out;
    }
  }
  EXPECT_EQ(kept, recorded_bytes_max);
  EXPECT_EQ(left_out, 10 * piece.size() - recorded_bytes_max);
}

TEST(recorded, a_side_that_makes_no_sense_is_cut_as_ever) {
  const auto streams = recorded(true);
  EXPECT_FALSE(streams->feed(agent, on_channel(agent, 1, "not yours")));
  EXPECT_EQ(heard(*streams), "");
}

}  // namespace claw::kubernetes
