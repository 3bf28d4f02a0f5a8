#include "protocol/kubernetes/streams/multiplexed.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"
#include "protocol/spdy/peer_for_test.h"

namespace claw::kubernetes {
namespace {

using spdy::Peer;
using websocket::Opcode;

const Wanted exec{.kind = StreamKind::exec, .takes_stdin = true};
const Wanted quiet{.kind = StreamKind::exec};
const Wanted forward{.kind = StreamKind::port_forward};
constexpr std::string_view v4 = "v4.channel.k8s.io";
constexpr std::string_view ports = "portforward.k8s.io";
constexpr std::string_view tunnel = "SPDY/3.1+portforward.k8s.io";

spdy::Headers type(std::string_view name) { return {{"streamtype", std::string(name)}}; }
spdy::Headers pair(std::string_view name, std::string_view port, std::string_view request) {
  return {
      {"streamtype", std::string(name)}, {"port", std::string(port)}, {"requestid", std::string(request)}};
}

std::vector<Turn> command() {
  Peer client;
  Peer host;
  return {
      {agent, client.open(1, type("error")) + client.open(3, type("stdin")) + client.open(5, type("stdout")) +
                  client.open(7, type("stderr"))},
      {server, host.reply(1) + host.reply(3) + host.reply(5) + host.reply(7)},
      {agent, Peer::data(1, "", true) + Peer::data(3, "in") + Peer::ping(1) + Peer::data(3, "", true)},
      {server, Peer::ping(1) + Peer::data(5, std::string(500, 'o')) + Peer::data(7, "e") +
                   Peer::data(1, exit_3, true) + Peer::data(3, "", true) + Peer::data(5, "", true) +
                   Peer::data(7, "", true)},
      {agent, Peer::data(3, "late") + Peer::data(5, "", true) + Peer::data(7, "", true) + Peer::goaway()},
  };
}

TEST(Multiplexed, a_command_in_every_slicing) {
  expect_play([] { return over_spdy(v4, exec); }, command(),
              "exit 3; stdin 2 bytes, stdout 500 bytes, stderr 1 bytes");
  Heard heard;
  play(*over_spdy(v4, exec, &heard), command());
  EXPECT_EQ(heard.text, (std::array<std::string, 5>{"in|", std::string(500, 'o') + "|", "e|",
                                                    std::string(exit_3) + "|", ""}));
}

TEST(Multiplexed, before_version_4_a_failure_is_text) {
  const auto ended = [](std::string_view protocol, std::string_view words) {
    Peer client;
    Peer host;
    return play(*over_spdy(protocol, quiet), {{agent, client.open(1, type("error"))},
                                              {server, host.reply(1) + Peer::data(1, words, true)}});
  };
  for (const std::string_view protocol : {"", "channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io"}) {
    EXPECT_EQ(ended(protocol, "oh no"), "failed: `oh no`; stdin 0 bytes, stdout 0 bytes, stderr 0 bytes");
    EXPECT_EQ(ended(protocol, ""), "exit 0; stdin 0 bytes, stdout 0 bytes, stderr 0 bytes");
  }
  EXPECT_EQ(ended("v4.channel.k8s.io", ""), "no exit code; stdin 0 bytes, stdout 0 bytes, stderr 0 bytes");
}

TEST(Multiplexed, what_a_command_has_no_stream_for) {
  const auto opened = [](const Wanted& wanted, const spdy::Headers& headers) {
    Peer client;
    return play(*over_spdy(v4, wanted), {{agent, client.open(1, headers)}});
  };
  EXPECT_EQ(opened(exec, type("resize")).substr(0, 12), "no exit code");
  for (const spdy::Headers& strange : {type(""), type("data"), type("stdIn"), type("stdin "), spdy::Headers(),
                                       type(std::string_view("stdin\0stdout", 12))}) {
    EXPECT_EQ(opened(exec, strange), "! a stream of a type that no command has");
  }
  EXPECT_EQ(opened(quiet, type("stdin")), "! input that was not asked for");
  Peer client;
  EXPECT_EQ(
      play(*over_spdy(v4, exec), {{agent, client.open(1, type("stdin")) + client.open(3, type("stdin"))}}),
      "! a channel opened twice");
  Peer again;
  EXPECT_EQ(play(*over_spdy(v4, exec),
                 {{agent, again.open(1, type("stdin")) + Peer::reset(1) + again.open(3, type("stdin"))}}),
            "! a channel opened twice");
  Peer host;
  EXPECT_EQ(play(*over_spdy(v4, exec), {{server, host.open(2, type("stdout"))}}),
            "! a stream opened by the server");
}

TEST(Multiplexed, who_may_speak_where) {
  for (const std::string_view name : {"error", "stdout", "stderr"}) {
    Peer client;
    EXPECT_EQ(play(*over_spdy(v4, exec), {{agent, client.open(1, type(name)) + Peer::data(1, "x")}}),
              "! the agent speaks on the server's channel");
  }
  for (const std::string_view name : {"stdin", "resize"}) {
    Peer client;
    Peer host;
    EXPECT_EQ(play(*over_spdy(v4, exec), {{agent, client.open(1, type(name))},
                                          {server, host.reply(1) + Peer::data(1, "x")}}),
              "! the server speaks on the agent's");
  }
}

std::vector<Turn> forwarding() {
  Peer client;
  Peer host;
  return {
      {agent, client.open(1, pair("error", "8080", "0")) + Peer::data(1, "", true)},
      {server, host.reply(1)},
      {agent, client.open(3, pair("data", "8080", "0")) + client.open(5, pair("error", "5432", "1"))},
      {server, host.reply(3) + host.reply(5)},
      {agent, Peer::data(3, "GET / HTTP/1.1\r\n\r\n") + client.open(7, pair("data", "5432", "1"))},
      {server, Peer::data(3, "HTTP/1.1 200 OK\r\n\r\n") + Peer::data(3, "", true) + Peer::data(1, "", true) +
                   host.reply(7) + Peer::data(5, "connection refused", true)},
      {agent, Peer::data(3, "", true) + Peer::data(5, "", true) + Peer::reset(7) + Peer::ping(3)},
      {agent, client.open(9, pair("error", "8080", "2")) + client.open(11, pair("data", "8080", "2"))},
  };
}
const std::string forwarded =
    "ports 5432, 8080; 3 connections; 18 bytes sent, 19 received; trouble: `connection refused`";

TEST(Multiplexed, ports_in_every_slicing) {
  expect_play([] { return over_spdy(ports, forward); }, forwarding(), forwarded);
}

TEST(Multiplexed, ports_within_a_websocket) {
  std::vector<Turn> turns;
  for (const auto& [from, bytes] : forwarding()) {
    std::string frames = frame(from, "", Opcode::ping);
    // A message ends anywhere, and a large write is several frames.
    for (std::size_t at = 0; at < bytes.size(); at += 11) {
      frames += in_part(frame(from, bytes.substr(at, 4)), true, false) +
                in_part(frame(from, bytes.substr(at).substr(std::min<std::size_t>(4, bytes.size() - at), 7)),
                        false, true);
    }
    turns.emplace_back(from, frames);
  }
  turns.emplace_back(agent, frame(agent, "\x03\xe8", Opcode::close));
  expect_play([] { return over_websocket(tunnel, forward); }, turns, forwarded);
  EXPECT_EQ(play(*over_websocket(tunnel, forward), {{agent, frame(agent, "x", Opcode::text)}}),
            "! text where there is SPDY");
}

TEST(Multiplexed, pairs_that_make_no_sense) {
  const auto opened = [](const std::vector<spdy::Headers>& all) {
    Peer client;
    std::string frames;
    spdy::StreamId stream = 1;
    for (const spdy::Headers& headers : all) {
      frames += client.open(std::exchange(stream, stream + 2), headers);
    }
    return play(*over_spdy(ports, forward), {{agent, frames}});
  };
  for (const std::string_view port : {"", "0", "65536", "-1", "+80", "080", "80 ", " 80", "0x50", "80,81"}) {
    EXPECT_EQ(opened({pair("data", port, "0")}), "! a stream to no port") << port;
  }
  EXPECT_EQ(opened({pair("data", "65535", "0")}), "ports 65535; 1 connection; 0 bytes sent, 0 received");
  EXPECT_EQ(opened({pair("stdin", "80", "0")}), "! a stream of a type that no port-forward has");
  EXPECT_EQ(opened({pair("data", "80", "")}), "! a stream of no connection");
  EXPECT_EQ(opened({pair("data", "80", std::string(33, '1'))}), "! a stream of no connection");
  EXPECT_EQ(opened({pair("error", "80", "0"), pair("data", "81", "0")}), "! a connection to two ports");
  EXPECT_EQ(opened({pair("data", "80", "0"), pair("data", "80", "0")}),
            "! a connection with the same stream twice");
  Peer client;
  EXPECT_EQ(play(*over_spdy(ports, forward),
                 {{agent, client.open(1, pair("error", "80", "0")) + Peer::data(1, "x")}}),
            "! the agent speaks on the server's stream");
}

TEST(Multiplexed, a_note_of_many_ports_is_one_line) {
  Peer client;
  std::string frames;
  for (std::uint32_t i = 0; i < 20; ++i) {
    frames += client.open(2 * i + 1, pair("data", std::to_string(i + 1), std::to_string(i)));
  }
  EXPECT_EQ(
      play(*over_spdy(ports, forward), {{agent, frames}}),
      "ports 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 and 4 more; 20 connections; 0 bytes sent, "
      "0 received");
}

}  // namespace
}  // namespace claw::kubernetes
