#include "protocol/kubernetes/streams/input.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"

namespace claw::kubernetes {
namespace {

using namespace std::string_literals;
using websocket::Opcode;

const Wanted exec{.kind = StreamKind::exec, .takes_stdin = true};

std::unique_ptr<http::Input> make(std::uint64_t bytes_max = 1024) {
  return make_input(websocket_request(input_protocol), exec, bytes_max);
}

// `whole:` or `more:` and the input once it has ended, `waits`, or what was wrong.
std::string taken(std::string_view bytes, std::size_t slice = 1 << 20, std::uint64_t bytes_max = 1024) {
  const auto input = make(bytes_max);
  bool has_ended = false;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    const auto fed = input->feed(bytes.substr(at, slice));
    if (!fed) return "! " + fed.error().what;
    EXPECT_TRUE(*fed || !has_ended);
    has_ended = *fed;
  }
  EXPECT_EQ(input->take_words(), bytes);
  if (!has_ended) return "waits";
  return (input->body().is_whole ? "whole:" : "more:") + std::string(input->body().bytes);
}

TEST(Input, is_taken_in_until_it_has_ended_in_every_slicing) {
  const std::string bytes = on_channel(agent, 4, R"({"Width":80,"Height":24})") +
                            on_channel(agent, 0, "drop ") + frame(agent, "7", Opcode::ping) +
                            on_channel(agent, 0, "") + frame(agent, "") +
                            frame(agent, "\0table"s, Opcode::text) + close_channel(agent, 0);
  const std::string after = frame(agent, "8", Opcode::ping) + close_channel(agent, 4);
  for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
    ASSERT_EQ(taken(bytes + after, slice), "whole:drop table") << slice;
  }
  for (std::size_t end = 0; end < bytes.size(); ++end) EXPECT_EQ(taken(bytes.substr(0, end)), "waits") << end;
  EXPECT_EQ(taken(on_channel(agent, 0, "x") + frame(agent, "\x03\xe8", Opcode::close)), "whole:x");
  EXPECT_EQ(taken(close_channel(agent, 0)), "whole:");
}

TEST(Input, too_long_is_not_whole) {
  EXPECT_EQ(taken(on_channel(agent, 0, "12345") + close_channel(agent, 0), 1, 5), "whole:12345");
  EXPECT_EQ(taken(on_channel(agent, 0, "123456"), 1, 5), "more:12345");
  EXPECT_EQ(
      taken(on_channel(agent, 0, "123") + on_channel(agent, 0, "456") + close_channel(agent, 0), 100, 5),
      "more:12345");
  const auto input = make(5);
  std::string error;
  for (int i = 0; i < 100 && error.empty(); ++i) {
    const auto fed = input->feed(on_channel(agent, 0, std::string(64 * 1024, 'x')));
    if (!fed) error = fed.error().what;
  }
  EXPECT_EQ(error, "more input than can be kept while it is judged");
  EXPECT_LT(input->take_words().size(), 3u << 20);
}

TEST(Input, what_the_server_would_read_otherwise_is_refused) {
  // Taken as one message this is input `ls; rm`; the API server sees two, the second on channel `r`.
  EXPECT_EQ(
      taken(in_part(on_channel(agent, 0, "ls; "), true, false) + in_part(frame(agent, "rm"), false, true)),
      "! a message in more than one frame");
  EXPECT_EQ(taken(close_channel(agent, 0) + on_channel(agent, 0, "rm")),
            "! more on a channel that was closed");
  EXPECT_EQ(taken(close_channel(agent, 4) + on_channel(agent, 4, "{}")),
            "! more on a channel that was closed");
  EXPECT_EQ(taken(on_channel(server, 0, "x")), "! frame without a mask");
  for (const int channel : {1, 2, 3, 5, 48, 254}) {
    EXPECT_EQ(taken(on_channel(agent, channel, "x")), "! the agent speaks on a channel that is not its own");
    EXPECT_EQ(taken(close_channel(agent, channel)), "! the agent closes a channel that is not its own");
  }
  EXPECT_EQ(taken(on_channel(agent, 255, "")), "! a close signal for no channel");
  EXPECT_EQ(taken(on_channel(agent, 255, std::string(2, '\0'))),
            "! a close signal for more than one channel");
}

TEST(Input, an_error_is_for_good) {
  const auto input = make();
  EXPECT_FALSE(input->feed(on_channel(agent, 1, "x") + on_channel(agent, 0, "y")).ok());
  EXPECT_FALSE(input->feed(on_channel(agent, 0, "y")).ok());
  EXPECT_FALSE(input->body().is_whole);
}

TEST(Input, pings_are_answered_meanwhile) {
  const auto input = make();
  EXPECT_TRUE(input->feed(frame(agent, "abc", Opcode::ping) + on_channel(agent, 0, "x")).ok());
  EXPECT_EQ(input->take_replies(), frame(server, "abc", Opcode::pong));
  EXPECT_EQ(input->take_replies(), "");
  std::string flood;
  for (int i = 0; i < 40'000; ++i) flood += frame(agent, "", Opcode::ping);
  const auto fed = input->feed(flood);
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().what, "too many pings at once");
}

TEST(Input, the_upgrade_is_agreed_to_as_the_server_would) {
  const http::Response response = make()->accept();  // The key and its answer: RFC 6455 §1.3.
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.protocol, "websocket");
  EXPECT_FALSE(response.has_body);
  EXPECT_EQ(response.fields.find("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(response.fields.find("Sec-WebSocket-Protocol"), "v5.channel.k8s.io");
  EXPECT_TRUE(make()->check(websocket_response(input_protocol)).ok());
  for (const std::string_view other : {"", "v4.channel.k8s.io", "v5.channel.k8s.io, v4.channel.k8s.io"}) {
    EXPECT_FALSE(make()->check(websocket_response(other)).ok()) << other;
  }
  http::Response packed = websocket_response(input_protocol);
  packed.fields.add("Sec-WebSocket-Extensions", "permessage-deflate");
  EXPECT_FALSE(make()->check(packed).ok());
  http::Response other_key = websocket_response(input_protocol);
  other_key.fields.set("Sec-WebSocket-Accept", "x");
  EXPECT_FALSE(make()->check(other_key).ok());
}

TEST(Input, a_refusal_is_a_status_that_kubectl_prints) {
  const std::string words =
      make()->refusal(403, {action::Outcome::deny, "no-sql", "no `drop`", "ask ann", false});
  websocket::Decoder::Settings settings;
  settings.from_client = false;
  websocket::Decoder decoder(settings);
  decoder.feed(words);
  const auto status = decoder.next();
  EXPECT_EQ((*status)->opcode, Opcode::binary);
  const std::string expected =
      "\x03"
      R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
      R"x("message":"no `drop` (rule no-sql); ask ann","reason":"Forbidden","code":403})x";
  EXPECT_EQ((*status)->payload, expected);
  const auto close = decoder.next();
  EXPECT_EQ((*close)->opcode, Opcode::close);
  // The same words, read as a server's.
  EXPECT_EQ(play(*over_websocket(input_protocol, exec), {{server, words}}).substr(0, 7), "failed:");
}

TEST(Input, is_taken_in_only_where_it_has_an_end) {
  const auto offered = [](std::string_view protocols, const Wanted& wanted = exec) {
    return make_input(websocket_request(protocols), wanted, 10) != nullptr;
  };
  EXPECT_TRUE(offered("v5.channel.k8s.io"));
  EXPECT_TRUE(offered("v5.channel.k8s.io, v4.channel.k8s.io"));
  EXPECT_TRUE(
      offered("v4.channel.k8s.io,v5.channel.k8s.io", {.kind = StreamKind::attach, .takes_stdin = true}));
  EXPECT_FALSE(offered("v4.channel.k8s.io"));
  EXPECT_FALSE(offered(""));
  EXPECT_FALSE(offered("v5.channel.k8s.io", {.kind = StreamKind::exec}));
  EXPECT_FALSE(offered("v5.channel.k8s.io", {.kind = StreamKind::exec, .takes_stdin = true, .tty = true}));
  EXPECT_FALSE(offered("v5.channel.k8s.io", {.kind = StreamKind::port_forward, .takes_stdin = true}));
  http::Request spdy = websocket_request("v5.channel.k8s.io");
  spdy.protocol = "spdy/3.1";
  EXPECT_EQ(make_input(spdy, exec, 10), nullptr);
  for (const std::string_view key :
       {"", "dGhlIHNhbXBsZQ==", "not base64 at all!!!!!!=", "dGhlIHNhbXBsZSBub25jZQ="}) {
    http::Request request = websocket_request("v5.channel.k8s.io");
    request.fields.set("Sec-WebSocket-Key", key);
    EXPECT_EQ(make_input(request, exec, 10), nullptr) << key;
  }
  http::Request two = websocket_request("v5.channel.k8s.io");
  two.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(make_input(two, exec, 10), nullptr);
  http::Request old = websocket_request("v5.channel.k8s.io");
  old.fields.set("Sec-WebSocket-Version", "8");
  EXPECT_EQ(make_input(old, exec, 10), nullptr);
}

}  // namespace
}  // namespace claw::kubernetes
