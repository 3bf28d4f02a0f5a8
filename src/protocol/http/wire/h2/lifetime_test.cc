// How HTTP/2 streams and connections end: resets both ways, answers before their request, GOAWAY, a peer that
// is gone, bytes cut anywhere.
#include <gtest/gtest.h>

#include "protocol/http/wire/h2/connection.h"
#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http {
namespace {

using namespace trial;

TEST(H2Lifetime, a_reset_is_told_to_the_other_side_with_its_reason) {
  for (const Reset why :
       {Reset::cancelled, Reset::refused, Reset::internal, Reset::protocol, Reset::too_calm}) {
    Pair pair;
    const StreamId from_client = pair.client.codec->open(ask("POST", "/", true), pair.client.out());
    const StreamId from_server = pair.client.codec->open(ask("POST", "/", true), pair.client.out());
    ASSERT_TRUE(pair.talk().ok());
    pair.client.codec->reset(from_client, why, pair.client.out());
    pair.server.codec->reset(from_server, why, pair.server.out());
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_EQ(pair.server.heard.at(from_client).resets, std::vector<Reset>{why});
    EXPECT_EQ(pair.client.heard.at(from_server).resets, std::vector<Reset>{why});
    EXPECT_TRUE(pair.client.heard.at(from_client).resets.empty());
    EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
    // What is said on a stream that is gone is dropped.
    pair.server.codec->respond(from_client, answer(200), pair.server.out());
    pair.server.codec->body(from_client, "x", pair.server.out());
    pair.server.codec->end(from_client, {}, pair.server.out());
    pair.server.codec->reset(from_client, why, pair.server.out());
    pair.server.codec->pause(from_client, true, pair.server.out());
    EXPECT_TRUE(pair.server.codec->can_write(from_client));
    EXPECT_TRUE(pair.server.take().empty());
  }
}

TEST(H2Lifetime, an_agent_that_leaves_while_its_request_waits_is_noticed) {
  Pair pair;
  const StreamId id = pair.client.codec->open(ask("GET", "/"), pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.server.heard.at(id).ends, 1U);
  pair.client.codec->reset(id, Reset::cancelled, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.server.heard.at(id).resets, std::vector<Reset>{Reset::cancelled});
}

TEST(H2Lifetime, an_answer_may_end_before_its_request) {
  Pair pair;
  const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  pair.server.codec->respond(id, answer(403, true), pair.server.out());
  pair.server.codec->body(id, "no", pair.server.out());
  pair.server.codec->end(id, {}, pair.server.out());
  pair.server.codec->reset(id, Reset::cancelled, pair.server.out());
  const auto seen = frames_of(pair.server.take());
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().type, rst_stream);
  EXPECT_EQ(seen.back().payload, number(0, 4));  // NO_ERROR: the answer counts.
  std::string bytes;
  for (const Seen& each : seen) bytes += frame(each.type, each.flags, each.stream, each.payload);
  ASSERT_TRUE(pair.client.feed(bytes).ok());
  EXPECT_EQ(pair.client.heard.at(id).body, "no");
  EXPECT_EQ(pair.client.heard.at(id).ends, 1U);
  EXPECT_TRUE(pair.client.heard.at(id).resets.empty());
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2Lifetime, an_answer_that_is_not_out_yet_is_cut_off_and_forgotten) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  ASSERT_TRUE(server.feed(std::string(preface) +
                          frame(settings, none, 0, number(4, 2) + number(0, 4)) +
                          frame(headers, end_headers, 1, post_block()))
                  .ok());
  server.codec->respond(1, answer(403, true), server.out());
  server.codec->body(1, "no", server.out());
  server.codec->end(1, {}, server.out());
  server.take();
  server.codec->reset(1, Reset::cancelled, server.out());
  const auto seen = frames_of(server.take());
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].payload, number(8, 4));
  EXPECT_TRUE(server.codec->is_idle());
}

TEST(H2Lifetime, a_client_sends_no_more_once_it_has_its_answer) {
  Pair pair;
  const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  pair.server.codec->respond(id, answer(413), pair.server.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.client.heard.at(id).ends, 1U);
  EXPECT_EQ(pair.server.heard.at(id).resets, std::vector<Reset>{Reset::cancelled});
  pair.client.codec->body(id, "more", pair.client.out());
  pair.client.codec->end(id, {}, pair.client.out());
  EXPECT_TRUE(pair.client.take().empty());
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2Lifetime, everything_may_be_done_from_inside_a_callback) {
  Pair pair;
  pair.server.heard.when_request = [&](StreamId id, const Request& request) {
    if (request.path == "/reset") return pair.server.codec->reset(id, Reset::refused, pair.server.out());
    pair.server.codec->respond(id, answer(200, true), pair.server.out());
    pair.server.codec->pause(id, true, pair.server.out());
  };
  pair.server.heard.when_body = [&](StreamId id, std::string_view bytes) {
    pair.server.codec->body(id, bytes, pair.server.out());
    pair.server.codec->pause(id, false, pair.server.out());
  };
  pair.server.heard.when_end = [&](StreamId id) {
    pair.server.codec->end(id, pair.server.heard.at(id).trailers, pair.server.out());
  };
  StreamId second = 0;
  pair.client.heard.when_end = [&](StreamId) {
    if (second == 0) second = pair.client.codec->open(ask("GET", "/again"), pair.client.out());
  };
  const StreamId first = pair.client.codec->open(ask("POST", "/", true), pair.client.out());
  const StreamId gone = pair.client.codec->open(ask("POST", "/reset", true), pair.client.out());
  pair.client.codec->body(first, "echo", pair.client.out());
  pair.client.codec->body(gone, "x", pair.client.out());
  Fields trailers;
  trailers.add("a", "b");
  pair.client.codec->end(first, trailers, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.client.heard.at(first).body, "echo");
  EXPECT_EQ(pair.client.heard.at(first).trailers.find("a"), "b");
  EXPECT_EQ(pair.client.heard.at(gone).resets.size(), 1U);
  EXPECT_EQ(pair.client.heard.at(second).ends, 1U);
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2Lifetime, a_client_opens_no_more_streams_than_the_peer_allows) {
  H2Limits limits;
  limits.streams_max = 3;
  Pair pair(limits);
  ASSERT_TRUE(pair.talk().ok());
  std::vector<StreamId> ids;
  while (pair.client.codec->can_open()) {
    ids.push_back(pair.client.codec->open(ask("GET", "/"), pair.client.out()));
    ASSERT_LE(ids.size(), 3U);
  }
  EXPECT_EQ(ids.size(), 3U);
  ASSERT_TRUE(pair.talk().ok());
  pair.server.codec->respond(ids[1], answer(200), pair.server.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_TRUE(pair.client.codec->can_open());
}

TEST(H2Lifetime, a_server_that_leaves_answers_what_it_read_and_hands_back_the_rest) {
  Side client = {make_h2_client(), protocol::Side::upstream};
  client.codec->start(client.out());
  ASSERT_TRUE(client.feed(frame(settings, none, 0, "")).ok());
  const StreamId first = client.codec->open(ask("GET", "/1"), client.out());
  const StreamId second = client.codec->open(ask("GET", "/2"), client.out());
  ASSERT_TRUE(client.feed(frame(goaway, none, 0, number(first, 4) + number(0, 4))).ok());
  EXPECT_FALSE(client.codec->can_open());
  EXPECT_FALSE(client.codec->must_close());
  EXPECT_EQ(client.heard.at(second).resets, std::vector<Reset>{Reset::refused});
  EXPECT_TRUE(client.heard.at(first).resets.empty());
  ASSERT_TRUE(client.feed(frame(headers, end_headers | end_stream, first, field(":status", "204"))).ok());
  EXPECT_EQ(client.heard.at(first).ends, 1U);
  EXPECT_TRUE(client.codec->must_close());
  EXPECT_FALSE(client.codec->is_idle());
}

TEST(H2Lifetime, a_client_that_leaves_gets_its_answers_first) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  ASSERT_TRUE(server.feed(hello() + frame(headers, end_headers | end_stream, 1, get_block()) +
                          frame(goaway, none, 0, number(0, 4) + number(0, 4)))
                  .ok());
  EXPECT_FALSE(server.codec->must_close());
  server.codec->respond(1, answer(200), server.out());
  EXPECT_EQ(count_of(frames_of(server.take()), headers), 1U);
  EXPECT_TRUE(server.codec->must_close());
}

TEST(H2Lifetime, goodbye_says_why_once) {
  const std::pair<Code, std::uint32_t> rows[] = {{Code::invalid, 1}, {Code::limit, 11}, {Code::timeout, 0},
                                                 {Code::denied, 2},  {Code::unavailable, 2}};
  for (const auto& [code, said] : rows) {
    Pair pair;
    ASSERT_TRUE(pair.talk().ok());
    pair.server.codec->goodbye({code, std::string(300, 'w'), {}}, pair.server.out());
    pair.server.codec->goodbye({code, "again", {}}, pair.server.out());
    const auto seen = frames_of(pair.server.take());
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].type, goaway);
    EXPECT_EQ(seen[0].payload, number(0, 4) + number(said, 4) + std::string(200, 'w'));
    EXPECT_TRUE(pair.server.codec->must_close());
    EXPECT_FALSE(pair.server.codec->wants_bytes());
    EXPECT_FALSE(pair.server.feed(frame(ping, none, 0, "12345678")).ok());
  }
}

TEST(H2Lifetime, numbers_for_streams_run_out_before_they_wrap) {
  Side client = {make_h2_client(), protocol::Side::upstream};
  client.codec->start(client.out());
  ASSERT_TRUE(client.feed(frame(settings, none, 0, "")).ok());
  H2Limits limits;
  H2Connection late(false, limits, 0x7FFFFFFD);
  EXPECT_TRUE(late.can_open());
  const StreamId last = late.open(ask("GET", "/"), client.out());
  EXPECT_EQ(last, 0x7FFFFFFDU);
  EXPECT_FALSE(late.can_open());
  EXPECT_FALSE(late.must_close());
  late.reset(last, Reset::cancelled, client.out());
  EXPECT_TRUE(late.must_close());
}

// Every stream that was begun and not ended is told so, whenever the peer goes.
TEST(H2Lifetime, a_conversation_cut_at_every_byte_ends_every_stream) {
  const std::string whole = hello() + frame(headers, end_headers | end_stream, 1, get_block()) +
                            frame(headers, end_headers, 3, post_block()) + frame(data, none, 3, "part") +
                            frame(headers, end_headers | end_stream, 3, field("x", "y")) +
                            frame(rst_stream, none, 3, number(8, 4));
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Side server = {make_h2_server(), protocol::Side::client};
    server.codec->start(server.out());
    ASSERT_TRUE(server.feed(whole.substr(0, cut)).ok());
    server.codec->peer_closed(server.heard);
    EXPECT_TRUE(server.codec->must_close());
    for (auto& [id, message] : server.heard.messages) {
      EXPECT_EQ(message.resets.size(), 1U) << cut << ' ' << id;
    }
    server.codec->peer_closed(server.heard);
  }
}

TEST(H2Lifetime, an_answer_cut_at_every_byte_is_never_whole) {
  const std::string whole = frame(settings, none, 0, "") +
                            frame(headers, end_headers, 1, field(":status", "200")) +
                            frame(data, none, 1, "some") + frame(data, end_stream, 1, "more");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    Side client = {make_h2_client(), protocol::Side::upstream};
    client.codec->start(client.out());
    client.codec->open(ask("GET", "/"), client.out());
    ASSERT_TRUE(client.feed(whole.substr(0, cut)).ok());
    client.codec->peer_closed(client.heard);
    EXPECT_EQ(client.heard.at(1).ends, 0U);
    EXPECT_EQ(client.heard.at(1).resets.size(), 1U);
  }
}

}  // namespace
}  // namespace claw::http
