#include "protocol/kubernetes/streams/channels.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"

namespace claw::kubernetes {
namespace {

using namespace std::string_literals;
using websocket::Opcode;

constexpr std::string_view v4 = "v4.channel.k8s.io";
constexpr std::string_view v5 = "v5.channel.k8s.io";
const Wanted exec{.kind = StreamKind::exec, .takes_stdin = true};
const Wanted quiet{.kind = StreamKind::exec};

std::string told(const Wanted& wanted, const std::vector<Turn>& turns, std::string_view protocol = v5) {
  return play(*over_websocket(protocol, wanted), turns);
}

TEST(Channels, a_command_in_every_slicing) {
  expect_play(
      [] { return over_websocket(v5, exec); },
      {{agent, on_channel(agent, 4, R"({"Width":80,"Height":24})") + on_channel(agent, 0, "select 1;\n")},
       {server, on_channel(server, 1, "") + on_channel(server, 1, "one\n") + on_channel(server, 2, "oh")},
       {agent, frame(agent, "", Opcode::ping) + close_channel(agent, 0) + frame(agent, "")},
       {server, frame(server, "", Opcode::pong) + on_channel(server, 1, std::string(5000, 'x')) +
                    on_channel(server, 3, exit_3) + frame(server, "\x03\xe8", Opcode::close)},
       {agent, frame(agent, "\x03\xe8", Opcode::close)}},
      "exit 3; stdin 10 bytes, stdout 5004 bytes, stderr 2 bytes");
}

TEST(Channels, a_sink_hears_every_channel) {
  Heard heard;
  const auto streams = over_websocket(v5, exec, &heard);
  play(*streams, {{agent, on_channel(agent, 0, "in") + on_channel(agent, 4, "{}") + close_channel(agent, 0)},
                  {server, on_channel(server, 1, "out") + on_channel(server, 2, "err") +
                               on_channel(server, 3, success) + close_channel(server, 1)}},
       2);
  EXPECT_EQ(heard.text, (std::array<std::string, 5>{"in|", "out|", "err", std::string(success), "{}"}));
}

TEST(Channels, a_server_may_send_a_message_in_frames_and_an_agent_not) {
  const auto parts = [](bool from, int channel) {
    return in_part(on_channel(from, channel, "a"), true, false) + in_part(frame(from, "\1b"), false, true);
  };
  EXPECT_EQ(told(exec, {{server, parts(server, 1)}}),
            "no exit code; stdin 0 bytes, stdout 3 bytes, stderr 0 bytes");
  EXPECT_EQ(told(exec, {{agent, parts(agent, 0)}}), "! a message in more than one frame");
  // Text is read as binary is: the server looks at the bytes only.
  EXPECT_EQ(told(exec, {{agent, frame(agent, "\0ab"s, Opcode::text)}}),
            "no exit code; stdin 2 bytes, stdout 0 bytes, stderr 0 bytes");
}

TEST(Channels, who_may_speak_where) {
  const std::string not_agents = "! the agent speaks on the server's channel";
  for (const int channel : {1, 2, 3}) {
    EXPECT_EQ(told(exec, {{agent, on_channel(agent, channel, "x")}}), not_agents);
    EXPECT_EQ(told(exec, {{agent, close_channel(agent, channel)}}), not_agents);
  }
  for (const int channel : {0, 4}) {
    EXPECT_EQ(told(exec, {{server, on_channel(server, channel, "x")}}), "! the server speaks on the agent's");
  }
  for (const int channel : {5, 17, 48, 254}) {
    EXPECT_EQ(told(exec, {{agent, on_channel(agent, channel, "x")}}), "! a channel that no command has");
    EXPECT_EQ(told(exec, {{server, on_channel(server, channel, "x")}}), "! a channel that no command has");
    EXPECT_EQ(told(exec, {{agent, close_channel(agent, channel)}}), "! a channel that no command has");
  }
  EXPECT_EQ(told(quiet, {{agent, on_channel(agent, 0, "rm -rf /\n")}}), "! input that was not asked for");
  EXPECT_EQ(told(quiet, {{agent, on_channel(agent, 0, "")}}), "! input that was not asked for");
  EXPECT_EQ(told(exec, {{agent, close_channel(agent, 0) + on_channel(agent, 0, "x")}}),
            "! more on a channel that was closed");
}

TEST(Channels, an_error_is_for_good) {
  const auto streams = over_websocket(v5, exec);
  EXPECT_FALSE(streams->feed(agent, on_channel(agent, 1, "x") + on_channel(agent, 0, "y")).ok());
  EXPECT_FALSE(streams->feed(agent, on_channel(agent, 0, "y")).ok());
  EXPECT_FALSE(streams->feed(server, on_channel(server, 1, "y")).ok());
  EXPECT_EQ(streams->note(), "no exit code; stdin 0 bytes, stdout 0 bytes, stderr 0 bytes");
}

TEST(Channels, close_signals_are_of_version_5_and_name_one_channel) {
  EXPECT_EQ(told(exec, {{agent, close_channel(agent, 0)}}, v4), "! a channel that no command has");
  EXPECT_EQ(told(exec, {{agent, on_channel(agent, 255, "")}}), "! a close signal for no channel");
  EXPECT_EQ(told(exec, {{agent, on_channel(agent, 255, std::string(2, '\0'))}}),
            "! a close signal for more than one channel");
}

TEST(Channels, how_a_command_ends) {
  const auto ended = [](std::string_view words, std::string_view protocol) {
    const std::string note = told(exec, {{server, on_channel(server, 3, words)}}, protocol);
    return note.substr(0, note.find(';'));
  };
  EXPECT_EQ(ended(success, v4), "exit 0");
  EXPECT_EQ(ended(exit_3, v4), "exit 3");
  EXPECT_EQ(ended(R"({"status":"Failure","message":"no such container"})", v5),
            "failed: `no such container`");
  EXPECT_EQ(ended("", v5), "no exit code");
  for (const std::string_view strange :
       {"{", "[]", "{}", R"({"status":"Maybe"})", R"({"status":"Failure","reason":"NonZeroExitCode"})",
        R"({"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode"}]}})",
        R"({"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"x"}, 1]}})"}) {
    EXPECT_EQ(ended(strange, v5), "an ending that cannot be read") << strange;
  }
  EXPECT_EQ(ended(std::string(70'000, ' '), v5), "an ending too long to be read");
  EXPECT_EQ(ended("command terminated\n", "channel.k8s.io"), "failed: `command terminated`");
  EXPECT_EQ(ended("oh", ""), "failed: `oh`");
}

TEST(Channels, ports_over_channels) {
  const Wanted wanted{.kind = StreamKind::port_forward, .ports = {8080, 5432}};
  const auto make = [&] { return over_websocket(v4, wanted); };
  const std::string opening = on_channel(server, 0, "\x90\x1f"s) + on_channel(server, 1, "\x90\x1f"s) +
                              on_channel(server, 2, "\x38\x15"s) + on_channel(server, 3, "\x38\x15refused"s);
  expect_play(make, {{server, opening}, {agent, on_channel(agent, 0, "GET /")},
                     {server, on_channel(server, 0, "200")}},
              "ports 5432, 8080; 2 connections; 5 bytes sent, 3 received; trouble: `refused`");
  EXPECT_EQ(play(*make(), {{agent, on_channel(agent, 1, "x")}}),
            "! the agent speaks on the server's channel");
  EXPECT_EQ(play(*make(), {{agent, on_channel(agent, 4, "x")}}), "! a channel of no port");
  EXPECT_EQ(play(*make(), {{agent, on_channel(agent, 255, "x")}}), "! a channel of no port");
  EXPECT_EQ(play(*make(), {{server, on_channel(server, 0, "\x38\x15"s)}}), "! a port that was not asked for");
  const auto any = over_websocket(v4, {.kind = StreamKind::port_forward});
  EXPECT_EQ(play(*any, {{server, on_channel(server, 252, "\x50\0x"s)}}),
            "ports 80; 1 connection; 0 bytes sent, 1 received");
}

}  // namespace
}  // namespace claw::kubernetes
