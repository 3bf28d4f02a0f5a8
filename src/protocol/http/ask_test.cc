// Requests up to their verdict, in conversations: whose they are, where they go, what of them is gathered.
#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

Door door_with_token() {
  Door door = Talk::own_door();
  door.require_token = true;
  return door;
}

Request with_token(std::string path, std::string_view token) {
  Request request = H2Agent::request("GET", std::move(path));
  request.fields.add("Authorization", "Bearer " + std::string(token));
  return request;
}

// The second request must not profit from the first one's being asked about.
TEST(HttpAsk, what_is_refused_before_it_is_judged_is_an_incident) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n", "`CONNECT` `evil.test:443`"},
      {"GET http://evil.test/?key=hidden HTTP/1.1\r\nHost: evil.test\r\n\r\n", "`GET` `evil.test`"},
      {"GET / HTTP/1.1\r\nHost: api.test\r\n\r\n", "this is a proxy"},
      {"TRACE http://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n", "TRACE"},
  };
  for (const auto& [request, said] : rows) {
    Talk talk(Talk::proxy(), std::nullopt);
    talk.agent(request);
    ASSERT_EQ(talk.reports.size(), 1u) << request;
    EXPECT_NE(talk.reports[0].find(said), std::string::npos) << talk.reports[0];
    EXPECT_EQ(talk.reports[0].find("hidden"), std::string::npos) << "a query may hold a secret";
  }
  Talk judged;
  judged.holds = true;
  judged.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  judged.deny(judged.asked.at(0).first);
  EXPECT_TRUE(judged.reports.empty()) << "its verdict is on record";
}

TEST(HttpAsk, a_token_is_not_known_before_it_is_found_to_be) {
  Talk talk(door_with_token());
  talk.postpones = true;
  H2Agent agent(talk);
  const StreamId first = agent.codec->open(with_token("/1", "clawp_bad"), agent.out());
  const StreamId second = agent.codec->open(with_token("/2", "clawp_bad"), agent.out());
  agent.sync();
  EXPECT_TRUE(talk.asked.empty());
  while (!talk.postponed.empty()) talk.answer();
  agent.sync();
  EXPECT_EQ(agent.heard[first].response.status, 401);
  EXPECT_EQ(agent.heard[second].response.status, 401);
  EXPECT_TRUE(talk.asked.empty());
  EXPECT_TRUE(talk.connects.empty());
  expect_sound(talk);
}

TEST(HttpAsk, two_agents_do_not_share_a_connection_at_the_same_time) {
  Talk talk(door_with_token());
  talk.holds = true;
  H2Agent agent(talk);
  agent.codec->open(with_token("/1", "clawp_good"), agent.out());
  agent.sync();
  ASSERT_EQ(talk.asked.size(), 1u);
  talk.token = "clawp_other";
  const StreamId second = agent.codec->open(with_token("/2", "clawp_other"), agent.out());
  agent.sync();
  EXPECT_EQ(agent.heard[second].response.status, 421);
  EXPECT_EQ(talk.asked.size(), 1u);
  talk.deny(talk.asked[0].first);
  const StreamId third = agent.codec->open(with_token("/3", "clawp_other"), agent.out());
  agent.sync();
  EXPECT_EQ(agent.heard[third].responses, 0u);
  EXPECT_EQ(talk.asked.size(), 2u) << "one after the other they may";
  expect_sound(talk);
}

TEST(HttpAsk, a_token_never_goes_upstream_wherever_it_stands) {
  for (const std::string_view fields :
       {"Authorization: Bearer clawp_good\r\n", "X-Api-Key: clawp_good\r\n", "Private-Token: clawp_good\r\n",
        "Authorization: Bearer clawp_good\r\nX-Api-Key: clawp_good\r\n",
        "Proxy-Authorization: Basic eDpjbGF3cF9nb29k\r\n",
        "Authorization: Bearer other\r\nAuthorization: Bearer clawp_good\r\n"}) {
    Talk talk(door_with_token());
    talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n" + std::string(fields) + "\r\n");
    ASSERT_EQ(talk.connects.size(), 1u) << fields << talk.to_agent;
    EXPECT_EQ(talk.upstreams[1].sent.find("clawp_good"), std::string::npos) << talk.upstreams[1].sent;
    EXPECT_EQ(talk.asked[0].second.context->principal.agent, "known");
    expect_sound(talk);
  }
}

TEST(HttpAsk, no_token_and_an_unknown_one_are_told_apart_from_nobody) {
  Talk talk(door_with_token());
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 401 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\nX-Api-Key: clawp_bad\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 401 ")) << talk.to_agent;
  EXPECT_TRUE(talk.asked.empty());
  EXPECT_EQ(talk.reports.size(), 1u);
  expect_sound(talk);
}

TEST(HttpAsk, what_no_table_has_is_refused) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"TRACE / HTTP/1.1\r\nHost: api.test\r\n\r\n", "501"},
      {"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n", "501"},
      {"GET / HTTP/1.1\r\nHost: api.test\r\nConnection: upgrade\r\nUpgrade: spdy/3.1\r\n\r\n", "501"},
  };
  for (const auto& [request, status] : rows) {
    Talk talk;
    talk.agent(request);
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 " + std::string(status))) << request << talk.to_agent;
    EXPECT_TRUE(talk.asked.empty());
    EXPECT_TRUE(talk.connects.empty());
    expect_sound(talk);
  }
  Talk ignores;
  ignores.agent("GET / HTTP/1.1\r\nHost: api.test\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\n"
                "HTTP2-Settings: AAMAAABk\r\n\r\n");
  EXPECT_EQ(ignores.upstreams[1].sent, "GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
}

TEST(HttpAsk, a_proxy_needs_a_whole_url_and_sends_it_where_its_host_is) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.hosts["api.test:80"] = Talk::options_for("https.api");
  talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 400 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent("GET https://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 400 ")) << talk.to_agent;
  talk.agent("GET http://api.test/x HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.upstreams[1].sent.starts_with("GET /x HTTP/1.1\r\nHost: api.test\r\n")) << talk.to_agent;
  talk.upstream(1, answer);
  talk.to_agent.clear();
  talk.agent("GET http://evil.test/x HTTP/1.1\r\nHost: evil.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  talk.spliced.insert("other.test:80");
  talk.to_agent.clear();
  talk.agent("GET http://other.test/x HTTP/1.1\r\nHost: other.test\r\n\r\n");
  EXPECT_FALSE(talk.may_splice);
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  EXPECT_EQ(talk.connects.size(), 1u);
  expect_sound(talk);
}

TEST(HttpAsk, a_body_is_gathered_when_something_reads_it_and_streamed_when_nothing_does) {
  auto options = Talk::options_for("https.api");
  options->needs.body = true;
  options->body_bytes_max = 16;
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
    talk.slice = slice;
    talk.agent("POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n012345");
    EXPECT_TRUE(talk.asked.empty());
    talk.agent("6789");
    ASSERT_EQ(talk.asked.size(), 1u);
    EXPECT_FALSE(talk.asked[0].second.subject->truncated);
    EXPECT_TRUE(talk.upstreams[1].sent.ends_with("\r\n\r\n0123456789"));
    talk.upstream(1, answer);
    talk.agent("POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 17\r\n\r\n");
    ASSERT_EQ(talk.asked.size(), 2u) << "longer than anybody looks at";
    EXPECT_TRUE(talk.asked[1].second.subject->truncated);
    talk.agent("0123456789abcdefg");
    EXPECT_TRUE(talk.upstreams[1].sent.ends_with("\r\n\r\n0123456789abcdefg"));
    expect_sound(talk);
  }
  Talk streams;
  streams.agent("POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n012");
  EXPECT_TRUE(streams.upstreams[1].sent.ends_with("\r\n\r\n012"));
}

TEST(HttpAsk, a_chunked_body_goes_up_chunked_with_its_trailers) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk;
    talk.slice = slice;
    talk.agent("POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n");
    const std::string& sent = talk.upstreams[1].sent;
    EXPECT_NE(sent.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << sent;
    EXPECT_TRUE(sent.ends_with("0\r\nX-Sum: 7\r\n\r\n")) << sent;
    expect_sound(talk);
  }
}

TEST(HttpAsk, a_chunked_body_longer_than_anybody_looks_at_is_unknown_but_whole_upstream) {
  auto options = Talk::options_for("https.api");
  options->needs.body = true;
  options->body_bytes_max = 8;
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  talk.agent("POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
  EXPECT_TRUE(talk.asked.empty());
  talk.agent("5\r\n56789\r\n");
  ASSERT_EQ(talk.asked.size(), 1u);
  EXPECT_TRUE(talk.asked[0].second.subject->truncated);
  talk.agent("2\r\nab\r\n0\r\n\r\n");
  EXPECT_TRUE(talk.upstreams[1].sent.ends_with("\r\n\r\na\r\n0123456789\r\n2\r\nab\r\n0\r\n\r\n"))
      << talk.upstreams[1].sent;
  expect_sound(talk);
}

TEST(HttpAsk, a_body_too_long_to_be_signed_is_refused) {
  auto options = Talk::options_for("https.api");
  options->body_bytes_max = 4;
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  talk.credential = "key";
  talk.credential_reads_body = true;
  talk.agent("POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 5\r\n\r\n01234");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 413 ")) << talk.to_agent;
  EXPECT_TRUE(talk.asked.empty());
  expect_sound(talk);
}

TEST(HttpAsk, continue_is_said_when_the_body_is_gathered_and_never_to_a_refused_upload) {
  auto options = Talk::options_for("https.api");
  options->needs.body = true;
  const std::string_view head =
      "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  talk.agent(head);
  EXPECT_EQ(talk.to_agent, "HTTP/1.1 100 Continue\r\n\r\n");
  talk.agent("body");
  EXPECT_EQ(talk.asked.size(), 1u);
  Talk refused;
  refused.policy = [](const action::Subject&) { return false; };
  refused.agent(head);
  EXPECT_TRUE(refused.to_agent.starts_with("HTTP/1.1 403 ")) << refused.to_agent;
  EXPECT_FALSE(refused.closed.empty()) << "whether the body comes nobody can tell";
  expect_sound(refused);
}

TEST(HttpAsk, grpc_is_refused_in_its_own_words) {
  Talk talk;
  talk.policy = [](const action::Subject&) { return false; };
  H2Agent agent(talk);
  Request request = H2Agent::request("POST", "/pkg.Service/Method");
  request.fields.add("content-type", "application/grpc+proto");
  request.has_body = true;
  const StreamId stream = agent.codec->open(request, agent.out());
  agent.sync();
  const Peer::Heard& heard = agent.heard[stream];
  EXPECT_EQ(heard.response.status, 200);
  EXPECT_EQ(heard.response.fields.find("grpc-status"), "7");
  EXPECT_EQ(heard.ends, 1u);
  EXPECT_TRUE(heard.body.empty());
  EXPECT_TRUE(talk.connects.empty());
  expect_sound(talk);
}

TEST(HttpAsk, a_refused_head_has_no_body) {
  Talk talk;
  talk.policy = [](const action::Subject&) { return false; };
  talk.agent("HEAD / HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 403 ")) << talk.to_agent;
  EXPECT_TRUE(talk.to_agent.ends_with("\r\n\r\n")) << talk.to_agent;
  EXPECT_TRUE(talk.closed.empty());
}

TEST(HttpAsk, the_reason_an_agent_gives_is_for_us_alone) {
  Talk talk;
  talk.agent(
      "GET / HTTP/1.1\r\nHost: api.test\r\nClawpatrol-Reason: to see\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");
  EXPECT_EQ(talk.asked[0].second.reasoning, "to see");
  EXPECT_EQ(talk.upstreams[1].sent, "GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
}

// A policy that reads bodies came into force after this connection began.
action::Verdict standing(action::Operation::State state) {
  action::Verdict verdict = action::refuse("a person was asked", "come back");
  verdict.rule = "asks";
  verdict.operation = std::make_shared<const action::Operation>(action::Operation{state, "op-1", "t0ken"});
  return verdict;
}

constexpr std::string_view posted =
    "POST /users HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nClawpatrol-HITL-Operation: "
    "op-1\r\n\r\nbody";

// No rule reads it, so it is gathered only once there is somebody to show it to.
TEST(HttpAsk, who_is_asked_sees_the_body_that_no_rule_reads) {
  Talk talk(Talk::own_door());
  talk.holds = true;
  talk.agent(posted.substr(0, posted.size() - 2));
  ASSERT_EQ(talk.asked.size(), 1u);
  EXPECT_TRUE(talk.asked[0].second.has_more);
  EXPECT_FALSE(talk.asked[0].second.can_return);
  action::Verdict more = action::refuse("");
  more.wants_body = true;
  talk.say(talk.asked[0].first, more);
  EXPECT_EQ(talk.asked.size(), 1u) << "two bytes are missing";
  talk.agent(posted.substr(posted.size() - 2));
  ASSERT_EQ(talk.asked.size(), 2u);
  EXPECT_EQ(talk.asked[1].second.subject->body, "body");
  EXPECT_EQ(talk.asked[1].second.operation, "op-1");
  EXPECT_FALSE(talk.asked[1].second.has_more);
  EXPECT_TRUE(talk.asked[1].second.can_return);
  talk.allow(talk.asked[1].first);
  ASSERT_EQ(talk.connects.size(), 1u);
  EXPECT_NE(talk.upstreams[1].sent.find("body"), std::string::npos);
  EXPECT_EQ(talk.upstreams[1].sent.find("op-1"), std::string::npos) << "the operation is for us alone";
  expect_sound(talk);
}

TEST(HttpAsk, an_agent_is_sent_away_with_the_name_of_its_operation) {
  auto options = Talk::options_for("https.api");
  options->public_url = "https://ops.test";
  Talk talk(Talk::own_door(), Talk::fixed_to("api.test", options));
  talk.holds = true;
  talk.agent(posted);
  talk.say(talk.asked[0].first, standing(action::Operation::State::pending));
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 202 ")) << talk.to_agent;
  for (const std::string_view part :
       {"Retry-After: 5\r\n", "\"operation_id\":\"op-1\"", "\"state\":\"pending_approval\"",
        "\"status_url\":\"https://ops.test/api/v1/operations/op-1/status?token=t0ken\"",
        "\"header\":\"Clawpatrol-HITL-Operation\"", "\"rule\":\"asks\""}) {
    EXPECT_NE(talk.to_agent.find(part), std::string::npos) << part << "\n" << talk.to_agent;
  }
  EXPECT_TRUE(talk.connects.empty());
  expect_sound(talk);
}

TEST(HttpAsk, what_is_wrong_with_a_retry_has_its_status) {
  using State = action::Operation::State;
  for (const auto& [state, status] :
       {std::pair(State::unknown, "404"), std::pair(State::another_action, "409"),
        std::pair(State::spent, "409")}) {
    Talk talk(Talk::own_door());
    talk.holds = true;
    talk.agent(posted);
    talk.say(talk.asked[0].first, standing(state));
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 " + std::string(status))) << talk.to_agent;
    EXPECT_TRUE(talk.connects.empty());
    expect_sound(talk);
  }
}

TEST(HttpAsk, a_reload_changes_what_is_gathered_on_open_connections) {
  const auto now = Talk::options_for("https.api");
  now->needs.body = true;
  Talk talk;
  talk.holds = true;
  const std::string head = "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 2\r\n\r\n";
  talk.agent(head + "a");
  ASSERT_EQ(talk.asked.size(), 1u) << "judged without its body";
  talk.agent("b");
  talk.allow(1);
  talk.upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  talk.options_now = now;
  talk.agent(head + "a");
  EXPECT_EQ(talk.asked.size(), 1u);
  talk.agent("b");
  EXPECT_EQ(talk.asked.size(), 2u);
  expect_sound(talk);
}

TEST(HttpAsk, a_connection_made_under_another_policy_is_not_used_under_this_one) {
  Talk talk;
  const std::string get = "GET / HTTP/1.1\r\nHost: api.test\r\n\r\n";
  talk.agent(get);
  talk.upstream(1, answer);
  talk.options_now = Talk::options_for("https.api");
  talk.agent(get);
  EXPECT_EQ(talk.connects.size(), 2u);
  talk.upstream(2, answer);
  talk.agent(get);
  EXPECT_EQ(talk.connects.size(), 2u) << "the new one serves on";
  expect_sound(talk);
}

// octokit reads `application/json` and nothing else; who takes anything is told what it is.
TEST(HttpAsk, a_refusal_is_of_a_type_that_was_asked_for) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "application/problem+json"},
      {"Accept: */*\r\n", "application/problem+json"},
      {"Accept: application/json, text/plain, */*\r\n", "application/problem+json"},
      {"Accept: application/problem+json\r\n", "application/problem+json"},
      {"Accept: text/html\r\n", "application/problem+json"},
      {"Accept: application/json\r\n", "application/json"},
      {"Accept: application/vnd.github.v3+json\r\n", "application/json"},
  };
  for (const auto& [accept, type] : rows) {
    Talk talk;
    talk.policy = [](const action::Subject&) { return false; };
    talk.agent("GET / HTTP/1.1\r\nHost: api.test\r\n" + std::string(accept) + "\r\n");
    EXPECT_NE(talk.to_agent.find("Content-Type: " + std::string(type) + "\r\n"), std::string::npos) << accept;
    expect_sound(talk);
  }
}

}  // namespace
}  // namespace claw::http
