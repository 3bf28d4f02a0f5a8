// From the verdict to the upstream, in conversations: credentials, connections that die, numbers, retries.
#include <gtest/gtest.h>

#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n";
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

TEST(HttpSend, a_kept_connection_that_dies_is_tried_again_exactly_once) {
  Talk talk;
  talk.agent(get);
  talk.upstream(1, answer);
  talk.agent(get);
  ASSERT_EQ(talk.connects.size(), 1u);
  talk.upstream_leaves(1);
  ASSERT_EQ(talk.connects.size(), 2u) << talk.to_agent;
  EXPECT_EQ(talk.upstreams[2].sent, "GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_EQ(talk.asked.size(), 2u) << "judged once";
  talk.to_agent.clear();
  talk.upstream_leaves(2);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  EXPECT_EQ(talk.connects.size(), 2u);
  EXPECT_EQ(talk.records.size(), 2u);
  expect_sound(talk);
}

TEST(HttpSend, pooled_connections_that_all_died_are_tried_twice_and_no_more) {
  Talk talk;
  talk.is_pooled = true;
  talk.agent(get);
  talk.upstream_leaves(1);
  talk.upstream_leaves(2);
  EXPECT_EQ(talk.connects.size(), 2u);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  expect_sound(talk);
}

TEST(HttpSend, what_may_have_been_done_is_not_done_again) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 0\r\n\r\n", ""},
      {"POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 2\r\n\r\nab", ""},
      {"DELETE / HTTP/1.1\r\nHost: api.test\r\n\r\n", ""},
      {"PUT / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 2\r\n\r\nab", ""},
      {get, "HTTP/1.1 2"},
      {get, "HTTP/1.1 100 Continue\r\n\r\n"},
  };
  for (const auto& [request, began] : rows) {
    Talk talk;
    talk.is_pooled = true;
    talk.agent(request);
    if (!began.empty()) talk.upstream(1, began);
    talk.upstream_leaves(1);
    EXPECT_EQ(talk.connects.size(), 1u) << request;
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
    expect_sound(talk);
  }
  Talk fresh;
  fresh.agent(get);
  fresh.upstream_leaves(1);
  EXPECT_EQ(fresh.connects.size(), 1u) << "a connection just made did not die of age";
}

TEST(HttpSend, what_its_verdict_said_of_changes_is_said_to_who_lends) {
  Talk talk;
  talk.credential = "key";
  talk.holds = true;
  talk.agent(get);
  talk.agent(get);  // Waits for the first.
  talk.allowing.may_write = true;
  talk.allow(talk.asked.at(0).first);
  talk.upstream(1, answer);
  talk.allowing.may_write = false;
  talk.allow(talk.asked.at(1).first);
  EXPECT_EQ(talk.lent_for_changes, (std::vector{true, false}));
  expect_sound(talk);
}

TEST(HttpSend, an_upstream_that_cannot_be_reached_is_told) {
  Talk talk;
  talk.connect_error = Error{Code::unavailable, "no route", {}};
  talk.agent(get);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  ASSERT_EQ(talk.records.size(), 1u);
  EXPECT_EQ(talk.records[0].ending, protocol::Ending::failed);
  talk.connect_error.reset();
  talk.agent(get);
  EXPECT_EQ(talk.connects.size(), 2u);
  expect_sound(talk);
}

TEST(HttpSend, a_number_that_was_in_use_is_not_given_out_at_once) {
  Talk talk;
  for (int i = 0; i < 20; ++i) {
    talk.agent(get);
    const std::size_t number = protocol::number_of(talk.connects.back().side);
    EXPECT_LE(number, 8u);
    if (i > 0) {
      EXPECT_NE(talk.connects.back().side, talk.connects[talk.connects.size() - 2].side);
    }
    talk.upstream(number, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }
  EXPECT_EQ(talk.connects.size(), 20u);
  expect_sound(talk);
}

TEST(HttpSend, a_credential_that_breaks_the_head_refuses_the_request) {
  Talk talk;
  talk.credential = "key";
  talk.secret = "s3cr3t\r\nX-Evil: 1";
  talk.agent(get);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  EXPECT_TRUE(talk.upstreams[1].sent.empty());
  EXPECT_EQ(talk.to_agent.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(talk.records.size(), 1u);
  expect_sound(talk);
}

TEST(HttpSend, an_upload_in_signed_pieces_goes_up_without_them) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.credential = "key";
    talk.lend = [](action::Edits& edits) { edits.unwrap_aws_chunked = true; };
    const std::string body = "5;chunk-signature=" + std::string(64, 'a') + "\r\nhello\r\n0;chunk-signature=" +
                             std::string(64, 'b') + "\r\n\r\n";
    talk.agent("PUT /key HTTP/1.1\r\nHost: api.test\r\nX-Amz-Decoded-Content-Length: 5\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(talk.upstreams[1].sent.ends_with("\r\n\r\nhello")) << talk.upstreams[1].sent << talk.to_agent;
    EXPECT_NE(talk.upstreams[1].sent.find("Content-Length: 5\r\n"), std::string::npos);
    talk.upstream(1, answer);
    EXPECT_TRUE(talk.to_agent.ends_with("hello"));
    expect_sound(talk);
  }
}

TEST(HttpSend, an_upload_in_pieces_that_is_not_what_it_says_is_told_and_ends) {
  const std::string last = "0;chunk-signature=" + std::string(64, 'b') + "\r\n\r\n";
  const std::string piece = "5;chunk-signature=" + std::string(64, 'a') + "\r\nhello\r\n";
  const std::pair<std::string, std::string> rows[] = {
      {piece, "5"}, {piece + last, "4"}, {piece + last, "6"}, {"zz\r\n", "5"}, {piece + last, "x"}};
  for (const auto& [body, length] : rows) {
    Talk talk;
    talk.credential = "key";
    talk.lend = [](action::Edits& edits) { edits.unwrap_aws_chunked = true; };
    talk.agent("PUT /key HTTP/1.1\r\nHost: api.test\r\nX-Amz-Decoded-Content-Length: " + length +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 400 ") || talk.to_agent.starts_with("HTTP/1.1 502 "))
        << length << body << talk.to_agent;
    EXPECT_EQ(talk.records.size(), 1u);
    talk.agent_leaves();
    talk.check_ended();
    expect_sound(talk);
  }
}

TEST(HttpSend, an_http2_upstream_that_goes_away_has_its_unread_requests_asked_elsewhere_once) {
  Talk talk;
  talk.upstream_alpn = "h2";
  H2Agent agent(talk);
  const StreamId stream = agent.get("/x");
  agent.sync();
  H2Upstream up(talk, 1);
  agent.sync({&up});
  ASSERT_EQ(up.order.size(), 1u);
  up.codec->reset(up.order[0], Reset::refused, up.out());
  agent.sync({&up});
  ASSERT_EQ(talk.connects.size(), 2u);
  H2Upstream next(talk, 2);
  agent.sync({&next});
  next.answer(next.order[0], "here");
  agent.sync({&next});
  EXPECT_EQ(agent.heard[stream].body, "here");
  EXPECT_EQ(talk.records.size(), 1u);
  expect_sound(talk);
}

TEST(HttpSend, hosts_without_end_make_room_for_each_other) {
  Talk talk(Talk::proxy(), std::nullopt);
  for (int i = 0; i < 200; ++i) {
    const std::string host = "h" + std::to_string(i) + ".test";
    talk.hosts[host + ":80"] = Talk::options_for("https.api");
    talk.agent("GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    ASSERT_EQ(talk.connects.size(), static_cast<std::size_t>(i) + 1);
    talk.upstream(protocol::number_of(talk.connects.back().side), answer);
  }
  EXPECT_LE(talk.upstreams.size(), 72u);
  expect_sound(talk);
}

}  // namespace
}  // namespace claw::http
