#include <gtest/gtest.h>

#include "protocol/http/wire/h1/events_for_test.h"

namespace claw::http {
namespace {

struct Client : Fed {
  explicit Client(H1Limits limits = {}) : Fed(make_h1_client(limits), protocol::Side::upstream) {}

  std::string asked(const Request& request) {
    opened = codec->open(request, out);
    return said();
  }
  StreamId opened = 0;
};

Request asking(std::string method = "GET", std::string path = "/") {
  Request request;
  request.method = std::move(method);
  request.authority = "a:1";
  request.path = std::move(path);
  return request;
}

struct Answered {
  std::string events;
  bool failed = false;
  bool must_close = false;
  bool operator==(const Answered&) const = default;
};

// The answer to one request, then the upstream closes.
Answered answered(const Request& request, std::string_view bytes, std::size_t slice = 1'000'000) {
  Client client;
  client.asked(request);
  client.feed_sliced(bytes, slice);
  const bool must_close = client.codec->must_close();
  if (!client.failed) client.codec->peer_closed(client.events);
  return {client.events.text(), client.failed.has_value(), must_close};
}

Answered got(std::string_view bytes, std::string method = "GET") { return answered(asking(method), bytes); }

TEST(H1Client, writes_a_request_anew) {
  Request request = asking("GET", "/p?q");
  request.scheme = "https";
  request.is_absolute = true;
  request.fields.add("X-A", "b");
  request.fields.add("Host", "other");
  request.fields.add("transfer-encoding", "chunked");
  request.fields.add("Upgrade", "h2c");
  Client client;
  EXPECT_TRUE(client.codec->is_idle());
  EXPECT_EQ(client.asked(request), "GET /p?q HTTP/1.1\r\nHost: a:1\r\nX-A: b\r\n\r\n");
  EXPECT_EQ(client.opened, 1u);
  EXPECT_FALSE(client.codec->can_open());
}

TEST(H1Client, frames_a_body_by_what_is_known) {
  Request request = asking("POST");
  EXPECT_EQ(Client().asked(request), "POST / HTTP/1.1\r\nHost: a:1\r\nContent-Length: 0\r\n\r\n");
  request.has_body = true;
  request.expects_continue = true;
  Client chunked;
  EXPECT_EQ(chunked.asked(request),
            "POST / HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  chunked.codec->body(1, "0123456789", chunked.out);
  chunked.codec->body(1, "", chunked.out);
  Fields trailers;
  trailers.add("X-Sum", "1");
  chunked.codec->end(1, trailers, chunked.out);
  EXPECT_EQ(chunked.said(), "a\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n");
  request.expects_continue = false;
  request.length = 3;
  Client sized;
  EXPECT_EQ(sized.asked(request), "POST / HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\n");
  const std::string_view view = "abc";
  sized.codec->body(1, view, sized.out);
  EXPECT_EQ(std::get<protocol::Send>(sized.commands.list().front()).view.data(), view.data());  // Not a copy.
  sized.codec->end(1, trailers, sized.out);
  EXPECT_EQ(sized.said(), "abc");
}

TEST(H1Client, a_body_that_is_not_as_long_as_announced_ends_the_connection) {
  Request request = asking("POST");
  request.has_body = true;
  request.length = 3;
  Client much, little;
  much.asked(request);
  much.codec->body(1, "abcd", much.out);
  EXPECT_EQ(much.said(), "");
  EXPECT_TRUE(much.codec->must_close());
  little.asked(request);
  little.codec->body(1, "ab", little.out);
  little.codec->end(1, {}, little.out);
  EXPECT_TRUE(little.codec->must_close());
}

TEST(H1Client, a_head_that_cannot_be_said_is_not_sent) {
  std::vector<Request> requests(9, asking());
  requests[0].method = "GET /x HTTP/1.1\r\nX:";
  requests[1].path = "/ HTTP/1.1\r\nX: y";
  requests[2].path = "";
  requests[3].path = "*";
  requests[4].authority = "";
  requests[5].authority = "a\r\nX: y";
  requests[6].fields.add_secret("Authorization", Secret("a\r\nX: y"));
  requests[7].fields.add("X\r\nY", "z");
  requests[8] = asking("CONNECT", "/");
  requests[8].protocol = "websocket";
  for (const Request& request : requests) {
    Client client;
    EXPECT_EQ(client.asked(request), "");
    EXPECT_EQ(client.opened, 0u);
    EXPECT_TRUE(client.codec->is_idle());
  }
}

TEST(H1Client, reads_answers_of_every_framing) {
  EXPECT_EQ(got("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello").events,
            "response 1 200 has-body length=5 [X: y]\nbody 1 hello\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n").events,
            "response 1 200 has-body\nbody 1 hello\nend 1 [X-T: 1]\n");
  EXPECT_EQ(got("HTTP/1.1 200 OK\r\n\r\nhello").events, "response 1 200 has-body\nbody 1 hello\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").events,
            "response 1 200 has-body length=0\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").events,
            "response 1 200 length=5\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD").events,
            "response 1 200\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n").events, "response 1 304 length=5\nend 1\n");
  EXPECT_EQ(got("HTTP/1.1 204 No Content\r\n\r\n").events, "response 1 204\nend 1\n");
  EXPECT_EQ(
      got("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 204 x\r\n\r\n").events,
      "response 1 100\nresponse 1 103 [Link: a]\nresponse 1 204\nend 1\n");
}

TEST(H1Client, reads_the_same_for_any_slicing_and_sees_every_truncation) {
  const std::string bytes =
      "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x\r\nX: 1\r\n\r\n"
      "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n";
  const Answered whole = got(bytes);
  EXPECT_EQ(whole.events, "response 1 103\nresponse 1 200 has-body\nbody 1 abc\nend 1 [X-T: 1]\n");
  for (std::size_t slice = 1; slice < bytes.size(); ++slice) {
    EXPECT_EQ(answered(asking(), bytes, slice), whole) << slice;
  }
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const Answered part = got(std::string_view(bytes).substr(0, cut));
    EXPECT_NE(part.events.find("reset 1 the upstream closed"), std::string::npos) << cut;
    EXPECT_EQ(part.events.find("end 1"), std::string::npos) << cut;
  }
}

TEST(H1Client, what_two_clients_read_differently_is_an_error) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& bad :
       {ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        ok + "Transfer-Encoding: gzip\r\n\r\n",
        ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        ok + "Content-Length: x\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n",
        ok + "X : y\r\n\r\n",
        ok + "X: y\n\r\n",
        ok + " X: y\r\n\r\n",
        ok + "Connection: Set-Cookie\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
        std::string("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("HTTP/2 200\r\n\r\n"),
        std::string("HTTP/1.1 99 x\r\n\r\n"),
        std::string("HTTP/1.1 600 x\r\n\r\n"),
        std::string("HTTP/1.1 2000\r\n\r\n"),
        std::string("HTTP/1.1  200 OK\r\n\r\n"),
        std::string("HTTP/1.1 20x OK\r\n\r\n"),
        std::string("HTTP/1.1\r\n\r\n"),
        std::string("SSH-2.0-x\r\n"),
        std::string("\r\nHTTP/1.1 200 OK\r\n"),
        std::string("HTTP/1.1 200 \x01\r\n\r\n"),
        std::string("HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")}) {
    EXPECT_TRUE(got(bad).failed) << bad;
    EXPECT_EQ(answered(asking(), bad, 1), got(bad)) << bad;
  }
}

TEST(H1Client, a_connection_is_used_again_only_when_it_is_clean) {
  Client client;
  for (StreamId stream = 1; stream < 4; ++stream) {
    client.asked(asking());
    EXPECT_EQ(client.opened, stream);
    EXPECT_TRUE(client.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    EXPECT_TRUE(client.codec->is_idle());
  }
  EXPECT_FALSE(client.feed("\r\n"));
  EXPECT_TRUE(got("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").must_close);
  EXPECT_TRUE(got("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").must_close);
}

// An upstream that has answered once too often would give the next agent somebody else's answer.
TEST(H1Client, an_answer_too_many_is_an_error_and_nothing_can_be_opened_before_it) {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  Client client;
  client.asked(asking());
  client.events.then = [&](std::string_view event, StreamId) {
    if (event == "end") EXPECT_FALSE(client.codec->can_open());
  };
  EXPECT_FALSE(client.feed(one + one));
  EXPECT_EQ(client.events.ended, 1u);
  EXPECT_EQ(client.events.responses.size(), 1u);
  EXPECT_TRUE(client.codec->must_close());
}

TEST(H1Client, the_next_request_may_be_opened_from_inside_the_end_of_the_last) {
  Client client;
  client.events.then = [&](std::string_view event, StreamId) {
    if (event == "end" && client.opened < 3) client.opened = client.codec->open(asking(), client.out);
  };
  client.asked(asking());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.feed("HTTP/1.1 204 x\r\n\r\n"));
  EXPECT_EQ(client.events.ended, 3u);
  EXPECT_TRUE(client.codec->is_idle());
}

TEST(H1Client, an_early_answer_ends_the_connection_after_it) {
  Request request = asking("POST");
  request.has_body = true;
  request.length = 10;
  Client client;
  client.asked(request);
  client.codec->body(1, "01234", client.out);
  EXPECT_TRUE(client.feed("HTTP/1.1 413 x\r\nContent-Length: 2\r\n\r\nn"));
  client.codec->body(1, "5", client.out);
  EXPECT_EQ(client.said(), "012345");
  EXPECT_TRUE(client.feed("o"));
  EXPECT_EQ(client.events.ended, 1u);
  EXPECT_TRUE(client.codec->must_close());
  client.codec->body(1, "6789", client.out);
  client.codec->end(1, {}, client.out);
  EXPECT_EQ(client.said(), "");
}

TEST(H1Client, interim_answers_have_an_end) {
  std::string bytes;
  for (int i = 0; i < 17; ++i) bytes += "HTTP/1.1 100 x\r\n\r\n";
  EXPECT_TRUE(got(bytes).failed);
}

TEST(H1Client, heads_have_limits) {
  Client client({100, 3, 50, 50});
  client.asked(asking());
  EXPECT_FALSE(client.feed("HTTP/1.1 200 " + std::string(100, 'a')));
  EXPECT_EQ(client.failed->code, Code::limit);
  Client many({1000, 3, 50, 50});
  many.asked(asking());
  EXPECT_FALSE(many.feed("HTTP/1.1 200 x\r\na: b\r\na: b\r\na: b\r\na: b\r\n"));
}

TEST(H1Client, a_switch_passes_everything_both_ways) {
  Request request = asking();
  request.protocol = "websocket";
  Client client;
  EXPECT_EQ(client.asked(request),
            "GET / HTTP/1.1\r\nHost: a:1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(client.feed("HTTP/1.1 101 x\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n\r\nearly"));
  EXPECT_EQ(client.events.text(), "response 1 101 protocol=websocket\n");
  EXPECT_EQ(client.waiting, "early");
  client.codec->upgrade(1);
  EXPECT_TRUE(client.feed(" bird"));
  EXPECT_EQ(client.events.body, "early bird");
  client.codec->body(1, "raw", client.out);
  EXPECT_EQ(client.said(), "raw");
  client.codec->peer_closed(client.events);
  EXPECT_EQ(client.events.ended, 1u);
  client.codec->end(1, {}, client.out);
  EXPECT_TRUE(client.codec->must_close());
}

TEST(H1Client, a_switch_refused_is_an_answer_and_another_protocol_an_error) {
  Request request = asking();
  request.protocol = "websocket";
  EXPECT_EQ(answered(request, "HTTP/1.1 426 x\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n").events,
            "response 1 426 has-body length=0\nend 1\n");
  EXPECT_TRUE(answered(request, "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: spdy\r\n\r\n").failed);
  EXPECT_TRUE(answered(request, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n").failed);
}

TEST(H1Client, may_be_paused_and_reset_from_inside_callbacks) {
  Client client;
  client.asked(asking());
  client.events.then = [&](std::string_view event, StreamId stream) {
    if (event != "end") client.codec->pause(stream, true, client.out);
  };
  client.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.events.body, "");
  EXPECT_FALSE(client.codec->wants_bytes());
  client.events.then = [&](std::string_view, StreamId stream) {
    client.codec->reset(stream, Reset::cancelled, client.out);
  };
  client.codec->pause(1, false, client.out);
  client.feed("");
  EXPECT_EQ(client.events.ended, 0u);
  EXPECT_TRUE(client.codec->must_close());
}

}  // namespace
}  // namespace claw::http
