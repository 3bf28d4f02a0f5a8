// WebSockets in conversations: frames through, messages judged, held and refused, secrets in and out.
#include <gtest/gtest.h>

#include "action/http.h"
#include "protocol/http/peers_for_test.h"
#include "protocol/websocket/codec.h"

namespace claw::http {
namespace {

using websocket::encode;
using websocket::encode_close;
using websocket::Opcode;

constexpr std::string_view ask =
    "GET /ws HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr std::string_view mask = "abcd";

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

std::optional<Arrival::Fixed> judged() {
  auto options = Talk::options_for("https.api");
  options->judges_messages = true;
  return Talk::fixed_to("api.test", options);
}

// Upgraded, with what was said so far forgotten.
void begin(Talk& talk) {
  talk.agent(ask);
  talk.upstream(1, agreed);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 101 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.upstreams[1].sent.clear();
}

std::vector<std::string> texts(std::string_view frames, bool from_client) {
  websocket::Decoder decoder(websocket::Decoder::Settings{from_client, {}, 1 << 20});
  decoder.feed(frames);
  std::vector<std::string> all;
  while (true) {
    auto next = decoder.next();
    if (!next || !next->has_value()) return all;
    all.push_back((*next)->payload);
  }
}

TEST(HttpSocket, frames_pass_as_they_came_where_nobody_reads_them) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    begin(talk);
    const std::string up = encode(Opcode::text, "hello", mask) + encode(Opcode::ping, "p", mask);
    talk.agent(up);
    EXPECT_EQ(talk.upstreams[1].sent, up);
    const std::string down = encode(Opcode::binary, "world") + encode(Opcode::pong, "p");
    talk.upstream(1, down);
    EXPECT_EQ(talk.to_agent, down);
    EXPECT_EQ(talk.asked.size(), 1u);
    talk.agent_leaves();
    EXPECT_EQ(talk.records.size(), 1u);
    expect_sound(talk);
  }
}

TEST(HttpSocket, a_refused_upgrade_is_an_answer_like_any_other) {
  Talk talk;
  talk.agent(ask);
  talk.upstream(1, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_EQ(talk.asked.size(), 2u);
  expect_sound(talk);
}

TEST(HttpSocket, every_message_is_judged_and_recorded_both_ways) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk(Talk::own_door(), judged());
    talk.slice = slice;
    begin(talk);
    talk.agent(encode(Opcode::text, "one", mask) + encode(Opcode::text, "two", mask));
    talk.upstream(1, encode(Opcode::text, "three"));
    EXPECT_EQ(talk.asked.size(), 4u);
    EXPECT_EQ(talk.upstreams[1].sent, encode(Opcode::text, "one", mask) + encode(Opcode::text, "two", mask));
    EXPECT_EQ(talk.to_agent, encode(Opcode::text, "three"));
    EXPECT_EQ(talk.records.size(), 3u);
    talk.upstream_leaves(1);
    EXPECT_EQ(talk.records.size(), 4u);
    talk.check_ended();
    expect_sound(talk);
  }
}

TEST(HttpSocket, a_refused_message_ends_the_socket_and_never_arrives) {
  Talk talk(Talk::own_door(), judged());
  begin(talk);
  talk.holds = true;
  talk.agent(encode(Opcode::text, "good", mask) + encode(Opcode::text, "evil", mask) +
             encode(Opcode::text, "more", mask));
  ASSERT_EQ(talk.asked.size(), 4u);
  talk.allow(talk.asked[1].first);
  talk.allow(talk.asked[3].first);
  EXPECT_EQ(talk.upstreams[1].sent, encode(Opcode::text, "good", mask)) << "in order";
  talk.deny(talk.asked[2].first);
  EXPECT_EQ(talk.upstreams[1].sent.find("evil"), std::string::npos);
  const std::vector<std::string> up = texts(talk.upstreams[1].sent, true);
  ASSERT_EQ(up.size(), 2u);
  EXPECT_EQ(up[1], std::string("\x03\xf0", 2));
  EXPECT_EQ(talk.to_agent, encode_close(1008, "not here"));
  EXPECT_FALSE(talk.closed.empty());
  ASSERT_EQ(talk.records.size(), 3u);
  EXPECT_EQ(talk.records[1].ending, protocol::Ending::cancelled) << "allowed, and behind the refused one";
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSocket, what_is_held_is_withdrawn_when_either_side_leaves) {
  for (const bool is_agent : {true, false}) {
    Talk talk(Talk::own_door(), judged());
    begin(talk);
    talk.holds = true;
    talk.agent(encode(Opcode::text, "held", mask));
    talk.upstream(1, encode(Opcode::text, "held too"));
    if (is_agent) talk.agent_leaves();
    else talk.upstream_leaves(1, "reset");
    EXPECT_EQ(talk.withdrawn.size(), 2u);
    EXPECT_TRUE(talk.upstreams[1].sent.empty() || talk.upstreams[1].sent.find("held") == std::string::npos);
    EXPECT_FALSE(talk.closed.empty());
    talk.check_ended();
    expect_sound(talk);
  }
}

TEST(HttpSocket, a_ping_is_not_held_up_by_a_message_that_is) {
  Talk talk(Talk::own_door(), judged());
  begin(talk);
  talk.holds = true;
  talk.agent(encode(Opcode::text, "held", mask) + encode(Opcode::pong, "tick", mask) +
             encode_close(1000, "", mask));
  EXPECT_EQ(texts(talk.upstreams[1].sent, true), std::vector<std::string>{"tick"});
  talk.allow(talk.asked.back().first);
  EXPECT_EQ(texts(talk.upstreams[1].sent, true).size(), 3u) << "the close waits its turn";
  expect_sound(talk);
}

TEST(HttpSocket, a_message_in_fragments_is_one_message) {
  Talk talk(Talk::own_door(), judged());
  begin(talk);
  std::string first = encode(Opcode::text, "he", mask);
  first[0] = 0x01;
  std::string last = encode(Opcode::text, "llo", mask);
  last[0] = static_cast<char>(0x80);
  talk.agent(first);
  EXPECT_EQ(talk.asked.size(), 1u);
  EXPECT_TRUE(talk.upstreams[1].sent.empty());
  talk.agent(last);
  EXPECT_EQ(talk.asked.size(), 2u);
  EXPECT_EQ(talk.upstreams[1].sent, first + last);
  expect_sound(talk);
}

TEST(HttpSocket, frames_that_make_no_sense_end_it) {
  const std::string unmasked = encode(Opcode::text, "x");
  for (const std::string& bytes :
       {unmasked, std::string("\xf1\x80", 2) + "abcd", std::string("\x83\x80", 2) + "abcd"}) {
    Talk talk(Talk::own_door(), judged());
    begin(talk);
    talk.agent(bytes);
    EXPECT_FALSE(talk.closed.empty());
    EXPECT_EQ(talk.asked.size(), 1u);
    talk.check_ended();
    expect_sound(talk);
  }
}

TEST(HttpSocket, a_message_that_is_too_long_ends_it) {
  auto options = Talk::options_for("https.api");
  options->judges_messages = true;
  options->body_bytes_max = 100;
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  begin(talk);
  talk.agent(encode(Opcode::binary, std::string(101, 'x'), mask));
  EXPECT_FALSE(talk.closed.empty());
  EXPECT_EQ(talk.to_agent.substr(0, 4),
            encode_close(1009, "").substr(0, 1) + talk.to_agent.substr(1, 1) + "\x03\xf1");
  expect_sound(talk);
}

TEST(HttpSocket, what_waits_for_a_person_is_bounded) {
  Talk talk(Talk::own_door(), judged());
  begin(talk);
  talk.holds = true;
  const std::string message = encode(Opcode::binary, std::string(500'000, 'x'), mask);
  for (int i = 0; i < 20; ++i) talk.agent(message);
  EXPECT_FALSE(talk.machine.wants(protocol::Side::client));
  EXPECT_LE(talk.asked.size(), 4u);
  while (!talk.agent_unread.empty() || talk.records.size() + 1 < talk.asked.size()) {
    talk.allow(talk.asked[talk.records.size() + 1].first);
    ASSERT_LT(talk.asked.size(), 30u);
  }
  EXPECT_EQ(talk.upstreams[1].sent.size(), 20 * message.size());
  talk.agent_leaves();
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSocket, an_extension_that_was_not_offered_is_refused) {
  Talk talk;
  talk.credential = "key";
  talk.agent(std::string(ask.substr(0, ask.size() - 2)) +
             "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  EXPECT_EQ(talk.upstreams[1].sent.find("Extensions"), std::string::npos) << "what is packed is not searched";
  talk.upstream(1, std::string(agreed.substr(0, agreed.size() - 2)) +
                       "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  EXPECT_EQ(talk.dropped, 1u);
  expect_sound(talk);
}

TEST(HttpSocket, cookies_of_an_upgrade_are_cookies) {
  Talk talk;
  talk.agent(ask);
  talk.upstream(1,
                std::string(agreed.substr(0, agreed.size() - 2)) + "Set-Cookie: a=b\r\nAlt-Svc: h3\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 101 ")) << talk.to_agent;
  EXPECT_EQ(talk.to_agent.find("a=b"), std::string::npos);
  EXPECT_EQ(talk.to_agent.find("h3"), std::string::npos);
}

// Discord's gateway takes its token in a message.
TEST(HttpSocket, a_secret_goes_into_a_message_and_is_taken_out_of_another) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.credential = "key";
    talk.lend = [](action::Edits& edits) {
      edits.list.push_back({action::Edit::Kind::set_text, "{{token}}", Secret("s3cr3t-value")});
    };
    begin(talk);
    talk.agent(encode(Opcode::text, R"({"op":2,"d":{"token":"{{token}}"}})", mask));
    EXPECT_EQ(texts(talk.upstreams[1].sent, true),
              std::vector<std::string>{R"({"op":2,"d":{"token":"s3cr3t-value"}})"});
    talk.upstream(1, encode(Opcode::text, "you are s3cr3t-value"));
    EXPECT_EQ(talk.to_agent, encode(Opcode::text, "you are ************"));
    EXPECT_EQ(talk.asked.size(), 1u);
    talk.agent_leaves();
    talk.check_ended();
    expect_sound(talk);
  }
}

// Its last letters could be the first of a secret, and nothing follows that would tell.
TEST(HttpSocket, the_end_of_a_message_does_not_wait_for_the_next_one) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.credential = "key";
    begin(talk);
    talk.upstream(1, encode(Opcode::text, "yes, s3cr"));
    EXPECT_EQ(talk.to_agent, encode(Opcode::text, "yes, s3cr"));
    expect_sound(talk);
  }
}

TEST(HttpSocket, an_http2_agent_has_its_socket_over_http1) {
  Talk talk;
  H2Agent agent(talk);
  agent.get("/first");
  agent.sync();
  talk.upstream(1, "HTTP/1.1 204 No Content\r\n\r\n");
  agent.sync();
  Request request = H2Agent::request("CONNECT", "/ws");
  request.protocol = "websocket";
  const StreamId stream = agent.codec->open(request, agent.out());
  agent.sync();
  ASSERT_EQ(talk.connects.size(), 2u);
  EXPECT_TRUE(talk.upstreams[2].sent.starts_with("GET /ws HTTP/1.1\r\n")) << talk.upstreams[2].sent;
  EXPECT_NE(talk.upstreams[2].sent.find("Sec-WebSocket-Key: "), std::string::npos);
  talk.upstream(2, agreed);
  agent.sync();
  EXPECT_EQ(agent.heard[stream].responses, 1u);
  agent.codec->upgrade(stream);
  agent.codec->body(stream, encode(Opcode::text, "hi", mask), agent.out());
  agent.sync();
  EXPECT_TRUE(talk.upstreams[2].sent.ends_with(encode(Opcode::text, "hi", mask)));
  talk.upstream(2, encode(Opcode::text, "ho"));
  agent.sync();
  EXPECT_EQ(agent.heard[stream].body, encode(Opcode::text, "ho"));
  talk.upstream_leaves(2);
  agent.sync();
  EXPECT_TRUE(talk.closed.empty()) << "only that stream has ended";
  EXPECT_EQ(talk.records.size(), 2u);
  expect_sound(talk);
}

}  // namespace
}  // namespace claw::http
