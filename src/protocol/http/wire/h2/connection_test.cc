// HTTP/2 between our own client and our own server: what one was told to say is what the other is told.
#include "protocol/http/wire/h2/connection.h"

#include <gtest/gtest.h>

#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http {
namespace {

using namespace trial;

class H2Slices : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(sizes, H2Slices, ::testing::Values(1, 2, 3, 7, 8, 9, 10, 64, 1000, 1 << 20));

TEST_P(H2Slices, a_request_and_its_answer) {
  Pair pair({}, {}, GetParam());
  Request request = ask("GET", "/repos/a/b?page=2");
  request.fields.add("Accept", "application/json");
  request.fields.add("Authorization", "Bearer t");
  ASSERT_TRUE(pair.client.codec->can_open());
  const StreamId id = pair.client.codec->open(request, pair.client.out());
  pair.server.heard.when_end = [&](StreamId stream) {
    Response response = answer(200, true);
    response.length = 5;
    response.fields.add("Content-Type", "text/plain");
    pair.server.codec->respond(stream, response, pair.server.out());
    pair.server.codec->body(stream, "hello", pair.server.out());
    pair.server.codec->end(stream, {}, pair.server.out());
  };
  ASSERT_TRUE(pair.talk().ok());

  const auto& asked = pair.server.heard.at(id);
  ASSERT_EQ(asked.requests.size(), 1U);
  const Request& got = asked.requests.front();
  EXPECT_EQ(got.method, "GET");
  EXPECT_EQ(got.scheme, "https");
  EXPECT_EQ(got.authority, "api.example.com");
  EXPECT_EQ(got.path, "/repos/a/b?page=2");
  EXPECT_EQ(got.version, 20);
  EXPECT_FALSE(got.has_body);
  EXPECT_EQ(got.fields.size(), 2U);
  EXPECT_EQ(got.fields[0].name, "accept");
  EXPECT_EQ(got.fields.find("authorization"), "Bearer t");
  EXPECT_EQ(asked.ends, 1U);

  const auto& said = pair.client.heard.at(id);
  ASSERT_EQ(said.responses.size(), 1U);
  EXPECT_EQ(said.responses.front().status, 200);
  EXPECT_EQ(said.responses.front().length, 5U);
  EXPECT_TRUE(said.responses.front().has_body);
  EXPECT_EQ(said.responses.front().fields.size(), 1U);
  EXPECT_EQ(said.body, "hello");
  EXPECT_EQ(said.ends, 1U);
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST_P(H2Slices, bodies_trailers_and_interim_answers_both_ways) {
  Pair pair({}, {}, GetParam());
  Request request = ask("POST", "/x", true);
  request.length = 6;
  const StreamId id = pair.client.codec->open(request, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  pair.server.codec->respond(id, answer(100), pair.server.out());
  Response hints = answer(103);
  hints.fields.add("Link", "</a.css>");
  pair.server.codec->respond(id, hints, pair.server.out());
  pair.client.codec->body(id, "abc", pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.server.heard.at(id).body, "abc");
  EXPECT_EQ(pair.server.heard.at(id).ends, 0U);
  pair.client.codec->body(id, "def", pair.client.out());
  Fields sum;
  sum.add("X-Checksum", "1");
  pair.client.codec->end(id, sum, pair.client.out());
  pair.server.codec->respond(id, answer(200, true), pair.server.out());
  pair.server.codec->body(id, "done", pair.server.out());
  Fields status;
  status.add("grpc-status", "0");
  pair.server.codec->end(id, status, pair.server.out());
  ASSERT_TRUE(pair.talk().ok());

  auto& asked = pair.server.heard.at(id);
  EXPECT_TRUE(asked.requests.front().has_body);
  EXPECT_EQ(asked.requests.front().length, 6U);
  EXPECT_EQ(asked.body, "abcdef");
  EXPECT_EQ(asked.trailers.find("x-checksum"), "1");
  auto& said = pair.client.heard.at(id);
  ASSERT_EQ(said.responses.size(), 3U);
  EXPECT_EQ(said.responses[0].status, 100);
  EXPECT_EQ(said.responses[1].fields.find("link"), "</a.css>");
  EXPECT_FALSE(said.responses[1].has_body);
  EXPECT_EQ(said.responses[2].status, 200);
  EXPECT_EQ(said.body, "done");
  EXPECT_EQ(said.trailers.find("grpc-status"), "0");
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2, answers_without_a_body_say_so) {
  for (const int status : {204, 304, 200}) {
    Pair pair;
    const StreamId id = pair.client.codec->open(ask(status == 200 ? "HEAD" : "GET", "/"), pair.client.out());
    pair.server.heard.when_end = [&](StreamId stream) {
      Response response = answer(status);
      if (status != 204) response.length = 1000;
      pair.server.codec->respond(stream, response, pair.server.out());
    };
    ASSERT_TRUE(pair.talk().ok());
    auto& said = pair.client.heard.at(id);
    ASSERT_EQ(said.responses.size(), 1U) << status;
    EXPECT_EQ(said.responses.front().status, status);
    EXPECT_FALSE(said.responses.front().has_body);
    EXPECT_EQ(said.responses.front().length.has_value(), status != 204);
    EXPECT_EQ(said.ends, 1U);
  }
}

TEST(H2, an_answer_that_ends_at_its_head_has_a_length_for_http1) {
  Pair pair;
  const StreamId id = pair.client.codec->open(ask("GET", "/"), pair.client.out());
  pair.server.heard.when_end = [&](StreamId stream) {
    pair.server.codec->respond(stream, answer(200), pair.server.out());
  };
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.client.heard.at(id).responses.front().length, 0U);
  EXPECT_FALSE(pair.client.heard.at(id).responses.front().has_body);
}

TEST(H2, what_belongs_to_an_http1_connection_is_not_written) {
  Pair pair;
  Request request = ask("GET", "/");
  for (const char* name : {"Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Host",
                           "Proxy-Connection", "HTTP2-Settings", "Content-Length", "Expect"}) {
    request.fields.add(name, "close");
  }
  request.fields.add("te", "trailers");  // Kept for gRPC; a reader drops it.
  request.fields.add("X-Kept", "");
  const StreamId id = pair.client.codec->open(request, pair.client.out());
  pair.server.heard.when_end = [&](StreamId stream) {
    Response response = answer(200);
    response.fields.add("Connection", "close");
    response.fields.add("transfer-encoding", "chunked");
    response.fields.add("ETag", "\"1\"");
    pair.server.codec->respond(stream, response, pair.server.out());
  };
  ASSERT_TRUE(pair.talk().ok());
  ASSERT_EQ(pair.server.heard.at(id).requests.size(), 1U);
  EXPECT_EQ(pair.server.heard.at(id).requests.front().fields.size(), 1U);
  EXPECT_EQ(pair.server.heard.at(id).requests.front().fields.find("x-kept"), "");
  EXPECT_EQ(pair.client.heard.at(id).responses.front().fields.size(), 1U);
}

TEST(H2, what_could_end_a_line_is_never_written) {
  for (const std::string& value : {std::string("a\r\nx: y"), std::string("a\nb"), std::string("a\0b", 3),
                                  std::string(" a"), std::string("a\t")}) {
    Pair pair;
    ASSERT_TRUE(pair.talk().ok());
    Request request = ask("GET", "/");
    request.fields.add("x", value);
    const StreamId id = pair.client.codec->open(request, pair.client.out());
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_TRUE(pair.server.heard.empty());
    ASSERT_EQ(pair.client.heard.at(id).resets.size(), 1U);
    EXPECT_EQ(pair.client.heard.at(id).resets.front(), Reset::refused);
    // The stream that was not used up is no hindrance for the next.
    const StreamId next = pair.client.codec->open(ask("GET", "/"), pair.client.out());
    EXPECT_EQ(next, id + 2);
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_EQ(pair.server.heard.at(next).ends, 1U);
    Response response = answer(200);
    response.fields.add("x", value);
    pair.server.codec->respond(next, response, pair.server.out());
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_EQ(pair.client.heard.at(next).resets.size(), 1U);
    EXPECT_TRUE(pair.client.heard.at(next).responses.empty());
  }
}

TEST(H2, a_request_that_has_no_form_in_http2_is_not_written) {
  Request no_path = ask("GET", "");
  Request tunnel = ask("CONNECT", "");
  Request star = ask("GET", "*");
  Request method = ask("GE T", "/");
  Request host = ask("GET", "/");
  host.authority = "user@api.example.com";
  Request fragment = ask("GET", "/a#b");
  for (const Request& request : {no_path, tunnel, star, method, host, fragment}) {
    Pair pair;
    const StreamId id = pair.client.codec->open(request, pair.client.out());
    ASSERT_TRUE(pair.talk().ok());
    EXPECT_TRUE(pair.server.heard.empty());
    EXPECT_EQ(pair.client.heard.at(id).resets.size(), 1U);
  }
}

TEST(H2, cookie_crumbs_become_one_cookie) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  ASSERT_TRUE(server.feed(hello() + frame(headers, end_headers | end_stream, 1,
                                          get_block(field("cookie", "a=1") + field("accept", "*/*") +
                                                    field("cookie", "b=2") + field("te", "trailers"))))
                  .ok());
  const Request& request = server.heard.at(1).requests.front();
  EXPECT_EQ(request.fields.find("cookie"), "a=1; b=2");
  EXPECT_EQ(request.fields.count("cookie"), 1U);
  EXPECT_EQ(request.fields.size(), 2U);
}

TEST(H2, host_may_stand_for_authority_and_expect_is_no_field) {
  Side server = {make_h2_server(), protocol::Side::client};
  server.codec->start(server.out());
  const std::string block = field(":method", "PUT") + field(":scheme", "HTTPS") + field(":path", "/") +
                            field("host", "Api.Example.com:8443") + field("expect", "100-continue");
  ASSERT_TRUE(server.feed(hello() + frame(headers, end_headers, 1, block)).ok());
  const Request& request = server.heard.at(1).requests.front();
  EXPECT_EQ(request.authority, "Api.Example.com:8443");
  EXPECT_EQ(request.scheme, "https");
  EXPECT_TRUE(request.expects_continue);
  EXPECT_TRUE(request.fields.empty());
}

TEST_P(H2Slices, a_websocket_is_agreed_on_and_speaks_both_ways) {
  Pair pair({}, {}, GetParam());
  ASSERT_TRUE(pair.talk().ok());  // The client has seen that the server agrees to it.
  Request request = ask("GET", "/chat");
  request.protocol = "websocket";
  const StreamId id = pair.client.codec->open(request, pair.client.out());
  pair.server.heard.when_end = [&](StreamId stream) {
    if (pair.server.heard.at(stream).ends > 1) return pair.server.codec->end(stream, {}, pair.server.out());
    Response response = answer(101);
    response.protocol = "websocket";
    pair.server.codec->respond(stream, response, pair.server.out());
    pair.server.codec->upgrade(stream);
  };
  pair.client.heard.when_response = [&](StreamId stream, const Response&) {
    pair.client.codec->upgrade(stream);
    pair.client.codec->body(stream, "frames", pair.client.out());
  };
  ASSERT_TRUE(pair.talk().ok());
  const Request& got = pair.server.heard.at(id).requests.front();
  EXPECT_EQ(got.method, "CONNECT");
  EXPECT_EQ(got.protocol, "websocket");
  EXPECT_EQ(got.path, "/chat");
  EXPECT_FALSE(got.has_body);
  EXPECT_EQ(pair.client.heard.at(id).responses.front().status, 101);
  EXPECT_EQ(pair.client.heard.at(id).responses.front().protocol, "websocket");
  EXPECT_EQ(pair.server.heard.at(id).body, "frames");
  pair.server.codec->body(id, "more frames", pair.server.out());
  pair.client.codec->end(id, {}, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.client.heard.at(id).body, "more frames");
  EXPECT_EQ(pair.client.heard.at(id).ends, 1U);
  EXPECT_EQ(pair.server.heard.at(id).ends, 2U);
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2, a_websocket_that_is_not_agreed_on_is_an_ordinary_answer) {
  Pair pair;
  ASSERT_TRUE(pair.talk().ok());
  Request request = ask("GET", "/chat");
  request.protocol = "websocket";
  const StreamId id = pair.client.codec->open(request, pair.client.out());
  pair.server.heard.when_end = [&](StreamId stream) {
    pair.server.codec->respond(stream, answer(403, true), pair.server.out());
    pair.server.codec->body(stream, "no", pair.server.out());
    pair.server.codec->end(stream, {}, pair.server.out());
  };
  ASSERT_TRUE(pair.talk().ok());
  EXPECT_EQ(pair.client.heard.at(id).responses.front().status, 403);
  EXPECT_EQ(pair.client.heard.at(id).body, "no");
  EXPECT_EQ(pair.client.heard.at(id).ends, 1U);
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2, a_websocket_is_not_asked_of_a_peer_that_did_not_offer_it) {
  Side client = {make_h2_client(), protocol::Side::upstream};
  client.codec->start(client.out());
  ASSERT_TRUE(client.feed(frame(settings, none, 0, "")).ok());
  client.take();
  Request request = ask("GET", "/chat");
  request.protocol = "websocket";
  const StreamId id = client.codec->open(request, client.out());
  const auto seen = frames_of(client.take());
  ASSERT_EQ(seen.size(), 1U);  // The peer will answer, and then the reader can be told.
  EXPECT_EQ(seen.front().type, ping);
  EXPECT_FALSE(client.codec->is_idle());
  ASSERT_TRUE(client.feed(frame(ping, ack, 0, seen.front().payload)).ok());
  EXPECT_EQ(client.heard.at(id).resets, std::vector<Reset>{Reset::refused});
  EXPECT_TRUE(client.codec->is_idle());
}

TEST(H2, streams_are_interleaved_and_answered_in_any_order) {
  Pair pair;
  std::vector<StreamId> ids;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(pair.client.codec->open(ask("POST", "/" + std::to_string(i), true), pair.client.out()));
  }
  for (int round = 0; round < 3; ++round) {
    for (const StreamId id : ids) pair.client.codec->body(id, std::to_string(id) + ",", pair.client.out());
    ASSERT_TRUE(pair.talk().ok());
  }
  for (const StreamId id : ids) pair.client.codec->end(id, {}, pair.client.out());
  ASSERT_TRUE(pair.talk().ok());
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    pair.server.codec->respond(*id, answer(200, true), pair.server.out());
    pair.server.codec->body(*id, pair.server.heard.at(*id).body, pair.server.out());
    pair.server.codec->end(*id, {}, pair.server.out());
  }
  ASSERT_TRUE(pair.talk().ok());
  for (const StreamId id : ids) {
    const std::string part = std::to_string(id) + ",";
    EXPECT_EQ(pair.client.heard.at(id).body, part + part + part);
    EXPECT_EQ(pair.client.heard.at(id).ends, 1U);
  }
  EXPECT_TRUE(pair.client.codec->is_idle() && pair.server.codec->is_idle());
}

TEST(H2, bytes_leave_under_the_ticket_of_their_action) {
  Pair pair;
  ASSERT_TRUE(pair.talk().ok());
  const StreamId first = pair.client.codec->open(ask("POST", "/a", true), pair.client.out(7));
  const StreamId second = pair.client.codec->open(ask("POST", "/b", true), pair.client.out(8));
  // Beyond the window: the rest leaves when it opens, while nobody mentions a ticket.
  const std::string much(400 * 1024, 'x');
  pair.client.codec->body(first, much, pair.client.out(7));
  pair.client.codec->body(second, much, pair.client.out(8));
  std::map<protocol::Ticket, std::size_t> sent;
  for (int rounds = 0; rounds < 100; ++rounds) {
    for (const auto& command : pair.client.commands.list()) {
      const auto& send = std::get<protocol::Send>(command);
      for (const Seen& each : frames_of(send.bytes())) {
        if (each.type != data && each.type != headers) continue;
        EXPECT_EQ(send.ticket, each.stream == first ? 7U : 8U);
        sent[send.ticket] += each.payload.size();
      }
    }
    ASSERT_TRUE(pair.server.feed(pair.client.take()).ok());
    ASSERT_TRUE(pair.client.feed(pair.server.take()).ok());
  }
  EXPECT_GT(sent[7], much.size());
  EXPECT_GT(sent[8], much.size());
  EXPECT_EQ(sent.size(), 2U);
}

}  // namespace
}  // namespace claw::http
