#include "protocol/spdy/session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "protocol/spdy/peer_for_test.h"

namespace claw::spdy {
namespace {

class Told : public Listener {
 public:
  Status on_open(bool from_client, StreamId stream, const Headers& headers) override {
    add("opens", from_client, stream, headers.empty() ? "" : headers[0].value);
    return Done{};
  }
  Status on_data(bool from_client, StreamId stream, std::string_view bytes) override {
    data[{from_client, stream}] += bytes;
    return Done{};
  }
  Status on_end(bool from_client, StreamId stream) override {
    add("ends", from_client, stream, std::exchange(data[{from_client, stream}], {}));
    return Done{};
  }
  Status on_gone(StreamId stream) override {
    lines += fmt::format("gone {}\n", stream);
    return Done{};
  }

  std::string lines;
  std::map<std::pair<bool, StreamId>, std::string> data;

 private:
  void add(std::string_view verb, bool from_client, StreamId stream, std::string_view text) {
    lines += fmt::format("{} {} {} {}\n", from_client ? "client" : "server", verb, stream, text);
  }
};

struct Talk {
  Told told;
  Session session{told};
  Peer client;
  Peer server;

  std::string say(bool from_client, std::string_view bytes) {
    const Status status = session.feed(from_client, bytes);
    return status ? "" : status.error().what;
  }
  std::string agent(std::string_view bytes) { return say(true, bytes); }
  std::string upstream(std::string_view bytes) { return say(false, bytes); }
};

TEST(SpdySession, a_conversation_in_every_slicing) {
  Peer client;
  Peer server;
  const std::vector<std::pair<bool, std::string>> turns = {
      {true, client.open(1, {{"streamtype", "error"}}) + client.open(3, {{"streamtype", "stdin"}})},
      {false, server.reply(1) + server.reply(3)},
      {true, Peer::data(1, "", true) + Peer::data(3, "abc") + Peer::ping(1)},
      {false, Peer::ping(1) + Peer::data(1, "status", true) + Peer::data(3, "", true)},
      {true, Peer::data(3, "def", true) + Peer::goaway()},
  };
  for (std::size_t slice = 1; slice < 100; ++slice) {
    Talk talk;
    for (const auto& [from_client, bytes] : turns) {
      for (std::size_t at = 0; at < bytes.size(); at += slice) {
        ASSERT_EQ(talk.say(from_client, std::string_view(bytes).substr(at, slice)), "") << slice;
      }
    }
    EXPECT_EQ(talk.told.lines,
              "client opens 1 error\nclient opens 3 stdin\nclient ends 1 \nserver ends 1 status\ngone 1\n"
              "server ends 3 \nclient ends 3 abcdef\ngone 3\n");
    EXPECT_EQ(talk.session.open_streams(), 0u);
  }
}

TEST(SpdySession, numbers_belong_to_a_side_and_only_grow) {
  Talk a;
  EXPECT_EQ(a.agent(a.client.open(2, {})), "SPDY stream with a number of the other side's");
  Talk b;
  EXPECT_EQ(b.upstream(b.server.open(1, {})), "SPDY stream with a number of the other side's");
  Talk c;
  EXPECT_EQ(c.agent(c.client.open(5, {})), "");
  EXPECT_EQ(c.agent(c.client.open(3, {})), "SPDY stream with a number that was used");
  EXPECT_EQ(c.agent(c.client.open(7, {})), "SPDY stream with a number that was used");  // For good.
  Talk d;
  EXPECT_EQ(d.agent(d.client.open(1, {}) + Peer::reset(1)), "");
  EXPECT_EQ(d.agent(d.client.open(1, {})), "SPDY stream with a number that was used");
}

TEST(SpdySession, nothing_is_said_on_a_stream_that_was_never_opened) {
  const std::string never = "SPDY frame for a stream that was never opened";
  Peer peer;
  for (const std::string& frame : {Peer::data(3, "x"), Peer::reset(3), peer.reply(3), Peer::data(4, "x")}) {
    Talk talk;
    EXPECT_EQ(talk.agent(talk.client.open(1, {})), "");
    EXPECT_EQ(talk.upstream(frame).substr(0, 4), "SPDY");
    EXPECT_EQ(talk.told.lines, "client opens 1 \n");
  }
  Talk talk;
  EXPECT_EQ(talk.agent(Peer::data(1, "x")), never);
}

TEST(SpdySession, data_before_the_reply_and_replies_to_oneself) {
  Talk a;
  EXPECT_EQ(a.agent(a.client.open(1, {}) + Peer::data(1, "early")), "");
  EXPECT_EQ(a.upstream(Peer::data(1, "x")), "SPDY data before the reply");
  Talk b;
  EXPECT_EQ(b.agent(b.client.open(1, {}) + b.client.reply(1)), "SPDY reply to oneself");
  Talk c;
  EXPECT_EQ(c.agent(c.client.open(1, {})), "");
  EXPECT_EQ(c.upstream(c.server.reply(1) + c.server.reply(1)), "SPDY reply twice");
}

// Both ends of Go's implementation drop what comes late; that they do happens in every other session.
TEST(SpdySession, what_comes_after_an_end_or_a_reset_is_dropped) {
  Talk talk;
  EXPECT_EQ(talk.agent(talk.client.open(1, {}) + talk.client.open(3, {})), "");
  EXPECT_EQ(talk.upstream(talk.server.reply(1) + talk.server.reply(3)), "");
  EXPECT_EQ(talk.agent(Peer::data(1, "a", true) + Peer::data(1, "late") + Peer::data(1, "", true)), "");
  EXPECT_EQ(talk.upstream(Peer::data(1, "b", true) + Peer::data(1, "late")), "");
  EXPECT_EQ(talk.agent(Peer::reset(3)), "");
  EXPECT_EQ(talk.upstream(Peer::data(3, "late") + Peer::reset(3) + talk.server.more(3, {}, 1)), "");
  EXPECT_EQ(talk.told.lines,
            "client opens 1 \nclient opens 3 \nclient ends 1 a\nserver ends 1 b\ngone 1\ngone 3\n");
}

TEST(SpdySession, streams_that_begin_half_closed) {
  Talk talk;
  EXPECT_EQ(talk.agent(talk.client.open(1, {}, 1) + talk.client.open(3, {}, 2) + talk.client.open(5, {}, 3)),
            "");
  EXPECT_EQ(talk.upstream(talk.server.reply(1, {}, 1) + Peer::data(3, "dropped")), "");
  EXPECT_EQ(talk.agent(Peer::data(3, "x") + talk.client.more(3, {}, 1)), "");
  EXPECT_EQ(
      talk.told.lines,
      "client opens 1 \nclient ends 1 \nclient opens 3 \nserver ends 3 \nclient opens 5 \nserver ends 5 \n"
      "client ends 5 \ngone 5\nserver ends 1 \ngone 1\nclient ends 3 x\ngone 3\n");
}

TEST(SpdySession, open_streams_have_a_limit_and_closed_ones_are_forgotten) {
  Talk talk;
  for (StreamId i = 0; i < open_streams_max; ++i) ASSERT_EQ(talk.agent(talk.client.open(2 * i + 1, {})), "");
  EXPECT_EQ(talk.agent(talk.client.open(2 * open_streams_max + 1, {})), "too many SPDY streams at once");
  Talk other;
  for (StreamId i = 0; i < open_streams_max + 100; ++i) {
    ASSERT_EQ(other.agent(other.client.open(2 * i + 1, {}) + Peer::reset(2 * i + 1)), "");
  }
  EXPECT_EQ(other.session.open_streams(), 0u);
}

}  // namespace
}  // namespace claw::spdy
