#include <gtest/gtest.h>

#include "protocol/http/wire/h1/events_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view get = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view chunked_post =
    "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
    "chunked\r\n\r\n5\r\nhello\r\n00A\r\n0123456789\r\n0\r\n"
    "X-Sum: 9\r\n\r\n";

struct Server : Fed {
  explicit Server(H1Limits limits = {}) : Fed(make_h1_server(limits)) {}

  void answer(StreamId stream, int status, std::string_view bytes) {
    Response response;
    response.status = status;
    response.length = bytes.size();
    codec->respond(stream, response, out);
    codec->body(stream, bytes, out);
    codec->end(stream, {}, out);
  }
  std::string answered(const Response& response, std::string_view bytes = {}) {
    codec->respond(1, response, out);
    if (!bytes.empty()) codec->body(1, bytes, out);
    if (response.has_body) codec->end(1, {}, out);
    return said();
  }
};

TEST(H1Server, reads_bodies_of_both_kinds_the_same_for_any_slicing) {
  for (const std::string_view bytes :
       {std::string_view("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), chunked_post,
        get}) {
    Server whole;
    ASSERT_TRUE(whole.feed(bytes));
    EXPECT_EQ(whole.events.ended, 1u);
    EXPECT_EQ(whole.waiting, "");
    for (std::size_t slice = 1; slice < bytes.size(); ++slice) {
      Server sliced;
      ASSERT_TRUE(sliced.feed_sliced(bytes, slice));
      EXPECT_EQ(sliced.events.text(), whole.events.text()) << slice;
    }
  }
  Server server;
  server.feed(chunked_post);
  EXPECT_EQ(server.events.text(),
            "request 1 POST |a|/c has-body\nbody 1 hello0123456789\nend 1 [X-Sum: 9]\n");
}

TEST(H1Server, a_cut_request_is_reset_or_was_never_there) {
  const std::size_t head_bytes = chunked_post.find("\r\n\r\n") + 4;
  for (std::size_t cut = 0; cut < chunked_post.size(); ++cut) {
    Server server;
    ASSERT_TRUE(server.feed(chunked_post.substr(0, cut)));
    server.codec->peer_closed(server.events);
    const bool has_reset = !server.events.lines.empty() && server.events.lines.back().starts_with("reset 1");
    EXPECT_EQ(has_reset, cut >= head_bytes) << cut;
    EXPECT_EQ(server.events.ended, 0u);
    EXPECT_TRUE(server.codec->must_close());
    EXPECT_FALSE(server.codec->is_idle());
  }
}

TEST(H1Server, chunks_are_read_to_the_letter) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view bad : {"5;a=b\r\n",
                                     "5 \r\n",
                                     " 5\r\n",
                                     "5\n",
                                     "5\rx",
                                     "\r\n",
                                     "x\r\n",
                                     "-1\r\n",
                                     "+5\r\n",
                                     "0x5\r\n",
                                     "5;\r\n",
                                     "1000000000000000\r\n",
                                     "FFFFFFFFFFFFFFFFF\r\n",
                                     "5\r\nhelloX",
                                     "5\r\nhello\n",
                                     "5\r\nhello\rX",
                                     "0\r\nX : y\r\n",
                                     "0\r\nX: y\n",
                                     "0\r\n x\r\n",
                                     "0\r\nContent-Length: 5\r\n",
                                     "0\r\nTransfer-Encoding: chunked\r\n",
                                     "0\r\nHost: b\r\n",
                                     "0\r\nAuthorization: x\r\n",
                                     "0\r\nCookie: x\r\n",
                                     "0\r\nX-HTTP-Method-Override: DELETE\r\n",
                                     "0\r\nConnection: close\r\n",
                                     "0\r\nTrailer: x\r\n"}) {
    Server whole, sliced;
    EXPECT_FALSE(whole.feed(head + std::string(bad))) << bad;
    EXPECT_FALSE(sliced.feed_sliced(head + std::string(bad), 1)) << bad;
    EXPECT_EQ(whole.events.ended + sliced.events.ended, 0u);
    EXPECT_EQ(whole.failed->what, sliced.failed->what);
  }
  Server long_trailers({1024, 8, 100, 64});
  EXPECT_FALSE(long_trailers.feed(head + "0\r\nX: " + std::string(64, 'a')));
  EXPECT_EQ(long_trailers.failed->code, Code::limit);
}

TEST(H1Server, requests_wait_for_the_answer_before_them) {
  Server server;
  ASSERT_TRUE(server.feed(std::string(get) + std::string(get)));
  EXPECT_EQ(server.events.requests.size(), 1u);
  EXPECT_EQ(server.waiting, get);
  EXPECT_FALSE(server.codec->wants_bytes());
  EXPECT_FALSE(server.codec->is_idle());
  server.answer(1, 200, "one");
  EXPECT_EQ(server.said(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  EXPECT_TRUE(server.codec->wants_bytes());
  ASSERT_TRUE(server.feed(""));
  EXPECT_EQ(server.events.requests.size(), 2u);
  server.answer(1, 200, "late");  // Of a request that has its answer: nothing is said.
  EXPECT_EQ(server.said(), "");
  server.answer(2, 404, "");
  EXPECT_EQ(server.said(), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(server.codec->is_idle());
}

TEST(H1Server, may_be_answered_from_inside_every_callback) {
  for (const std::string_view when : {"request", "body", "end"}) {
    Server server;
    server.events.then = [&](std::string_view event, StreamId stream) {
      if (event == when) server.answer(stream, 200, "x");
    };
    std::string bytes;
    for (int i = 0; i < 3; ++i) bytes += chunked_post;
    ASSERT_TRUE(server.feed(bytes)) << when;
    EXPECT_EQ(server.events.requests.size(), 3u) << when;
    EXPECT_EQ(server.events.ended, when == "end" ? 3u : 0u) << when;
    EXPECT_EQ(server.waiting, "");
    EXPECT_TRUE(server.codec->is_idle());
  }
}

TEST(H1Server, may_be_paused_and_reset_from_inside_callbacks) {
  Server server;
  server.events.then = [&](std::string_view event, StreamId stream) {
    if (event != "end") server.codec->pause(stream, true, server.out);
  };
  ASSERT_TRUE(server.feed(chunked_post));
  EXPECT_EQ(server.events.body, "");
  EXPECT_FALSE(server.codec->wants_bytes());
  server.codec->pause(1, false, server.out);
  ASSERT_TRUE(server.feed(""));
  EXPECT_EQ(server.events.body, "hello");
  server.events.then = [&](std::string_view, StreamId stream) {
    server.codec->reset(stream, Reset::internal, server.out);
  };
  server.codec->pause(1, false, server.out);
  ASSERT_TRUE(server.feed(""));
  EXPECT_EQ(server.events.body, "hello0123456789");
  EXPECT_EQ(server.events.ended, 0u);
  EXPECT_TRUE(server.codec->must_close());
  EXPECT_EQ(server.said(), "");
}

TEST(H1Server, the_end_of_a_body_by_length_comes_with_its_last_byte_even_when_paused) {
  Server server;
  server.events.then = [&](std::string_view event, StreamId stream) {
    if (event == "body") server.codec->pause(stream, true, server.out);
  };
  ASSERT_TRUE(server.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_EQ(server.events.ended, 1u);
}

TEST(H1Server, answers_are_framed_by_what_is_known) {
  Response response;
  response.fields.add("X-A", "b");
  response.fields.add("Transfer-Encoding", "gzip");  // Belongs to another connection: never passed on.
  response.fields.add("Content-Length", "77");
  response.fields.add("Connection", "X-A");
  Server chunked;
  chunked.feed(get);
  EXPECT_EQ(chunked.answered(response, std::string(26, 'z')),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n" + std::string(26, 'z') +
                "\r\n0\r\n\r\n");
  Server old;
  old.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.answered(response, "abc"), "HTTP/1.1 200 OK\r\nX-A: b\r\nConnection: close\r\n\r\nabc");
  EXPECT_TRUE(old.codec->must_close());
  Server last;
  last.feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  response.length = 3;
  EXPECT_FALSE(last.codec->must_close());
  EXPECT_EQ(last.answered(response, "abc"),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
  EXPECT_TRUE(last.codec->must_close());
}

TEST(H1Server, some_answers_have_no_body_whatever_is_given) {
  Response response;
  response.length = 5;
  Server head;
  head.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head.answered(response, "hello"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(head.codec->is_idle());
  response.status = 204;
  Server none;
  none.feed(get);
  EXPECT_EQ(none.answered(response, "hello"), "HTTP/1.1 204 No Content\r\n\r\n");
  response.status = 304;
  response.has_body = false;
  Server unchanged;
  unchanged.feed(get);
  EXPECT_EQ(unchanged.answered(response), "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
  response.status = 500;
  Server empty;
  empty.feed(get);
  EXPECT_EQ(empty.answered(response), "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(empty.codec->is_idle());
}

TEST(H1Server, an_answer_never_breaks_its_own_length) {
  Response response;
  response.length = 3;
  Server much;
  much.feed(get);
  EXPECT_EQ(much.answered(response, "abcd"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  EXPECT_TRUE(much.codec->must_close());
  Server little;
  little.feed(get);
  EXPECT_EQ(little.answered(response, "ab"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
  EXPECT_TRUE(little.codec->must_close());
}

TEST(H1Server, an_answer_that_cannot_be_said_is_a_502) {
  for (const std::string_view value : {std::string_view("a\r\nSet-Cookie: b"), std::string_view("a\nb"),
                                       std::string_view("a\rb"), std::string_view("a\0b", 3)}) {
    Response response;
    response.fields.add("X", value);
    Server server;
    server.feed(get);
    const std::string answer = server.answered(response, "abc");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << answer;
    EXPECT_TRUE(server.codec->must_close());
  }
}

TEST(H1Server, interim_answers_come_first_and_not_to_old_clients) {
  Response hint;
  hint.status = 103;
  hint.fields.add("Link", "</a.css>");
  Server server;
  server.feed(get);
  server.codec->respond(1, hint, server.out);
  EXPECT_EQ(server.said(), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
  server.answer(1, 200, "");
  EXPECT_EQ(server.said(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Server old;
  old.feed("GET / HTTP/1.0\r\n\r\n");
  old.codec->respond(1, hint, old.out);
  EXPECT_EQ(old.said(), "");
}

TEST(H1Server, a_client_left_waiting_to_go_on_loses_its_connection) {
  const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  Server refused;
  refused.feed(head);
  refused.answer(1, 403, "no");
  EXPECT_EQ(refused.said(),
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  EXPECT_TRUE(refused.codec->must_close());
  Server told;
  told.feed(head);
  Response go_on;
  go_on.status = 100;
  told.codec->respond(1, go_on, told.out);
  EXPECT_EQ(told.said(), "HTTP/1.1 100 Continue\r\n\r\n");
  told.feed("body");
  told.answer(1, 200, "");
  EXPECT_EQ(told.said(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(told.codec->is_idle());
}

TEST(H1Server, the_rest_of_a_refused_request_is_dropped_up_to_a_limit) {
  Server server;
  server.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nstart");
  server.answer(1, 403, "no");
  EXPECT_FALSE(server.codec->must_close());
  EXPECT_TRUE(server.feed(std::string(995, 'x') + std::string(get)));
  EXPECT_EQ(server.events.requests.size(), 2u);
  EXPECT_EQ(server.events.body, "start");
  EXPECT_EQ(server.events.ended, 1u);

  Server long_one;
  long_one.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  long_one.answer(1, 403, "no");
  EXPECT_NE(long_one.said().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(long_one.codec->must_close());

  Server endless;
  endless.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  endless.answer(1, 403, "no");
  for (int i = 0; i < 70; ++i) endless.feed("400\r\n" + std::string(1024, 'x') + "\r\n");
  EXPECT_TRUE(endless.codec->must_close());
  EXPECT_EQ(endless.events.body, "");
}

TEST(H1Server, a_body_that_breaks_is_answered_unless_an_answer_has_begun) {
  const std::string_view head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  Server server;
  server.feed(head);
  EXPECT_FALSE(server.feed("zz"));
  server.codec->goodbye(*server.failed, server.out);
  EXPECT_TRUE(server.said().starts_with("HTTP/1.1 400 "));
  Server begun;
  begun.feed(head);
  begun.codec->respond(1, Response(), begun.out);
  begun.said();
  EXPECT_FALSE(begun.feed("zz"));
  begun.codec->goodbye(*begun.failed, begun.out);
  EXPECT_EQ(begun.said(), "");
  EXPECT_TRUE(begun.codec->must_close());
}

TEST(H1Server, a_bad_second_request_is_answered_after_the_first) {
  Server server;
  server.feed(std::string(get) + "BAD\r\n");
  server.answer(1, 200, "");
  server.said();
  EXPECT_FALSE(server.feed(""));
  server.codec->goodbye(*server.failed, server.out);
  EXPECT_TRUE(server.said().starts_with("HTTP/1.1 400 "));
}

TEST(H1Server, goodbye_has_a_status_for_each_cause) {
  const std::pair<Code, std::string_view> cases[] = {
      {Code::limit, "413"}, {Code::timeout, "408"}, {Code::denied, "403"}, {Code::unavailable, "502"}};
  for (const auto& [code, status] : cases) {
    Server server;
    server.feed(get);
    server.codec->goodbye(Error{code, "why", {}}, server.out);
    EXPECT_EQ(server.said().substr(9, 3), status);
  }
  Server head;
  head.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  head.codec->goodbye(Error{Code::limit, "why", {}}, head.out);
  EXPECT_TRUE(head.said().ends_with("\r\n\r\n"));
  Server idle;
  idle.codec->goodbye(Error{Code::timeout, "why", {}}, idle.out);
  EXPECT_EQ(idle.said(), "");
  EXPECT_TRUE(idle.codec->must_close());
}

TEST(H1Server, an_upgrade_passes_everything_both_ways) {
  Server server;
  server.feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  EXPECT_EQ(server.waiting, "early");
  Response response;
  response.status = 101;
  response.protocol = "websocket";
  response.fields.add("Sec-WebSocket-Accept", "x");
  server.codec->respond(1, response, server.out);
  EXPECT_EQ(server.said(),
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: upgrade\r\n"
            "Upgrade: websocket\r\n\r\n");
  server.feed("");
  EXPECT_EQ(server.events.body, "");  // Not before upgrade().
  server.codec->upgrade(1);
  server.feed("\r\n\r\nraw");
  EXPECT_EQ(server.events.body, "early\r\n\r\nraw");
  server.codec->body(1, "back", server.out);
  EXPECT_EQ(server.said(), "back");
  server.codec->peer_closed(server.events);
  EXPECT_EQ(server.events.ended, 2u);  // The request's, and the client's half.
  server.codec->body(1, "more", server.out);
  EXPECT_EQ(server.said(), "more");
  EXPECT_FALSE(server.codec->must_close());
  server.codec->end(1, {}, server.out);
  EXPECT_TRUE(server.codec->must_close());
}

TEST(H1Server, nobody_is_upgraded_to_what_was_not_asked) {
  Response response;
  response.status = 101;
  response.protocol = "websocket";
  for (const std::string_view fields : {"", "Connection: upgrade\r\nUpgrade: other\r\n"}) {
    Server server;
    server.feed(fmt::format("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields));
    EXPECT_TRUE(server.answered(response).starts_with("HTTP/1.1 502 ")) << fields;
    server.codec->upgrade(1);
    EXPECT_FALSE(server.codec->wants_bytes());
  }
}

TEST(H1Server, a_connect_that_is_answered_well_is_a_tunnel) {
  Server server;
  server.feed("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n\x16\x03");
  server.codec->respond(1, Response(), server.out);
  EXPECT_EQ(server.said(), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(server.waiting, "\x16\x03");
  EXPECT_FALSE(server.codec->wants_bytes());
  EXPECT_FALSE(server.codec->must_close());
  Server refused;
  refused.feed("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n");
  refused.answer(1, 403, "no");
  EXPECT_EQ(refused.said(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_TRUE(refused.codec->is_idle());
}

TEST(H1Server, a_client_half_shut_gets_its_answer) {
  Server server;
  server.feed(get);
  server.codec->peer_closed(server.events);
  EXPECT_FALSE(server.codec->must_close());
  server.answer(1, 200, "x");
  EXPECT_EQ(server.said(), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
  EXPECT_TRUE(server.codec->must_close());
}

TEST(H1Server, trailers_are_for_chunked_answers_and_only_what_may_be_one) {
  Fields trailers;
  trailers.add("X-Sum", "1");
  trailers.add("Set-Cookie", "a");
  trailers.add("X-Bad", "a\r\nb");
  Server server;
  server.feed(get);
  server.codec->respond(1, Response(), server.out);
  server.codec->end(1, trailers, server.out);
  EXPECT_EQ(server.said(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n");
}

}  // namespace
}  // namespace claw::http
