#include "protocol/http/machine.h"

#include <gtest/gtest.h>

#include "protocol/http/talk_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /things?a=b HTTP/1.1\r\nHost: api.test\r\nUser-Agent: t\r\n\r\n";
constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello";

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
    talk.upstream(
        1, "HTTP/1.1 200 OK\r\nX-Echo: s3cr3t-value\r\nContent-Length: 20\r\n\r\n<s3cr3t-value>012345");
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
  EXPECT_TRUE(talk.may_splice);
  talk.agent("\x16\x03\x01 anything");
  talk.upstream(1, "back");
  EXPECT_TRUE(talk.to_agent.ends_with("back"));
  talk.upstream_leaves(1);
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
  talk.agent(
      "GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\nProxy-Authorization: Bearer clawp_bad\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 407 ")) << talk.to_agent;
  talk.to_agent.clear();
  talk.agent(
      "GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\nProxy-Authorization: Bearer clawp_good\r\n\r\n");
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
  talk.upstream(2, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  talk.upstream_leaves(2);
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

std::string two(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
}
std::string with_length(std::string bytes) { return two(bytes.size()) + bytes; }

// A ClientHello of TLS 1.2 with a server name, if one is given.
std::string hello(const std::string& name) {
  std::string extensions;
  if (!name.empty()) {
    extensions = two(0) + with_length(with_length(std::string(1, '\0') + with_length(name)));
  }
  std::string body = "\x03\x03" + std::string(32, 'r') + std::string(1, '\0') + with_length("\x13\x01") +
                     "\x01" + std::string(1, '\0') + with_length(extensions);
  std::string handshake = std::string("\x01\0", 2) + with_length(body);
  return "\x16\x03\x01" + with_length(handshake);
}

TEST(HttpMachine, what_is_inside_a_tunnel_must_be_for_its_host) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    for (const std::string_view name : {"api.test", "", "evil.test"}) {
      Talk talk(Talk::proxy(), std::nullopt);
      talk.slice = slice;
      talk.hosts["api.test:443"] = Talk::options_for("https.api");
      talk.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
      talk.agent(hello(std::string(name)));
      if (name == "evil.test") {
        EXPECT_TRUE(talk.to_agent.ends_with(std::string("\x15\x03\x03\0\x02\x02\x31", 7)));
        EXPECT_FALSE(talk.closed.empty());
        continue;
      }
      ASSERT_EQ(talk.tls_hosts, std::vector<std::string>{"api.test"});
      talk.agent(get);
      EXPECT_EQ(talk.asked.size(), 1u);
      EXPECT_TRUE(talk.wrong.empty());
    }
  }
}

TEST(HttpMachine, a_tunnel_after_requests_leaves_their_connections) {
  for (const bool is_spliced : {true, false}) {
    Talk talk(Talk::proxy(), std::nullopt);
    talk.hosts["api.test:80"] = Talk::options_for("https.api");
    if (is_spliced) talk.spliced.insert("other.test:443");
    else talk.hosts["other.test:443"] = Talk::options_for("https.other");
    talk.agent("GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n");
    talk.upstream(1, answer);
    talk.agent("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
    EXPECT_EQ(talk.released, 1u);
    talk.to_agent.clear();
    if (is_spliced) {
      talk.agent("anything");
      EXPECT_EQ(talk.upstreams[1].sent, "anything");
    } else {
      talk.agent("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
      talk.upstream(1, answer);
      EXPECT_TRUE(talk.to_agent.ends_with("hello"));
    }
    EXPECT_EQ(talk.connects.size(), 2u);
    for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
  }
}

TEST(HttpMachine, a_connect_with_a_body_or_inside_a_tunnel_is_refused) {
  Talk body(Talk::proxy(), std::nullopt);
  body.hosts["api.test:443"] = Talk::options_for("https.api");
  body.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(body.to_agent.starts_with("HTTP/1.1 400 ")) << body.to_agent;
  Talk inner(Talk::proxy(), std::nullopt);
  inner.hosts["api.test:443"] = Talk::options_for("https.api");
  inner.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  inner.to_agent.clear();
  inner.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  EXPECT_TRUE(inner.to_agent.starts_with("HTTP/1.1 501 ")) << inner.to_agent;
  EXPECT_TRUE(inner.connects.empty());
}

TEST(HttpMachine, bytes_that_follow_a_connect_at_once_are_inside) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.hosts["api.test:443"] = Talk::options_for("https.api");
  talk.agent(
      "CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\nGET /x HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_EQ(talk.upstreams[1].sent, "GET /x HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  EXPECT_TRUE(talk.wrong.empty());
}

TEST(HttpMachine, a_splice_that_cannot_be_dialled_is_told_in_the_ways_own_words) {
  Talk talk(Talk::proxy(), std::nullopt);
  talk.spliced.insert("other.test:443");
  talk.connect_error = Error{Code::unavailable, "no route", {}};
  talk.agent("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
  EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 502 ")) << talk.to_agent;
  EXPECT_FALSE(talk.closed.empty());
}

TEST(HttpMachine, each_way_of_a_splice_ends_for_itself) {
  for (const bool agent_first : {true, false}) {
    Talk talk(Talk::proxy(), std::nullopt);
    talk.spliced.insert("other.test:443");
    EXPECT_FALSE(talk.machine.passes_ends());
    talk.agent("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
    EXPECT_TRUE(talk.machine.passes_ends());
    talk.agent("\1question");
    if (agent_first) talk.agent_leaves();
    else talk.upstream_leaves(1);
    EXPECT_EQ(talk.finished, (std::vector<std::size_t>{agent_first ? 1u : 0u}));
    EXPECT_EQ(talk.closed, "") << "the other has not said all";
    if (agent_first) {
      talk.upstream(1, "answer");
      EXPECT_TRUE(talk.to_agent.ends_with("answer"));
      talk.upstream_leaves(1);
    } else {
      talk.agent("more");
      EXPECT_EQ(talk.upstreams[1].sent, "\1questionmore");
      talk.agent_leaves();
    }
    EXPECT_EQ(talk.finished.size(), 2u);
    EXPECT_EQ(talk.closed, agent_first ? "the agent left; 9 bytes sent, 6 received"
                                       : "the upstream left; 13 bytes sent, 0 received");
    for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
  }
}

TEST(HttpMachine, a_splice_that_breaks_ends_both_ways_at_once) {
  for (const bool has_ended : {false, true}) {
    Talk talk(Talk::proxy(), std::nullopt);
    talk.spliced.insert("other.test:443");
    talk.agent("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
    if (has_ended) talk.agent_leaves();
    talk.upstream_leaves(1, "connection reset");
    EXPECT_EQ(talk.closed, "connection reset; 0 bytes sent, 0 received");
  }
}

TEST(HttpMachine, who_stops_in_the_middle_of_the_beginning_is_on_record_and_who_says_nothing_is_not) {
  for (const std::string_view begun : {"", "\x16\x03\x01"}) {
    Talk talk(Talk::redirected(), std::nullopt);
    if (!begun.empty()) talk.agent(begun);
    talk.time_out(talk.timers.begin()->first);
    EXPECT_EQ(talk.closed, "nothing was asked in time");
    EXPECT_EQ(talk.reports.size(), begun.empty() ? 0u : 1u);
  }
}

TEST(HttpMachine, socks_leads_to_a_tunnel) {
  const std::string goal = std::string("\x05\x01\0\x03\x08", 5) + "api.test" + two(443);
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk(Talk::proxy(), std::nullopt);
    talk.slice = slice;
    talk.hosts["api.test:443"] = Talk::options_for("https.api");
    talk.agent(std::string("\x05\x01\0", 3));
    EXPECT_EQ(talk.to_agent, std::string("\x05\0", 2));
    talk.agent(goal);
    EXPECT_TRUE(talk.to_agent.substr(2).starts_with(std::string("\x05\0", 2)));
    talk.agent("GET /x HTTP/1.1\r\nHost: api.test\r\n\r\n");
    EXPECT_EQ(talk.asked.size(), 1u);
    EXPECT_TRUE(talk.wrong.empty());
    Talk refused(Talk::proxy(), std::nullopt);
    refused.slice = slice;
    refused.agent(std::string("\x05\x01\0", 3));
    refused.agent(goal);
    EXPECT_EQ(refused.to_agent.substr(2, 2), "\x05\x02");
    EXPECT_FALSE(refused.closed.empty());
    EXPECT_TRUE(refused.connects.empty());
  }
}

TEST(HttpMachine, socks_asks_for_the_token_as_its_password) {
  Door door = Talk::proxy();
  door.require_token = true;
  const std::string login = std::string("\x01\x01x\x0a", 4) + "clawp_good";
  for (const bool is_good : {true, false}) {
    Talk talk(door, std::nullopt);
    if (!is_good) talk.token = "clawp_other";
    talk.hosts["api.test:443"] = Talk::options_for("https.api");
    talk.agent(std::string("\x05\x01\x02", 3));
    talk.agent(login);
    EXPECT_EQ(talk.to_agent.substr(2, 2), is_good ? std::string("\x01\0", 2) : std::string("\x01\x01", 2));
    EXPECT_EQ(talk.closed.empty(), is_good);
    if (!is_good) continue;
    talk.agent(std::string("\x05\x01\0\x03\x08", 5) + "api.test" + two(443));
    talk.agent("GET /x HTTP/1.1\r\nHost: api.test\r\n\r\n");
    ASSERT_EQ(talk.asked.size(), 1u);
    EXPECT_EQ(talk.asked[0].second.context->principal.agent, "known");
  }
  Talk without(door, std::nullopt);
  without.agent(std::string("\x05\x01\0", 3));
  EXPECT_EQ(without.to_agent, "\x05\xff");
  EXPECT_FALSE(without.closed.empty());
}

TEST(HttpMachine, a_redirected_hello_leads_where_its_name_says) {
  for (const std::size_t slice : {0, 1, 2, 3, 7}) {
    Talk talk(Talk::redirected(), std::nullopt);
    talk.slice = slice;
    talk.hosts["api.test:443"] = Talk::options_for("https.api");
    talk.agent(hello("api.test"));
    EXPECT_EQ(talk.routed, std::vector<std::string>{"api.test:443"});
    EXPECT_EQ(talk.tls_hosts, std::vector<std::string>{"api.test"});
    talk.agent("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n");
    EXPECT_TRUE(talk.to_agent.starts_with("HTTP/1.1 421 ")) << talk.to_agent;
    talk.agent(get);
    EXPECT_EQ(talk.asked.size(), 1u);
    EXPECT_TRUE(talk.wrong.empty());
  }
}

TEST(HttpMachine, a_redirected_connection_without_a_name_leads_to_its_address) {
  Talk nameless(Talk::redirected(), std::nullopt);
  nameless.agent(hello(""));
  EXPECT_EQ(nameless.routed, std::vector<std::string>{"192.0.2.7:443"});
  EXPECT_TRUE(nameless.to_agent.starts_with("\x15\x03\x03")) << "an alert";
  EXPECT_TRUE(nameless.connects.empty());
  Talk other(Talk::redirected(), std::nullopt);
  other.spliced.insert("192.0.2.7:443");
  other.agent(std::string_view("\0\x01binary", 8));
  EXPECT_EQ(other.upstreams[1].sent, std::string_view("\0\x01binary", 8));
  Talk plain(Talk::redirected(), std::nullopt);
  plain.hosts["api.test:443"] = Talk::options_for("https.api");
  plain.agent(get);
  EXPECT_EQ(plain.asked.size(), 1u);
}

TEST(HttpMachine, who_asks_a_transparent_door_directly_is_led_nowhere) {
  Door door = Talk::redirected();
  door.original_host.clear();
  door.original_port = 0;
  for (const std::string& bytes : {hello("api.test"), hello(""), std::string("\0\1binary", 8)}) {
    Talk talk(door, std::nullopt);
    talk.hosts["api.test:443"] = Talk::options_for("https.api");
    talk.agent(bytes);
    EXPECT_TRUE(talk.routed.empty());
    ASSERT_EQ(talk.reports.size(), 1u);
    EXPECT_FALSE(talk.closed.empty());
  }
}

TEST(HttpMachine, a_door_with_tls_begins_with_tls) {
  Door door = Talk::own_door();
  door.has_tls = true;
  door.requires_tls = true;
  Talk plain(door);
  plain.agent(get);
  EXPECT_FALSE(plain.closed.empty());
  EXPECT_TRUE(plain.asked.empty());
  for (const std::string_view alpn : {"", "http/1.1"}) {
    Talk talk(door);
    talk.agent_alpn = alpn;
    talk.agent(hello("anything.test"));
    ASSERT_EQ(talk.tls_hosts.size(), 1u);
    talk.agent(get);
    EXPECT_EQ(talk.asked.size(), 1u);
  }
  Talk failed(door);
  failed.tls_error = Error{Code::invalid, "no shared cipher", {}};
  failed.agent(hello("anything.test"));
  EXPECT_FALSE(failed.closed.empty());
  door.kind = Door::Kind::proxy;
  Talk proxy(door, std::nullopt);
  proxy.hosts["api.test:443"] = Talk::options_for("https.api");
  proxy.agent(hello("proxy.test"));
  proxy.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  EXPECT_TRUE(proxy.to_agent.starts_with("HTTP/1.1 200 ")) << proxy.to_agent;
}

TEST(HttpMachine, who_says_nothing_is_let_go_and_the_timer_stops_with_the_first_request) {
  Talk silent;
  EXPECT_EQ(silent.timers[2], 30'000u);
  silent.time_out(2);
  EXPECT_FALSE(silent.closed.empty());
  Talk talk;
  talk.agent(get);
  EXPECT_EQ(talk.timers[2], 0u);
  EXPECT_EQ(talk.timers[tick_timer], tick_ms);
  Talk tunnel(Talk::proxy(), std::nullopt);
  tunnel.hosts["api.test:443"] = Talk::options_for("https.api");
  tunnel.agent("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  EXPECT_EQ(tunnel.timers[tick_timer], 0u);
  tunnel.tick();
  EXPECT_TRUE(tunnel.closed.empty());
  tunnel.time_out(2);
  EXPECT_FALSE(tunnel.closed.empty());
}

TEST(HttpMachine, http2_is_spoken_by_those_who_know_beforehand) {
  Talk stranger;
  stranger.agent("PRI");
  EXPECT_TRUE(stranger.closed.empty());
  stranger.agent("VMSG x\r\n\r\n");
  EXPECT_FALSE(stranger.closed.empty());
  Talk talk;
  talk.slice = 1;
  talk.agent("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_EQ(talk.machine.state(), "idle");
  EXPECT_FALSE(talk.to_agent.empty()) << "its settings";
}

TEST(HttpMachine, strangers_are_turned_away) {
  for (const std::string_view bytes :
       {std::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8), std::string_view("\x16\x03\x01", 3),
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
