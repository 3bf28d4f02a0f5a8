// The way back, in conversations: what an upstream may answer, where it may be cut, what is searched for
// secrets.
#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n";

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

// `before s3cr3t-value after`, by gzip.
std::string packed_secret() {
  return from_base64("H4sIAAAAAAACA0tKTcsvSlUoNk4uMi7RLUvMKU1VSEwrSS0CAOBijuMZAAAA").value();
}

TEST(HttpAnswer, interim_answers_are_dropped) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.agent(get);
    talk.upstream(1, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 200 OK\r\n")) << talk.to_agent;
    EXPECT_TRUE(talk.to_agent.ends_with("\r\n\r\nok"));
    expect_sound(talk);
  }
}

TEST(HttpAnswer, answers_without_a_body_end_with_their_head_and_the_connection_goes_on) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"HEAD /x HTTP/1.1\r\nHost: api.test\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"},
      {get, "HTTP/1.1 204 No Content\r\n\r\n"},
      {get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"},
  };
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    for (const auto& [request, answer] : rows) {
      Talk talk;
      talk.slice = slice;
      talk.credential = "key";
      talk.agent(request);
      talk.upstream(1, answer);
      EXPECT_TRUE(talk.to_agent.ends_with("\r\n\r\n")) << talk.to_agent;
      EXPECT_EQ(talk.records.size(), 1u);
      talk.agent(get);
      EXPECT_EQ(talk.connects.size(), 1u);
      EXPECT_EQ(talk.asked.size(), 2u);
      expect_sound(talk);
    }
  }
}

TEST(HttpAnswer, what_is_not_for_the_agent_is_taken_out_of_head_and_trailers) {
  Talk talk;
  talk.credential = "key";
  talk.agent(get);
  talk.upstream(1, "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nSet-Cookie: a=b\r\nX-s3cr3t-value: 1\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: s3cr3t-value\r\n\r\n");
  EXPECT_EQ(talk.to_agent.find("Alt-Svc"), std::string::npos);
  EXPECT_EQ(talk.to_agent.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(talk.to_agent.find("s3cr3t"), std::string::npos) << talk.to_agent;
  EXPECT_TRUE(talk.to_agent.ends_with("0\r\nX-Sum: ************\r\n\r\n")) << talk.to_agent;
  expect_sound(talk);
}

TEST(HttpAnswer, cookies_pass_where_the_config_says_so) {
  auto options = Talk::options_for("https.api");
  options->strip_set_cookie = false;
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  talk.agent(get);
  talk.upstream(1, "HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n");
  EXPECT_NE(talk.to_agent.find("Set-Cookie: a=b\r\n"), std::string::npos);
}

TEST(HttpAnswer, a_secret_is_found_however_it_was_cut) {
  const std::string body = "<s3cr3t-value>s3cr3t-valu<s3cr3t-value";
  const std::string whole =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : body) chunked += "1\r\n" + std::string(1, c) + "\r\n";
  chunked += "0\r\n\r\n";
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    for (const std::string& answer : {whole, chunked}) {
      Talk talk;
      talk.slice = slice;
      talk.credential = "key";
      H2Agent agent(talk);
      const StreamId stream = agent.get("/x");
      agent.sync();
      talk.upstream(1, answer);
      agent.sync();
      const std::string& heard = agent.heard[stream].body;
      EXPECT_EQ(heard.size(), body.size());
      EXPECT_EQ(heard.find("s3cr3t-value"), std::string::npos) << heard;
      // Of an answer that streams a few letters may be out before anybody knows.
      if (answer == whole) EXPECT_EQ(heard, "<************>s3cr3t-valu<************");
      else EXPECT_EQ(heard.find("<s3cr"), std::string::npos) << heard;
      EXPECT_NE(talk.records[0].detail.find("a secret was taken out"), std::string::npos);
      expect_sound(talk);
    }
  }
}

TEST(HttpAnswer, a_packed_answer_is_unpacked_and_searched) {
  const std::string packed = packed_secret();
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.credential = "key";
    talk.agent(get);
    EXPECT_NE(talk.upstreams[1].sent.find("Accept-Encoding: identity\r\n"), std::string::npos);
    talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                         std::to_string(packed.size()) + "\r\n\r\n" + packed);
    EXPECT_EQ(talk.to_agent.find("Content-Encoding"), std::string::npos) << talk.to_agent;
    EXPECT_EQ(talk.to_agent.find("s3cr3t"), std::string::npos);
    EXPECT_GE(std::ranges::count(talk.to_agent, '*'), 9) << "a few letters may be out before anybody knows";
    EXPECT_TRUE(talk.to_agent.ends_with("0\r\n\r\n"));
    expect_sound(talk);
  }
}

TEST(HttpAnswer, a_packed_answer_that_does_not_unpack_never_looks_whole) {
  const std::string packed = packed_secret();
  const std::string cut = packed.substr(0, packed.size() - 4);
  for (const std::string& body : {cut, std::string("no gzip at all, but so it is called")}) {
    Talk talk;
    talk.credential = "key";
    talk.agent(get);
    talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_FALSE(talk.to_agent.ends_with("0\r\n\r\n")) << talk.to_agent;
    EXPECT_FALSE(talk.closed.empty());
    ASSERT_EQ(talk.records.size(), 1u);
    EXPECT_EQ(talk.records[0].ending, protocol::Ending::unknown);
    expect_sound(talk);
  }
  Talk unknown;
  unknown.credential = "key";
  unknown.agent(get);
  unknown.upstream(1, "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_TRUE(unknown.to_agent.starts_with("HTTP/1.1 502 ")) << unknown.to_agent;
  EXPECT_EQ(unknown.dropped, 1u);
  expect_sound(unknown);
}

TEST(HttpAnswer, an_answer_before_the_end_of_its_request_is_relayed_and_the_rest_dropped) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.agent("POST /up HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n01234");
    talk.upstream(1, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 413 ")) << talk.to_agent;
    EXPECT_EQ(talk.dropped, 1u) << "half a request was sent on it";
    talk.agent("56789" + std::string(get));
    EXPECT_EQ(talk.asked.size(), 2u);
    EXPECT_EQ(talk.upstreams[2].sent, get);
    EXPECT_TRUE(talk.upstreams[1].sent.ends_with("01234"));
    expect_sound(talk);
  }
  Talk talk;
  H2Agent agent(talk);
  const StreamId stream = agent.post("/up", "01234", false);
  agent.sync();
  talk.upstream(1, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  agent.sync();
  EXPECT_EQ(agent.heard[stream].body, "no");
  EXPECT_EQ(talk.records.size(), 1u);
  expect_sound(talk);
}

TEST(HttpAnswer, an_http2_upstream_that_answers_early_serves_either_kind_of_agent) {
  Talk talk;
  talk.upstream_alpn = "h2";
  talk.agent("POST /up HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n01234");
  H2Upstream up(talk, 1);
  up.sync();
  up.answer(up.order[0], "no", 413);
  up.sync();
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 413 ")) << talk.to_agent;
  talk.agent("56789" + std::string(get));
  up.sync();
  ASSERT_EQ(up.order.size(), 2u);
  EXPECT_EQ(up.heard[up.order[1]].request.path, "/things");
  expect_sound(talk);
}

// Whatever is cut, and however it was framed, the agent sees that it was.
TEST(HttpAnswer, an_upstream_cut_at_each_byte_is_never_taken_for_whole) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  };
  for (const std::string& answer : answers) {
    for (std::size_t cut = 0; cut < answer.size(); ++cut) {
      for (const bool has_credential : {false, true}) {
        Talk talk;
        if (has_credential) talk.credential = "key";
        talk.agent(get);
        talk.upstream(1, answer.substr(0, cut));
        talk.upstream_leaves(1);
        ASSERT_EQ(talk.records.size(), 1u) << cut;
        EXPECT_NE(talk.records[0].ending, protocol::Ending::ok);
        const bool is_told = talk.to_agent.starts_with("HTTP/1.1 502 ");
        EXPECT_TRUE(is_told || !talk.closed.empty()) << cut << talk.to_agent;
        EXPECT_FALSE(talk.to_agent.ends_with("0\r\n\r\n"));
        expect_sound(talk);
      }
    }
  }
}

TEST(HttpAnswer, an_answer_that_lasts_until_the_end_is_whole_only_after_an_orderly_one) {
  for (const bool is_orderly : {true, false}) {
    Talk talk;
    talk.agent(get);
    talk.upstream(1, "HTTP/1.1 200 OK\r\n\r\nall there is");
    talk.upstream_leaves(1, is_orderly ? "" : "connection reset");
    EXPECT_EQ(talk.to_agent.ends_with("0\r\n\r\n"), is_orderly) << talk.to_agent;
    EXPECT_EQ(talk.records[0].ending == protocol::Ending::ok, is_orderly);
    EXPECT_EQ(talk.closed.empty(), is_orderly);
    expect_sound(talk);
  }
}

TEST(HttpAnswer, a_stream_whose_upstream_is_cut_is_reset_and_the_others_go_on) {
  Talk talk;
  H2Agent agent(talk);
  const StreamId first = agent.get("/1");
  const StreamId second = agent.get("/2");
  agent.sync();
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  talk.upstream_leaves(1);
  talk.upstream(2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  agent.sync();
  EXPECT_TRUE(agent.heard[first].was_reset);
  EXPECT_EQ(agent.heard[first].ends, 0u);
  EXPECT_EQ(agent.heard[second].body, "hello");
  EXPECT_TRUE(talk.closed.empty());
  expect_sound(talk);
}

TEST(HttpAnswer, an_answer_that_makes_no_sense_is_not_relayed) {
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "SSH-2.0-x\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"}) {
    Talk talk;
    talk.agent(get);
    talk.upstream(1, answer);
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
    EXPECT_EQ(talk.records.size(), 1u);
    EXPECT_EQ(talk.dropped, 1u);
    EXPECT_EQ(talk.connects.size(), 1u);
    expect_sound(talk);
  }
}

TEST(HttpAnswer, bytes_ahead_of_the_next_request_are_never_its_answer) {
  Talk talk;
  talk.agent(get);
  talk.upstream(
      1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  EXPECT_TRUE(talk.to_agent.ends_with("\r\n\r\nok")) << talk.to_agent;
  talk.agent(get);
  EXPECT_EQ(talk.connects.size(), 2u);
  EXPECT_EQ(talk.to_agent.find("evil"), std::string::npos);
  expect_sound(talk);
}

TEST(HttpAnswer, its_headers_are_on_record_without_what_opens_anything) {
  Talk talk;
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: today\r\nX-RateLimit-Remaining: 7\r\n"
                   "X-Auth-Token: opensesame\r\nLocation: https://a.test/x?sig=opensesame\r\n\r\n");
  ASSERT_EQ(talk.records.size(), 1u);
  EXPECT_EQ(talk.records[0].detail, "200 x-ratelimit-remaining=7 x-auth-token=* location=https://a.test/x; "
                                    "0 bytes sent, 0 received");
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  std::string many = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
  for (int i = 0; i < 90; ++i) many += "X-Many-" + std::to_string(i) + ": " + std::string(100, 'm') + "\r\n";
  talk.upstream(1, many + "\r\n");
  ASSERT_EQ(talk.records.size(), 2u);
  EXPECT_LT(talk.records[1].detail.size(), 2100u);
  expect_sound(talk);
}

}  // namespace
}  // namespace claw::http
