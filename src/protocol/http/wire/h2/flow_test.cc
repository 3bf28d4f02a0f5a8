// Back-pressure of HTTP/2: windows open only as the machine takes what came, one slow stream does not hold up
// the others, and what a peer does not let us send is kept within a limit.
#include <gtest/gtest.h>

#include "protocol/http/wire/h2/connection.h"
#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http {
namespace {

using namespace trial;

constexpr std::size_t mebibyte = 1024 * 1024;

H2Limits small_windows() {
  H2Limits limits;
  limits.window_bytes = 64 * 1024;
  return limits;
}

// Writes `whole` as the machine would: only while the codec has room.
void write_some(Side& side, StreamId id, std::string_view& whole) {
  while (!whole.empty() && side.codec->can_write(id)) {
    side.codec->body(id, whole.substr(0, 10'000), side.out());
    whole.remove_prefix(std::min<std::size_t>(whole.size(), 10'000));
    if (whole.empty()) side.codec->end(id, {}, side.out());
  }
}

std::string numbered(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += std::to_string(text.size()) + std::string(100, ' ');
  return text;
}

TEST(H2Flow, a_large_body_goes_through_a_small_window_whole) {
  for (const std::size_t slice : {std::size_t{4001}, mebibyte}) {
    Pair pair(small_windows(), {}, slice);
    const std::string sent = numbered(10 * mebibyte);
    std::string_view left = sent;
    const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
    for (int rounds = 0; rounds < 10'000 && pair.server.heard.at(id).ends == 0; ++rounds) {
      write_some(pair.client, id, left);
      const std::string bytes = pair.client.take();
      ASSERT_LE(bytes.size(), 2 * mebibyte);
      ASSERT_TRUE(pair.server.feed(bytes, slice).ok());
      ASSERT_TRUE(pair.client.feed(pair.server.take(), slice).ok());
    }
    EXPECT_TRUE(pair.server.heard.at(id).body == sent);
    EXPECT_EQ(pair.server.heard.at(id).ends, 1U);
  }
}

TEST(H2Flow, a_paused_stream_costs_one_window_and_holds_up_nobody) {
  Pair pair(small_windows());
  const std::string sent = numbered(mebibyte);
  const StreamId slow = pair.client.codec->open(ask("PUT", "/slow", true), pair.client.out());
  const StreamId fast = pair.client.codec->open(ask("PUT", "/fast", true), pair.client.out());
  pair.server.heard.when_request = [&](StreamId id, const Request& request) {
    pair.server.codec->pause(id, request.path == "/slow", pair.server.out());
  };
  std::string_view slow_left = sent, fast_left = sent;
  for (int rounds = 0; rounds < 200; ++rounds) {
    write_some(pair.client, slow, slow_left);
    write_some(pair.client, fast, fast_left);
    ASSERT_TRUE(pair.talk().ok());
  }
  EXPECT_TRUE(pair.server.heard.at(fast).body == sent);
  EXPECT_EQ(pair.server.heard.at(fast).ends, 1U);
  EXPECT_GT(pair.server.heard.at(slow).body.size(), 0U);
  // What the window was before the client knew ours may have been used; then one of ours.
  EXPECT_LE(pair.server.heard.at(slow).body.size(), 2U * 64 * 1024);
  EXPECT_FALSE(pair.client.codec->can_write(slow));

  pair.server.codec->pause(slow, false, pair.server.out());
  for (int rounds = 0; rounds < 200; ++rounds) {
    write_some(pair.client, slow, slow_left);
    ASSERT_TRUE(pair.talk().ok());
  }
  EXPECT_TRUE(pair.server.heard.at(slow).body == sent);
  EXPECT_EQ(pair.server.heard.at(slow).ends, 1U);
}

TEST(H2Flow, a_stream_paused_in_the_middle_goes_on_where_it_was) {
  Pair pair(small_windows());
  const std::string sent = numbered(mebibyte);
  std::string_view left = sent;
  const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
  std::size_t pieces = 0;
  pair.server.heard.when_body = [&](StreamId stream, std::string_view) {
    if (++pieces % 3 == 0) pair.server.codec->pause(stream, true, pair.server.out());
  };
  for (int rounds = 0; rounds < 2000 && pair.server.heard.at(id).ends == 0; ++rounds) {
    write_some(pair.client, id, left);
    ASSERT_TRUE(pair.talk().ok());
    pair.server.codec->pause(id, false, pair.server.out());
  }
  EXPECT_TRUE(pair.server.heard.at(id).body == sent);
}

TEST(H2Flow, many_paused_streams_leave_the_connection_open) {
  Pair pair(small_windows());
  const std::string much(200 * 1024, 'x');
  std::vector<StreamId> ids;
  pair.server.heard.when_request = [&](StreamId id, const Request& request) {
    pair.server.codec->pause(id, request.path == "/slow", pair.server.out());
  };
  ASSERT_TRUE(pair.talk().ok());
  for (int i = 0; i < 60; ++i) {
    ids.push_back(pair.client.codec->open(ask("PUT", "/slow", true), pair.client.out()));
    pair.client.codec->body(ids.back(), much, pair.client.out());
  }
  const StreamId last = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
  pair.client.codec->body(last, much, pair.client.out());
  pair.client.codec->end(last, {}, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.server.heard.at(last).body.size(), much.size());
  EXPECT_EQ(pair.server.heard.at(last).ends, 1U);
  for (const StreamId id : ids) EXPECT_LE(pair.server.heard.at(id).body.size(), 64U * 1024);
}

TEST(H2Flow, what_the_peer_does_not_take_is_kept_up_to_a_limit) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  // A window of nothing, for every stream.
  ASSERT_TRUE(server.feed(std::string(preface) +
                          frame(settings, none, 0, number(4, 2) + number(0, 4)) +
                          frame(headers, end_headers | end_stream, 1, get_block()))
                  .ok());
  server.codec->respond(1, answer(200, true), server.out());
  server.take();
  const std::string sent = numbered(mebibyte);
  std::string_view left = sent;
  EXPECT_TRUE(server.codec->can_write(1));
  write_some(server, 1, left);
  EXPECT_FALSE(server.codec->can_write(1));
  EXPECT_LE(sent.size() - left.size(), H2Limits().unsent_bytes_max + 10'000);
  EXPECT_TRUE(frames_of(server.take()).empty());

  std::string got;
  for (int rounds = 0; rounds < 1000 && got.size() < sent.size(); ++rounds) {
    ASSERT_TRUE(server.feed(frame(window_update, none, 1, number(5000, 4)) +
                            frame(window_update, none, 0, number(5000, 4))).ok());
    write_some(server, 1, left);
    for (const Seen& each : frames_of(server.take())) {
      ASSERT_EQ(each.type, data);
      ASSERT_LE(each.payload.size(), 5000U);
      got += each.payload;
    }
  }
  EXPECT_TRUE(got == sent);
  EXPECT_TRUE(server.codec->is_idle());
}

TEST(H2Flow, ends_and_trailers_wait_for_the_body_before_them) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  ASSERT_TRUE(server.feed(std::string(preface) +
                          frame(settings, none, 0, number(4, 2) + number(0, 4)) +
                          frame(headers, end_headers | end_stream, 1, get_block()))
                  .ok());
  server.codec->respond(1, answer(200, true), server.out());
  server.codec->body(1, "body", server.out());
  Fields trailers;
  trailers.add("x", "y");
  server.codec->end(1, trailers, server.out());
  EXPECT_EQ(count_of(frames_of(server.take()), data), 0U);
  ASSERT_TRUE(server.feed(frame(window_update, none, 1, number(100, 4))).ok());
  const auto seen = frames_of(server.take());
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].type, data);
  EXPECT_EQ(seen[0].payload, "body");
  EXPECT_EQ(seen[0].flags & end_stream, 0);
  EXPECT_EQ(seen[1].type, headers);
  EXPECT_EQ(seen[1].flags & end_stream, end_stream);
  EXPECT_TRUE(server.codec->is_idle());
}

TEST(H2Flow, data_for_a_stream_that_was_given_up_still_opens_the_connection) {
  H2Limits limits = small_windows();
  limits.connection_window_bytes = 64 * 1024;
  Pair pair(limits);
  ASSERT_TRUE(pair.talk().ok());
  const std::string much(60 * 1024, 'x');
  for (int i = 0; i < 20; ++i) {
    const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
    pair.client.codec->body(id, much, pair.client.out());
    // Reset while its data is on the way.
    pair.server.heard.when_request = [&](StreamId stream, const Request&) {
      pair.server.codec->reset(stream, Reset::refused, pair.server.out());
    };
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_EQ(pair.client.heard.at(id).resets, std::vector<Reset>{Reset::refused});
    EXPECT_TRUE(pair.server.heard.at(id).body.empty());
  }
  pair.server.heard.when_request = nullptr;
  const StreamId id = pair.client.codec->open(ask("PUT", "/", true), pair.client.out());
  pair.client.codec->body(id, much, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.server.heard.at(id).body.size(), much.size());
}

}  // namespace
}  // namespace claw::http
