#include "protocol/http/machine.h"

#include <gtest/gtest.h>

#include "protocol/http/talk_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /things?a=b HTTP/1.1\r\nHost: api.test\r\nUser-Agent: t\r\n\r\n";
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello";

TEST(HttpMachine, relays_a_request_that_is_allowed) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.agent(get);
    EXPECT_EQ(talk.upstreams[1].sent, "GET /things?a=b HTTP/1.1\r\nHost: api.test\r\nUser-Agent: t\r\n\r\n");
    talk.upstream(1, answer);
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 200 OK\r\n")) << talk.to_agent;
    EXPECT_TRUE(talk.to_agent.ends_with("\r\n\r\nhello")) << talk.to_agent;
    ASSERT_EQ(talk.records.size(), 1u);
    EXPECT_EQ(talk.records[0].ending, protocol::Ending::ok);
    EXPECT_TRUE(talk.closed.empty()) << talk.closed;
    talk.agent(get);
    EXPECT_EQ(talk.connects.size(), 1u) << "the upstream's connection is kept";
    EXPECT_TRUE(talk.wrong.empty());
  }
}

TEST(HttpMachine, answers_for_a_request_that_is_refused) {
  Talk talk;
  talk.policy = [](const action::Subject& subject) { return subject.parts[0].verb != "delete"; };
  talk.agent("DELETE /things HTTP/1.1\r\nHost: api.test\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  EXPECT_NE(talk.to_agent.find("application/problem+json"), std::string::npos);
  EXPECT_TRUE(talk.connects.empty());
  EXPECT_TRUE(talk.records.empty());
  talk.agent(get);
  EXPECT_EQ(talk.connects.size(), 1u) << "the connection lives";
  EXPECT_TRUE(talk.wrong.empty());
}

TEST(HttpMachine, sends_nothing_before_the_verdict_and_nothing_after_the_agent_has_left) {
  Talk talk;
  talk.holds = true;
  talk.agent(get);
  EXPECT_TRUE(talk.connects.empty());
  talk.agent_leaves();
  EXPECT_EQ(talk.withdrawn.size(), 1u);
  EXPECT_FALSE(talk.closed.empty());
  EXPECT_TRUE(talk.wrong.empty());
}

TEST(HttpMachine, puts_the_credential_in_and_takes_it_out_of_the_answer) {
  for (const std::size_t slice : {0, 1, 5}) {
    Talk talk;
    talk.slice = slice;
    talk.credential = "key";
    talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer mine\r\n\r\n");
    EXPECT_NE(talk.upstreams[1].sent.find("Authorization: Bearer s3cr3t-value\r\n"), std::string::npos);
    EXPECT_EQ(talk.upstreams[1].sent.find("mine"), std::string::npos);
    talk.upstream(1, "HTTP/1.1 200 OK\r\nX-Echo: s3cr3t-value\r\nContent-Length: 20\r\n\r\n<s3cr3t-value>012345");
    EXPECT_EQ(talk.to_agent.find("s3cr3t"), std::string::npos) << talk.to_agent;
    EXPECT_TRUE(talk.to_agent.ends_with("<************>012345")) << talk.to_agent;
    EXPECT_TRUE(talk.wrong.empty());
  }
}

TEST(HttpMachine, a_credential_that_cannot_be_lent_refuses_the_request) {
  Talk talk;
  talk.credential = "key";
  talk.lease_error = Error{Code::not_found, "no secret", {}};
  talk.agent(get);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  EXPECT_TRUE(talk.connects.empty());
  ASSERT_EQ(talk.records.size(), 1u);
  EXPECT_EQ(talk.records[0].ending, protocol::Ending::failed);
}

TEST(HttpMachine, a_tunnel_leads_where_it_was_asked_to_and_nowhere_else) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.hosts["api.test:443"] = Talk::options_for("https.api");
  talk.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 200 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 421 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET /x HTTP/1.1\r\nHost: api.test\r\n\r\n");
  talk.upstream(1, answer);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 200 ")) << talk.to_agent;
  EXPECT_TRUE(talk.wrong.empty());
}

TEST(HttpMachine, a_host_nobody_has_is_refused_before_it_is_dialled) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.agent("CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  EXPECT_TRUE(talk.connects.empty());
}

TEST(HttpMachine, an_unknown_host_that_may_pass_is_relayed_and_counted) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.spliced.insert("other.test:443");
  talk.agent("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
  talk.agent("\x16\x03\x01 anything");
  talk.upstream(1, "back");
  EXPECT_TRUE(talk.to_agent.ends_with("back"));
  talk.agent_leaves();
  EXPECT_NE(talk.closed.find("12 bytes sent, 4 received"), std::string::npos) << talk.closed;
}

TEST(HttpMachine, a_proxy_that_asks_for_a_token_gets_one_or_says_so) {
  Door door = Talk::proxy();
  door.require_token = true;
  Talk talk(door, std::nullopt);
  talk.hosts["api.test:80"] = Talk::options_for("https.api");
  talk.agent("GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 407 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\nProxy-Authorization: Bearer clawp_bad\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 407 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\nProxy-Authorization: Bearer clawp_good\r\n\r\n");
  ASSERT_EQ(talk.connects.size(), 1u) << talk.to_agent;
  EXPECT_EQ(talk.upstreams[1].sent.find("clawp"), std::string::npos);
  EXPECT_EQ(talk.asked.back().second.context->principal.agent, "known");
}

TEST(HttpMachine, an_upstream_that_goes_away_is_told_as_it_was) {
  Talk talk;
  talk.agent(get);
  talk.upstream_leaves(1);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent(get);
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  talk.upstream_leaves(1);
  EXPECT_FALSE(talk.closed.empty()) << "a cut answer must not look whole";
  EXPECT_EQ(talk.records.back().ending, protocol::Ending::unknown);
  EXPECT_TRUE(talk.wrong.empty());
}

TEST(HttpMachine, says_continue_only_when_the_body_is_wanted) {
  Talk talk;
  talk.holds = true;
  talk.agent("PUT /x HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.empty());
  talk.allow(talk.asked.back().first);
  EXPECT_EQ(talk.to_agent, "HTTP/1.1 100 Continue\r\n\r\n");
  talk.agent("body");
  EXPECT_TRUE(talk.upstreams[1].sent.ends_with("\r\n\r\nbody")) << talk.upstreams[1].sent;
  EXPECT_EQ(talk.upstreams[1].sent.find("Expect"), std::string::npos);
}

TEST(HttpMachine, two_requests_at_once_are_two_requests_one_after_the_other) {
  Talk talk;
  talk.agent(std::string(get) + std::string(get));
  EXPECT_EQ(talk.asked.size(), 1u);
  talk.upstream(1, answer);
  EXPECT_EQ(talk.asked.size(), 2u);
  talk.upstream(1, answer);
  EXPECT_EQ(talk.records.size(), 2u);
}

TEST(HttpMachine, strangers_are_turned_away) {
  for (const std::string_view bytes : {std::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8), std::string_view("\x16\x03\x01", 3),
                                       std::string_view("SSH-2.0-x\r\n"), std::string_view("\x04\x01", 2)}) {
    Talk talk;
    talk.agent(bytes);
    talk.agent("\r\n\r\n");
    EXPECT_FALSE(talk.closed.empty()) << std::string(bytes);
    EXPECT_TRUE(talk.connects.empty());
  }
}

}  // namespace
}  // namespace claw::http
