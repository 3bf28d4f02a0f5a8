#include "protocol/http/wire/h1/head.h"

#include <gtest/gtest.h>

#include "protocol/http/wire/h1/events_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view host_line = "Host: a\r\n";

// What the server codec says of one request; `!` and the answer's status when it is refused.
std::string read(const std::string& bytes, std::size_t slice = 1'000'000, H1Limits limits = {}) {
  Fed server(make_h1_server(limits));
  if (server.feed_sliced(bytes, slice)) return server.events.text();
  server.codec->goodbye(*server.failed, server.out);
  return server.events.text() + "! " + server.said().substr(9, 3);
}

std::string get(std::string_view fields, std::string_view target = "/") {
  return fmt::format("GET {} HTTP/1.1\r\n{}{}\r\n", target, host_line, fields);
}

void expect_all_refused(const std::vector<std::string>& requests, std::string_view status) {
  for (const std::string& bytes : requests) {
    const std::string whole = read(bytes);
    EXPECT_EQ(whole, fmt::format("! {}", status)) << quoted(bytes);
    EXPECT_EQ(read(bytes, 1), whole) << quoted(bytes);
  }
}

TEST(H1Head, a_request_is_read_and_keeps_what_is_end_to_end) {
  EXPECT_EQ(read(get("X-A:  b \t\r\nx-a:\r\nAccept: */*\r\n", "/p?q=1")),
            "request 1 GET |a|/p?q=1 [X-A: b] [x-a: ] [Accept: */*]\nend 1\n");
}

TEST(H1Head, what_belongs_to_the_connection_is_not_among_the_fields) {
  EXPECT_EQ(read(get("Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-Stays: 2\r\n"
                     "Proxy-Connection: keep-alive\r\nTE: trailers\r\nHTTP2-Settings: AAA\r\nX-HOP: 3\r\n")),
            "request 1 GET |a|/ [X-Stays: 2]\nend 1\n");
}

TEST(H1Head, connection_may_not_name_what_a_request_is_judged_by) {
  std::vector<std::string> requests;
  for (const std::string_view name :
       {"Host", "content-length", "Authorization", "Cookie", "Content-Type", "Transfer-Encoding",
        "Proxy-Authorization", "Content-Encoding", "X-Forwarded-For", "Expect", "Impersonate-User"}) {
    requests.push_back(get(fmt::format("Connection: close, {}\r\n", name)));
  }
  requests.push_back(get("Connection: a b\r\n"));
  requests.push_back(get("Connection: \"close\"\r\n"));
  requests.push_back(get("Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n"));
  expect_all_refused(requests, "400");
}

TEST(H1Head, what_two_servers_read_differently_is_refused) {
  std::vector<std::string> requests;
  for (const std::string_view fields : {"Host: b\r\n",
                                        "Host: a\r\n",
                                        "Content-Length: 1\r\nContent-Length: 1\r\n",
                                        "Content-Length: +1\r\n",
                                        "Content-Length: 1, 1\r\n",
                                        "Content-Length: 0x1\r\n",
                                        "Content-Length: 1 1\r\n",
                                        "Content-Length:\r\n",
                                        "Content-Length: -1\r\n",
                                        "Content-Length: 9999999999999999999\r\n",
                                        "Content-Length: 18446744073709551617\r\n",
                                        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                                        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
                                        "Transfer-Encoding:\r\n",
                                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                        "Transfer-Encoding: \"chunked\"\r\n",
                                        "X : y\r\n",
                                        " folded: y\r\n",
                                        "X: a\r\n b\r\n",
                                        "X: a\r\n\tb\r\n",
                                        "X: a\nY: b\r\n",
                                        "X: a\rY: b\r\n",
                                        "X: \x01\r\n",
                                        "X: \x7F\r\n",
                                        "nocolon\r\n",
                                        ": empty\r\n",
                                        "X\x80: y\r\n",
                                        "X(: y\r\n",
                                        "X: a\n\n",
                                        "Transfer-Encoding\x0b: chunked\r\n",
                                        "Transfer-Encoding: \x0b"
                                        "chunked\r\n"}) {
    requests.push_back(get(fields));
  }
  requests.push_back(get({"X: a\0b\r\n", 8}));
  requests.push_back("GET / HTTP/1.1\r\n\r\n");
  requests.push_back("GET / HTTP/1.1\nHost: a\n\n");
  requests.push_back("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
  expect_all_refused(requests, "400");
}

TEST(H1Head, request_lines_have_one_form) {
  expect_all_refused({"GET  / HTTP/1.1\r\n",
                      "GET /  HTTP/1.1\r\n",
                      "GET / HTTP/1.1 \r\n",
                      " GET / HTTP/1.1\r\n",
                      "GET\t/ HTTP/1.1\r\n",
                      "GET / HTTP/1.1\n",
                      "GET /\r\n",
                      "GET\r\n",
                      "GET / http/1.1\r\n",
                      "GET / HTTP/1\r\n",
                      "GET / HTTP/11.1\r\n",
                      "G(T / HTTP/1.1\r\n",
                      "GET /a b HTTP/1.1\r\n",
                      "GET /\x01 HTTP/1.1\r\n",
                      "GET /\xC3\xA9 HTTP/1.1\r\n",
                      "GET /#x HTTP/1.1\r\n",
                      "GET x HTTP/1.1\r\n",
                      "GET * HTTP/1.1\r\n",
                      "\r\n\r\nGET / HTTP/1.1\r\n",
                      "\n",
                      "\x16\x03\x01",
                      "\rGET / HTTP/1.1\r\n",
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ / HTTP/1.1\r\n"},
                     "400");
  expect_all_refused({"PRI * HTTP/2.0\r\n", "GET / HTTP/1.2\r\n", "GET / HTTP/0.9\r\n"}, "505");
}

TEST(H1Head, transfer_codings_we_do_not_know_are_not_implemented) {
  expect_all_refused({get("Transfer-Encoding: xchunked\r\n"), get("Transfer-Encoding: gzip, chunked\r\n"),
                      get("Transfer-Encoding: chunked, identity\r\n"), get("Transfer-Encoding: identity\r\n"),
                      get("Transfer-Encoding: chunked,\r\n")},
                     "501");
}

TEST(H1Head, limits_have_their_own_answers) {
  const H1Limits limits{200, 3, 50, 100};
  EXPECT_EQ(read(get("", "/" + std::string(50, 'a')), 7, limits), "! 414");
  EXPECT_EQ(read("GET /" + std::string(300, 'a'), 7, limits), "! 414");
  EXPECT_EQ(read(get("X: " + std::string(200, 'a') + "\r\n"), 7, limits), "! 431");
  EXPECT_EQ(read(get("A: b\r\nA: b\r\nA: b\r\n"), 7, limits), "! 431");
  EXPECT_EQ(read(get("A: b\r\nA: b\r\n"), 7, limits), "request 1 GET |a|/ [A: b] [A: b]\nend 1\n");
  EXPECT_EQ(read(get("Expect: a-miracle\r\n")), "! 417");
  EXPECT_EQ(read(get("Expect: 100-continue\r\nExpect: 100-continue\r\n")), "! 417");
}

TEST(H1Head, one_empty_line_before_a_request_is_passed_over) {
  EXPECT_EQ(read("\r\n" + get("")), "request 1 GET |a|/\nend 1\n");
  EXPECT_EQ(read("\r\n" + get(""), 1), "request 1 GET |a|/\nend 1\n");
}

TEST(H1Head, the_target_in_absolute_form_agrees_with_host) {
  EXPECT_EQ(read("GET HTTP://a/x?y HTTP/1.1\r\nHost: A\r\n\r\n"),
            "request 1 GET http|a|/x?y absolute\nend 1\n");
  EXPECT_EQ(read("GET http://a?y HTTP/1.1\r\nHost: a:80\r\n\r\n"),
            "request 1 GET http|a|/?y absolute\nend 1\n");
  EXPECT_EQ(read("OPTIONS https://a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
            "request 1 OPTIONS https|a:443|* absolute\nend 1\n");
  EXPECT_EQ(read("GET http://[::1]:8/ HTTP/1.0\r\n\r\n"),
            "request 1 GET http|[::1]:8|/ absolute version=10\nend 1\n");
  expect_all_refused(
      {get("", "http://b/"), get("", "http://a:81/"), get("", "https://a:80/"), get("", "ftp://a/"),
       get("", "http:///x"), get("", "http://u@a/"), get("", "http://a:/"), get("", "http://a:0/"),
       get("", "http://a:65536/"), get("", "http:a"), get("", "http://a\\@b/")},
      "400");
}

// `//a` has the form of a path; what it means is for whoever reads paths.
TEST(H1Head, two_slashes_begin_a_path) {
  EXPECT_EQ(read("GET //b/x HTTP/1.1\r\nHost: a\r\n\r\n"), "request 1 GET |a|//b/x\nend 1\n");
}

TEST(H1Head, connect_has_an_authority_with_a_port) {
  EXPECT_EQ(read("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"), "request 1 CONNECT |b:443|\nend 1\n");
  EXPECT_EQ(read("CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n"), "request 1 CONNECT |b:443|\nend 1\n");
  EXPECT_EQ(read("CONNECT [::1]:443 HTTP/1.0\r\n\r\n"), "request 1 CONNECT |[::1]:443| version=10\nend 1\n");
  expect_all_refused(
      {"CONNECT b HTTP/1.1\r\nHost: b\r\n\r\n", "CONNECT b:443 HTTP/1.1\r\nHost: c:443\r\n\r\n",
       "CONNECT b:443 HTTP/1.1\r\nHost: b:80\r\n\r\n", "CONNECT / HTTP/1.1\r\nHost: b\r\n\r\n",
       "CONNECT b:443 HTTP/1.1\r\n\r\n", "CONNECT http://b:443/ HTTP/1.1\r\nHost: b:443\r\n\r\n",
       "CONNECT b:443 HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\n\r\n",
       "CONNECT b:443 HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"},
      "400");
}

TEST(H1Head, hosts_are_names_or_addresses) {
  std::vector<std::string> requests;
  for (const std::string_view host :
       {"", "a b", "a/b", "a@b", "a:", "a:b", "a:1:2", "[::1", "[]", "[::1]x", "[fe80::1%25eth0]", "a,b",
        "\xC3\xA9", "a:00000080", "a?", "a#", "%61"}) {
    requests.push_back(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host));
  }
  expect_all_refused(requests, "400");
  EXPECT_EQ(read("GET / HTTP/1.1\r\nhost: my_db-1.example.com.:8080\r\n\r\n"),
            "request 1 GET |my_db-1.example.com.:8080|/\nend 1\n");
}

TEST(H1Head, an_upgrade_is_asked_for_with_both_fields_and_one_protocol) {
  const auto upgrade = [](std::string_view fields) { return read(get(fields)); };
  EXPECT_EQ(upgrade("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"),
            "request 1 GET |a|/ protocol=websocket\nend 1\n");
  EXPECT_EQ(upgrade("Upgrade: SPDY/3.1\r\nConnection: upgrade\r\n"),
            "request 1 GET |a|/ protocol=spdy/3.1\nend 1\n");
  for (const std::string_view none :
       {"Upgrade: websocket\r\n", "Connection: upgrade\r\n", "Connection: upgrade\r\nUpgrade: a, b\r\n",
        "Connection: upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n", "Connection: upgrade\r\nUpgrade: \r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
        "Connection: upgrade\r\nUpgrade: a/b/c\r\n"}) {
    EXPECT_EQ(upgrade(none), "request 1 GET |a|/\nend 1\n") << none;
  }
  EXPECT_EQ(upgrade("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n"),
            "request 1 GET |a|/ has-body length=1\n");
  EXPECT_EQ(read("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
            "request 1 GET ||/ version=10\nend 1\n");
}

TEST(H1Head, an_expectation_is_for_a_body) {
  EXPECT_EQ(read(get("Expect: 100-Continue\r\n")), "request 1 GET |a|/\nend 1\n");
  EXPECT_EQ(read(get("Expect: 100-continue\r\nContent-Length: 1\r\n")),
            "request 1 GET |a|/ expects-continue has-body length=1\n");
}

TEST(H1Head, the_refusal_says_why_in_json) {
  Fed server(make_h1_server());
  EXPECT_FALSE(server.feed("GET / HTTP/1.1\r\nConnection: \"\x01\"\r\n\r\n"));
  server.codec->goodbye(*server.failed, server.out);
  EXPECT_EQ(server.said(),
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: 78\r\n"
            "Connection: close\r\n\r\n"
            "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"header value has control bytes\"}");
  EXPECT_TRUE(server.codec->must_close());
  EXPECT_EQ(server.events.text(), "");
}

}  // namespace
}  // namespace claw::http
