#include "protocol/http/session.h"

#include <gtest/gtest.h>

#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n";
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view post_head =
    "POST /things HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n";

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

TEST(HttpSession, a_held_request_of_an_agent_that_leaves_is_withdrawn) {
  Talk talk;
  talk.holds = true;
  talk.agent(get);
  talk.agent_leaves();
  EXPECT_EQ(talk.withdrawn.size(), 1u);
  EXPECT_TRUE(talk.connects.empty());
  EXPECT_FALSE(talk.closed.empty());
  expect_sound(talk);
}

TEST(HttpSession, a_held_request_is_let_go_by_its_verdict_either_way) {
  Talk talk;
  talk.holds = true;
  talk.agent(get);
  talk.allow(talk.asked.back().first);
  talk.upstream(1, answer);
  talk.agent(get);
  talk.deny(talk.asked.back().first);
  EXPECT_TRUE(talk.to_agent.find("HTTP/1.1 403 ") != std::string::npos) << talk.to_agent;
  EXPECT_EQ(talk.records.size(), 1u);
  talk.agent_leaves();
  EXPECT_EQ(talk.released, 1u) << "the upstream's connection is clean";
  expect_sound(talk);
}

TEST(HttpSession, a_stream_that_is_reset_while_it_is_held_is_withdrawn_and_the_others_go_on) {
  Talk talk;
  talk.holds = true;
  H2Agent agent(talk);
  const StreamId first = agent.get("/first");
  const StreamId second = agent.get("/second");
  agent.sync();
  ASSERT_EQ(talk.asked.size(), 2u);
  agent.reset(first);
  agent.sync();
  EXPECT_EQ(talk.withdrawn, std::vector<protocol::Ticket>{talk.asked[0].first});
  talk.allow(talk.asked[0].first);  // It was on its way.
  ASSERT_EQ(talk.records.size(), 1u);
  EXPECT_EQ(talk.records[0].ending, protocol::Ending::cancelled);
  talk.allow(talk.asked[1].first);
  talk.upstream(1, answer);
  agent.sync();
  EXPECT_EQ(agent.heard[second].body, "hello");
  EXPECT_EQ(talk.upstreams[1].sent.find("/first"), std::string::npos);
  talk.agent_leaves();
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSession, concurrent_streams_have_a_connection_each_to_an_http1_upstream) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    H2Agent agent(talk);
    const std::vector<StreamId> streams = {agent.get("/0"), agent.get("/1"), agent.get("/2")};
    agent.sync();
    ASSERT_EQ(talk.connects.size(), 3u);
    for (const std::size_t number : {3, 1, 2}) {
      const std::string& sent = talk.upstreams[number].sent;
      const std::string path = sent.substr(5, 1);
      talk.upstream(number, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n#" + path);
    }
    agent.sync();
    for (std::size_t i = 0; i < streams.size(); ++i) {
      EXPECT_EQ(agent.heard[streams[i]].body, "#" + std::to_string(i));
      EXPECT_EQ(agent.heard[streams[i]].ends, 1u);
    }
    EXPECT_EQ(talk.records.size(), 3u);
    expect_sound(talk);
  }
}

TEST(HttpSession, concurrent_streams_share_a_connection_to_an_http2_upstream) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.upstream_alpn = "h2";
    H2Agent agent(talk);
    const StreamId first = agent.post("/first", "one");
    const StreamId second = agent.post("/second", "two");
    agent.sync();
    ASSERT_EQ(talk.connects.size(), 1u);
    H2Upstream up(talk, 1);
    agent.sync({&up});
    ASSERT_EQ(up.order.size(), 2u);
    EXPECT_EQ(up.heard[up.order[0]].body, "one");
    EXPECT_EQ(up.heard[up.order[1]].body, "two");
    up.answer(up.order[1], "second");
    agent.sync({&up});
    EXPECT_EQ(agent.heard[second].body, "second");
    EXPECT_EQ(agent.heard[first].responses, 0u);
    up.answer(up.order[0], "first");
    agent.sync({&up});
    EXPECT_EQ(agent.heard[first].body, "first");
    expect_sound(talk);
  }
}

TEST(HttpSession, an_upstream_that_pours_is_held_back_by_an_agent_that_does_not_take) {
  Talk talk;
  H2Agent agent(talk);
  const StreamId stream = agent.get("/big");
  agent.sync();
  agent.codec->pause(stream, true, agent.out());
  const std::string piece(64 * 1024, 'x');
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(64 * piece.size()) + "\r\n\r\n");
  for (int i = 0; i < 64; ++i) {
    talk.upstream(1, piece);
    agent.sync();
  }
  const std::size_t through = 64 * piece.size() - talk.upstreams[1].unread.size();
  EXPECT_LT(through, 1024 * 1024u);
  EXPECT_FALSE(talk.machine.wants(protocol::Side::upstream));
  agent.codec->pause(stream, false, agent.out());
  agent.sync();
  EXPECT_EQ(agent.heard[stream].body.size(), 64 * piece.size());
  EXPECT_EQ(agent.heard[stream].ends, 1u);
  expect_sound(talk);
}

TEST(HttpSession, an_agent_that_pours_is_held_back_by_an_upstream_that_does_not_take) {
  Talk talk;
  talk.upstream_alpn = "h2";
  talk.agent("POST /up HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4194304\r\n\r\n");
  H2Upstream up(talk, 1);
  up.sync();
  ASSERT_EQ(up.order.size(), 1u);
  up.codec->pause(up.order[0], true, up.out());
  for (int i = 0; i < 64; ++i) {
    talk.agent(std::string(64 * 1024, 'y'));
    up.sync();
  }
  EXPECT_GT(talk.agent_unread.size(), 3 * 1024 * 1024u);
  EXPECT_FALSE(talk.machine.wants(protocol::Side::client));
  up.codec->pause(up.order[0], false, up.out());
  up.sync();
  EXPECT_EQ(up.heard[up.order[0]].body.size(), 4194304u);
  EXPECT_EQ(up.heard[up.order[0]].ends, 1u);
  expect_sound(talk);
}

TEST(HttpSession, an_agent_that_takes_nothing_for_a_minute_loses_that_stream_only) {
  Talk talk;
  H2Agent agent(talk);
  const StreamId stuck = agent.get("/big");
  agent.sync();
  agent.codec->pause(stuck, true, agent.out());
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + std::string(1024 * 1024, 'x'));
  agent.sync();
  talk.tick(8);
  agent.sync();
  EXPECT_TRUE(agent.heard[stuck].was_reset);
  EXPECT_EQ(talk.dropped, 1u);
  EXPECT_TRUE(talk.closed.empty());
  const StreamId next = agent.get("/small");
  agent.sync();
  talk.upstream(2, answer);
  agent.sync();
  EXPECT_EQ(agent.heard[next].body, "hello");
  talk.agent_leaves();
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSession, a_head_that_dribbles_in_ends_and_an_idle_connection_lives_longer) {
  Talk slow;
  slow.agent("GET / HT");
  for (int i = 0; i < 3; ++i) {
    slow.tick();
    slow.agent("T");
  }
  EXPECT_TRUE(slow.closed.empty());
  slow.tick(2);
  EXPECT_FALSE(slow.closed.empty());
  EXPECT_EQ(slow.reports, std::vector<std::string>{"the request took too long to arrive"});
  Talk idle;
  idle.agent(get);
  idle.upstream(1, answer);
  idle.tick(10);
  EXPECT_TRUE(idle.closed.empty());
  idle.agent("GET /slow HTTP/1.1\r\n");  // Just begun: the time of silence before is not held against it.
  idle.tick();
  EXPECT_TRUE(idle.closed.empty());
  idle.agent("Host: api.test\r\n\r\n");
  EXPECT_EQ(idle.asked.size(), 2u);
  EXPECT_EQ(idle.released, 1u) << "an upstream connection nobody uses goes to whoever needs it";
  idle.upstream(2, answer);
  idle.tick(14);
  EXPECT_FALSE(idle.closed.empty());
  EXPECT_TRUE(idle.reports.empty());
  expect_sound(idle);
}

TEST(HttpSession, a_body_that_is_waited_for_to_be_judged_and_does_not_come_is_an_incident) {
  for (const bool is_refused : {false, true}) {
    auto options = Talk::options_for("https.api");
    options->needs.body = true;
    Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
    H2Agent agent(talk);
    agent.post(is_refused ? "/%2e%2e%2f%00" : "/", "x", false);
    agent.sync();
    talk.tick(7);
    EXPECT_EQ(talk.reports.size(), 1u) << "once, also where it was refused before";
    EXPECT_TRUE(talk.closed.empty()) << "other streams live on";
    expect_sound(talk);
  }
}

TEST(HttpSession, a_body_that_dribbles_in_ends_and_an_upstream_that_thinks_does_not) {
  Talk slow;
  slow.agent(post_head);
  slow.tick(7);
  EXPECT_FALSE(slow.closed.empty());
  slow.check_ended();
  expect_sound(slow);
  Talk thinking;
  thinking.agent(get);
  thinking.tick(1000);
  EXPECT_TRUE(thinking.closed.empty());
  thinking.upstream(1, answer);
  EXPECT_TRUE(thinking.to_agent.ends_with("hello"));
  expect_sound(thinking);
}

TEST(HttpSession, an_agent_that_does_not_take_its_answer_is_let_go_and_others_are_not) {
  Talk talk;
  talk.agent(get);
  talk.time_out(protocol::stalled_timer);
  EXPECT_TRUE(talk.closed.empty()) << "there is nothing to take yet";
  talk.upstream(1, answer.substr(0, answer.size() - 1));
  talk.time_out(protocol::stalled_timer);
  EXPECT_EQ(talk.closed, "the agent neither sent nor took anything for a minute");
  talk.check_ended();
  expect_sound(talk);
  Talk other;
  H2Agent agent(other);
  agent.get("/");
  agent.sync();
  other.upstream(1, answer.substr(0, answer.size() - 1));
  other.time_out(protocol::stalled_timer);
  EXPECT_TRUE(other.closed.empty()) << "HTTP/2 has windows to see it by";
  expect_sound(other);
}

TEST(HttpSession, a_stream_both_sides_talk_on_may_be_silent_for_hours) {
  Talk talk;
  talk.upstream_alpn = "h2";
  H2Agent agent(talk);
  const StreamId stream = agent.post("/watch", "subscribe", false);
  agent.sync();
  H2Upstream up(talk, 1);
  agent.sync({&up});
  Response response;
  up.codec->respond(up.order[0], response, up.out());
  agent.sync({&up});
  talk.tick(500);
  EXPECT_TRUE(talk.closed.empty());
  EXPECT_FALSE(agent.heard[stream].was_reset);
  up.codec->body(up.order[0], "news", up.out());
  agent.sync({&up});
  EXPECT_EQ(agent.heard[stream].body, "news");
}

TEST(HttpSession, a_timer_of_before_the_session_is_no_tick) {
  Talk talk;
  talk.agent("GET / HT");
  for (int i = 0; i < 50; ++i) talk.time_out(2);
  EXPECT_TRUE(talk.closed.empty());
}

TEST(HttpSession, a_refused_upload_on_http2_is_heard_out_up_to_a_limit) {
  Talk talk;
  talk.policy = [](const action::Subject&) { return false; };
  H2Agent agent(talk);
  const StreamId stream = agent.post("/up", "begin", false);
  agent.sync();
  EXPECT_EQ(agent.heard[stream].response.status, 403);
  EXPECT_EQ(agent.heard[stream].ends, 1u);
  const StreamId other = agent.post("/up", "whole");
  agent.sync();
  EXPECT_EQ(agent.heard[other].response.status, 403);
  EXPECT_TRUE(talk.connects.empty());
  EXPECT_TRUE(talk.closed.empty());
  talk.tick(7);
  EXPECT_TRUE(talk.closed.empty());
  EXPECT_EQ(talk.machine.state(), "idle");
  expect_sound(talk);
}

TEST(HttpSession, a_refused_upload_on_http1_leaves_nothing_behind) {
  Talk talk;
  talk.policy = [](const action::Subject& subject) { return subject.parts[0].verb == "get"; };
  talk.agent("POST /up HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n12345");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  talk.agent(std::string("67890") + std::string(get));
  EXPECT_EQ(talk.upstreams[1].sent, "GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n");
  talk.tick(100);
  EXPECT_TRUE(talk.closed.empty()) << talk.closed;
  talk.upstream(1, answer);
  EXPECT_TRUE(talk.to_agent.ends_with("hello"));
  expect_sound(talk);
}

// Whatever was under way when it ended, and whoever ended it.
TEST(HttpSession, every_conversation_may_end_at_every_byte) {
  const std::string asks[] = {
      std::string(get) + std::string(get),
      std::string(post_head) + "0123456789" + std::string(get),
      "POST /x HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "PUT /x HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody",
  };
  for (const std::string& ask : asks) {
    for (std::size_t cut = 0; cut <= ask.size(); ++cut) {
      for (const int who : {0, 1, 2}) {
        Talk talk;
        talk.credential = "key";
        talk.holds = who == 2;
        talk.agent(ask.substr(0, cut));
        if (who == 1 && !talk.connects.empty()) {
          talk.upstream(1, answer.substr(0, cut % answer.size()));
          talk.upstream_leaves(1);
        }
        talk.agent_leaves();
        EXPECT_FALSE(talk.closed.empty());
        if (who == 2) {
          EXPECT_TRUE(talk.connects.empty());
          EXPECT_EQ(talk.withdrawn.size(), talk.asked.size());
        }
        talk.check_ended();
        expect_sound(talk);
      }
    }
  }
}

// A world that answers every question late, and in any order.
TEST(HttpSession, late_answers_change_nothing_but_the_time) {
  Talk talk;
  talk.postpones = true;
  talk.credential = "key";
  H2Agent agent(talk);
  const std::vector<StreamId> streams = {agent.get("/0"), agent.post("/1", "one"), agent.get("/2")};
  agent.sync();
  for (int i = 0; !talk.postponed.empty(); ++i) {
    ASSERT_LT(i, 100);
    talk.answer(talk.postponed.size() - 1);
    agent.sync();
  }
  ASSERT_EQ(talk.connects.size(), 3u);
  for (const std::size_t number : {1, 2, 3}) talk.upstream(number, answer);
  agent.sync();
  for (const StreamId stream : streams) EXPECT_EQ(agent.heard[stream].body, "hello");
  talk.agent_leaves();
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSession, a_world_that_answers_after_the_agent_has_left_is_not_listened_to) {
  for (std::size_t steps = 0; steps < 5; ++steps) {
    Talk talk;
    talk.postpones = true;
    talk.credential = "key";
    talk.agent(get);
    for (std::size_t i = 0; i < steps; ++i) talk.answer();
    talk.agent_leaves();
    while (!talk.postponed.empty()) talk.answer();
    EXPECT_FALSE(talk.closed.empty());
    talk.check_ended();
    expect_sound(talk);
  }
}

TEST(HttpSession, many_requests_one_after_the_other_use_one_connection) {
  Talk talk;
  for (int i = 0; i < 200; ++i) {
    talk.agent(get);
    talk.upstream(1, answer);
  }
  EXPECT_EQ(talk.connects.size(), 1u);
  EXPECT_EQ(talk.records.size(), 200u);
  talk.agent_leaves();
  talk.check_ended();
  expect_sound(talk);
}

TEST(HttpSession, streams_opened_and_reset_in_haste_leave_nothing_behind) {
  Talk talk;
  talk.holds = true;
  H2Agent agent(talk);
  for (int i = 0; i < 150; ++i) {
    agent.reset(agent.get("/x"));
    agent.sync();
  }
  EXPECT_EQ(talk.asked.size(), talk.withdrawn.size());
  EXPECT_EQ(talk.machine.state(), "idle");
  expect_sound(talk);
}

TEST(HttpSession, bytes_that_are_no_http_end_it_and_nothing_of_them_is_obeyed) {
  Talk talk;
  talk.agent(
      "GET / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 400 ")) << talk.to_agent;
  EXPECT_FALSE(talk.closed.empty());
  EXPECT_TRUE(talk.asked.empty());
  EXPECT_EQ(talk.reports.size(), 1u);
  expect_sound(talk);
}

TEST(HttpSession, an_agent_that_breaks_http2_while_others_are_under_way_ends_all_of_them_once) {
  Talk talk;
  H2Agent agent(talk);
  agent.get("/0");
  agent.post("/1", "x", false);
  agent.sync();
  talk.agent(std::string_view("\0\0\0\x04\xff\0\0\0\0\0\0\0\0\0\0\0\0\0", 18));
  talk.agent(std::string(9, '\0'));
  EXPECT_FALSE(talk.closed.empty());
  EXPECT_EQ(talk.records.size(), 2u);
  talk.check_ended();
  expect_sound(talk);
}

}  // namespace
}  // namespace claw::http
