// HTTP/2 as an attacker writes it, frame by frame. Either the stream is reset and nobody is told of it, or
// the connection ends with the right code; and the next honest request is served as if nothing had been.
#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/http/wire/h2/connection.h"
#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http {
namespace {

using namespace trial;

Side make_server(H2Limits limits = {}) {
  Side server = {make_h2_server(limits), protocol::Side::client};
  server.codec->start(server.out());
  CLAW_CHECK(server.feed(hello()).ok());
  server.take();
  return server;
}

Side make_client(int requests = 1, bool has_body = false) {
  Side client = {make_h2_client(), protocol::Side::upstream};
  client.codec->start(client.out());
  CLAW_CHECK(client.feed(frame(settings, none, 0, "")).ok());
  for (int i = 0; i < requests; ++i) client.codec->open(ask("GET", "/", has_body), client.out());
  client.take();
  return client;
}

std::string get(StreamId id, std::string_view more = {}) {
  return frame(headers, end_headers | end_stream, id, get_block(more));
}

void expect_served(Side& server, StreamId id) {
  ASSERT_TRUE(server.feed(get(id)).ok());
  EXPECT_EQ(server.heard.at(id).ends, 1U);
}

// The error feed() gives, and the code of the GOAWAY that tells the peer.
std::pair<Code, std::uint32_t> end_of(Side& side, const Status& status) {
  if (status.ok()) return {Code::not_found, 0};
  side.codec->goodbye(status.error(), side.out());
  EXPECT_TRUE(side.codec->must_close());
  std::uint32_t code = 0;
  std::size_t goodbyes = 0;
  for (const Seen& each : frames_of(side.take())) {
    if (each.type != goaway) continue;
    ++goodbyes;
    code = static_cast<unsigned char>(each.payload[7]);
  }
  EXPECT_EQ(goodbyes, 1U);
  return {status.error().code, code};
}

using End = std::pair<Code, std::uint32_t>;
const End calm = {Code::limit, 11};

std::string pseudo(std::string_view method, std::string_view scheme, std::string_view authority,
                   std::string_view path) {
  return field(":method", method) + field(":scheme", scheme) + field(":authority", authority) +
         field(":path", path);
}

TEST(H2Attack, malformed_requests_are_reset_and_told_to_nobody) {
  const std::string no_host = field(":method", "GET") + field(":scheme", "https") + field(":path", "/");
  const std::string rows[] = {
      no_host,
      no_host + field("host", ""),
      no_host + field("host", "a") + field("host", "a"),
      get_block(field("host", "other.example.com")),
      get_block(field("host", "api.example.com:443")),
      pseudo("GET", "https", "user@api.example.com", "/"),
      pseudo("GET", "https", "a b", "/"),
      pseudo("GET", "https", "a/b", "/"),
      pseudo("GET", "https", "a:0", "/"),
      pseudo("GET", "https", "", "/"),
      pseudo("GET", "https", "a", ""),
      pseudo("GET", "https", "a", "x"),
      pseudo("GET", "https", "a", "*"),
      pseudo("GET", "https", "a", "/a b"),
      pseudo("GET", "https", "a", "/a#b"),
      pseudo("GET", "https", "a", "/\r\nx: y"),
      pseudo("GET", "https", "a", "/\xff"),
      pseudo("GET", "https", "a", "http://b/"),
      pseudo("GET", "ftp", "a", "/"),
      pseudo("GET", "https://x", "a", "/"),
      pseudo("G T", "https", "a", "/"),
      pseudo("", "https", "a", "/"),
      field(":method", "CONNECT") + field(":authority", "a:22"),
      pseudo("CONNECT", "https", "a", "/"),
      get_block(field(":protocol", "websocket")),
      get_block(field(":status", "200")),
      get_block(field(":unknown", "1")),
      get_block(field(":method", "POST")),
      field("accept", "x") + get_block(),
      get_block(field("X-Upper", "1")),
      get_block(field("x y", "1")),
      get_block(field("", "1")),
      get_block(field("x", "a\r\nb: c")),
      get_block(field("x", std::string(1, '\0'))),
      get_block(field("x", " a")),
      get_block(field("x", "a ")),
      get_block(field("x:", "a")),
      get_block(field("connection", "close")),
      get_block(field("keep-alive", "1")),
      get_block(field("proxy-connection", "close")),
      get_block(field("transfer-encoding", "chunked")),
      get_block(field("upgrade", "websocket")),
      get_block(field("te", "gzip")),
      get_block(field("http2-settings", "AAAA")),
      get_block(field("expect", "200-ok")),
      get_block(field("content-length", "1")),
      get_block(field("content-length", "-0")),
      get_block(field("content-length", "0") + field("content-length", "0")),
      get_block(field("content-length", "99999999999999999999")),
      get_block(field("content-length", "0x0")),
      // An extended CONNECT that is whole already, or says how long it is.
      pseudo("CONNECT", "https", "a", "/") + field(":protocol", "websocket"),
  };
  for (const std::string& block : rows) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{1} << 20}) {
      Side server = make_server();
      ASSERT_TRUE(server.feed(frame(headers, end_headers | end_stream, 1, block), slice).ok());
      EXPECT_TRUE(server.heard.empty()) << block;
      const auto seen = frames_of(server.take());
      ASSERT_EQ(count_of(seen, rst_stream), 1U) << block;
      EXPECT_EQ(seen.back().payload, number(1, 4)) << block;
      EXPECT_TRUE(server.codec->is_idle());
      expect_served(server, 3);
    }
  }
}

TEST(H2Attack, malformed_answers_are_reset) {
  const std::string ok = field(":status", "200");
  const std::string rows[] = {
      "", field("x", "y"), field(":status", ""), field(":status", "99"), field(":status", "600"),
      field(":status", "2000"), field(":status", "20x"), field(":status", "101"), ok + ok,
      field("x", "y") + ok, ok + field(":path", "/"), ok + field("connection", "close"),
      ok + field("transfer-encoding", "chunked"), ok + field("Server", "x"), ok + field("x", "a\nb"),
      ok + field("content-length", "5"), ok + field("content-length", "1") + field("content-length", "1"),
      ok + field("host", "a"), field(":method", "GET") + ok,
  };
  for (const std::string& block : rows) {
    Side client = make_client(2);
    ASSERT_TRUE(client.feed(frame(headers, end_headers | end_stream, 1, block)).ok()) << block;
    EXPECT_TRUE(client.heard.at(1).responses.empty()) << block;
    EXPECT_EQ(client.heard.at(1).resets, std::vector<Reset>{Reset::protocol}) << block;
    ASSERT_TRUE(client.feed(frame(headers, end_headers | end_stream, 3, ok)).ok());
    EXPECT_EQ(client.heard.at(3).ends, 1U);
  }
}

TEST(H2Attack, bodies_that_are_not_as_long_as_said_are_reset) {
  const std::string head = frame(headers, end_headers, 1, post_block(field("content-length", "4")));
  for (const std::string& body : {frame(data, end_stream, 1, "abc"), frame(data, end_stream, 1, "abcde"),
                                  frame(data, none, 1, "abcde"), frame(data, none, 1, "ab") +
                                  frame(headers, end_headers | end_stream, 1, field("x", "y"))}) {
    Side server = make_server();
    ASSERT_TRUE(server.feed(head + body).ok());
    EXPECT_EQ(server.heard.at(1).ends, 0U);
    EXPECT_EQ(server.heard.at(1).resets, std::vector<Reset>{Reset::protocol});
    expect_served(server, 3);
  }
  // And an answer to HEAD has none at all.
  Side client = {make_h2_client(), protocol::Side::upstream};
  client.codec->start(client.out());
  client.codec->open(ask("HEAD", "/"), client.out());
  ASSERT_TRUE(
      client
          .feed(frame(settings, none, 0, "") +
                frame(headers, end_headers, 1, field(":status", "200") + field("content-length", "4")) +
                frame(data, end_stream, 1, "abcd"))
          .ok());
  EXPECT_EQ(client.heard.at(1).resets, std::vector<Reset>{Reset::protocol});
  EXPECT_TRUE(client.heard.at(1).body.empty());
}

TEST(H2Attack, trailers_cannot_change_what_was_judged) {
  for (const std::string& trailer :
       {field("authorization", "x"), field("host", "b"), field("content-length", "0"), field(":path", "/b"),
        field("cookie", "a=b"), field("content-type", "x"), field("transfer-encoding", "chunked"),
        field("te", "trailers"), field("expect", "100-continue"), field("x-forwarded-for", "1.2.3.4"),
        field("x", std::string(65'000, 'x')) + field("y", std::string(1000, 'y'))}) {
    Side server = make_server();
    std::string head = frame(headers, end_headers, 1, post_block()) + frame(data, none, 1, "a");
    for (std::size_t at = 0; at < trailer.size(); at += 16'384) {
      const bool is_last = at + 16'384 >= trailer.size();
      head += frame(at == 0 ? headers : continuation,
                    (is_last ? end_headers : none) | (at == 0 ? end_stream : none), 1,
                    trailer.substr(at, 16'384));
    }
    ASSERT_TRUE(server.feed(head).ok());
    EXPECT_EQ(server.heard.at(1).ends, 0U);
    EXPECT_EQ(server.heard.at(1).resets, std::vector<Reset>{Reset::protocol});
    expect_served(server, 3);
  }
}

std::string in_frames(StreamId id, std::string_view block) {
  std::string frames;
  for (std::size_t at = 0; at < block.size(); at += 16'384) {
    const bool is_last = at + 16'384 >= block.size();
    frames +=
        frame(at == 0 ? headers : continuation,
              (is_last ? end_headers : none) | (at == 0 ? end_stream : none), id, block.substr(at, 16'384));
  }
  return frames;
}

TEST(H2Attack, a_head_that_is_too_large_is_answered_431) {
  std::string many;
  for (int i = 0; i < 130; ++i) many += field("a", "b");
  for (const std::string& more :
       {many, field("x", std::string(65'000, 'x')) + field("y", std::string(1000, 'y')),
        field("cookie", std::string(40 * 1024, 'x')) + field("cookie", std::string(40 * 1024, 'x'))}) {
    Side server = make_server();
    ASSERT_TRUE(server.feed(in_frames(1, get_block(more))).ok());
    EXPECT_TRUE(server.heard.empty());
    const auto seen = frames_of(server.take());
    ASSERT_EQ(count_of(seen, headers), 1U);
    EXPECT_NE(seen.back().payload.find("431"), std::string::npos);
    expect_served(server, 3);
  }
  // With a body under way, which nobody will read.
  Side server = make_server();
  ASSERT_TRUE(server.feed(frame(headers, end_headers, 1, post_block(many)) + frame(data, none, 1, "x")).ok());
  const auto seen = frames_of(server.take());
  EXPECT_EQ(count_of(seen, headers), 1U);
  EXPECT_EQ(count_of(seen, rst_stream), 1U);
  EXPECT_TRUE(server.codec->is_idle());
  expect_served(server, 3);

  Side client = make_client(2);
  ASSERT_TRUE(client.feed(frame(headers, end_headers, 1, field(":status", "200") + many)).ok());
  EXPECT_EQ(client.heard.at(1).resets.size(), 1U);
  ASSERT_TRUE(client.feed(frame(headers, end_headers | end_stream, 3, field(":status", "200"))).ok());
  EXPECT_EQ(client.heard.at(3).ends, 1U);
}

TEST(H2Attack, a_bomb_ends_the_connection) {
  // One table entry of 4000 bytes, then references of one byte each.
  Side server = make_server();
  const std::string bomb = get_block(field("x", std::string(3900, 'x'), 0x40)) + std::string(12'000, '\xbe');
  EXPECT_EQ(end_of(server, server.feed(in_frames(1, bomb))), calm);
  EXPECT_TRUE(server.heard.empty());
  Side client = make_client();
  const std::string answer_bomb =
      field(":status", "200") + field("x", std::string(3900, 'x'), 0x40) + std::string(12'000, '\xbe');
  EXPECT_EQ(end_of(client, client.feed(in_frames(1, answer_bomb))), calm);
}

TEST(H2Attack, a_decoder_table_is_not_larger_than_we_said) {
  Side server = make_server();
  const std::string update = "\x3f\xe2\x1f";  // 4097 bytes.
  const auto end =
      end_of(server, server.feed(frame(headers, end_headers | end_stream, 1, update + get_block())));
  EXPECT_EQ(end.first, Code::invalid);
  EXPECT_EQ(end.second, 9U);  // COMPRESSION_ERROR.
}

TEST(H2Attack, continuations_come_to_an_end) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16'384}}) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{1} << 20}) {
      Side server = make_server();
      std::string flood = frame(headers, end_stream, 1, get_block());
      for (int i = 0; i < 20; ++i) flood += frame(continuation, none, 1, std::string(size, '\x82'));
      const Status status = server.feed(flood, slice);
      EXPECT_EQ(end_of(server, status), calm) << size << ' ' << slice << status.error().what;
      EXPECT_TRUE(server.heard.empty());
    }
  }
}

TEST(H2Attack, floods_without_progress_come_to_an_end) {
  const std::pair<const char*, std::string> floods[] = {
      {"PING", frame(ping, none, 0, "12345678")},
      {"PING ack", frame(ping, ack, 0, "12345678")},
      {"SETTINGS", frame(settings, none, 0, number(3, 2) + number(100, 4))},
      {"PRIORITY", frame(priority, none, 1, number(0, 4) + "\x10")},
      {"PRIORITY of idle streams", frame(priority, none, 0x7FFFFFFF, number(0, 4) + "\x10")},
      {"WINDOW_UPDATE", frame(window_update, none, 0, number(1, 4))},
      {"WINDOW_UPDATE of a stream", frame(window_update, none, 1, number(1, 4))},
      {"empty DATA", frame(data, none, 1, "")},
      {"padding", frame(data, padded, 1, std::string("\x05") + std::string(5, '\0'))},
      {"unknown", frame(0x42, none, 0, "whatever")},
      {"ALTSVC", frame(10, none, 0, number(0, 2) + "h2")},
      {"ORIGIN", frame(12, none, 0, "")},
      {"PRIORITY_UPDATE", frame(16, none, 0, number(1, 4) + "u=1")},
  };
  for (const auto& [name, each] : floods) {
    for (const std::size_t slice : {std::size_t{5}, std::size_t{1} << 20}) {
      Side server = make_server();
      ASSERT_TRUE(server.feed(frame(headers, end_headers, 1, post_block())).ok());
      std::string flood;
      for (int i = 0; i < 1100; ++i) flood += each;
      EXPECT_EQ(end_of(server, server.feed(flood, slice)), calm) << name;
    }
    Side client = make_client(1, true);
    ASSERT_TRUE(client.feed(frame(headers, end_headers, 1, field(":status", "200"))).ok());
    std::string flood;
    for (int i = 0; i < 1100; ++i) flood += each;
    EXPECT_FALSE(client.feed(flood).ok()) << name;
  }
}

TEST(H2Attack, frames_for_streams_that_are_gone_come_to_an_end) {
  for (const std::string& each : {frame(data, none, 1, "x"), frame(rst_stream, none, 1, number(8, 4)),
                                  frame(window_update, none, 1, number(1, 4))}) {
    Side server = make_server();
    ASSERT_TRUE(server.feed(frame(headers, end_headers, 1, post_block())).ok());
    server.codec->reset(1, Reset::refused, server.out());
    std::string flood;
    for (int i = 0; i < 1100; ++i) flood += each;
    EXPECT_EQ(end_of(server, server.feed(flood)), calm);
    EXPECT_TRUE(server.heard.at(1).body.empty());
  }
}

TEST(H2Attack, control_frames_beside_real_work_are_no_flood) {
  Side server = make_server();
  for (StreamId id = 1; id < 5000; id += 2) {
    ASSERT_TRUE(server
                    .feed(frame(priority, none, id, number(0, 4) + "\x10") +
                          frame(ping, none, 0, "12345678") + frame(window_update, none, 0, number(100, 4)) +
                          get(id))
                    .ok());
    server.codec->respond(id, answer(200, true), server.out());
    server.codec->body(id, "x", server.out());
    server.codec->end(id, {}, server.out());
    server.take();
  }
  // Small messages on one long stream, each with its windows.
  ASSERT_TRUE(server.feed(frame(headers, end_headers | end_stream, 5001, get_block())).ok());
  server.codec->respond(5001, answer(200, true), server.out());
  for (int i = 0; i < 5000; ++i) {
    server.codec->body(5001, "data: x\n\n", server.out());
    ASSERT_TRUE(server.feed(frame(window_update, none, 5001, number(9, 4)) +
                            frame(window_update, none, 0, number(9, 4))).ok());
    server.take();
  }
}

TEST(H2Attack, a_window_that_dribbles_comes_to_an_end) {
  Side server = make_server();
  ASSERT_TRUE(server.feed(frame(settings, none, 0, number(4, 2) + number(0, 4)) + get(1)).ok());
  server.codec->respond(1, answer(200, true), server.out());
  server.codec->body(1, std::string(100'000, 'x'), server.out());
  std::string flood;
  for (int i = 0; i < 1100; ++i) flood += frame(window_update, none, 1, number(1, 4));
  EXPECT_EQ(end_of(server, server.feed(flood)), calm);
}

TEST(H2Attack, rapid_resets_come_to_an_end) {
  for (const std::size_t slice : {std::size_t{3}, std::size_t{1} << 20}) {
    Side server = make_server();
    std::string flood;
    for (StreamId id = 1; id < 600; id += 2) flood += get(id) + frame(rst_stream, none, id, number(8, 4));
    EXPECT_EQ(end_of(server, server.feed(flood, slice)), calm);
    EXPECT_GE(server.heard.order.size(), 200U);
    EXPECT_LE(server.heard.order.size(), 210U);
  }
}

TEST(H2Attack, resets_we_are_made_to_send_count_as_much) {
  const std::pair<const char*, std::string> rows[] = {
      {"malformed", frame(headers, end_headers | end_stream, 1, get_block(field("connection", "x")))},
      {"bad window", get(1) + frame(window_update, none, 1, number(0, 4))},
      {"window overflow", get(1) + frame(window_update, none, 1, number(0x7FFFFFFF, 4))},
      {"data after the end", get(1) + frame(data, none, 1, "x")},
      {"too long", frame(headers, end_headers, 1, post_block(field("content-length", "0"))) +
                       frame(data, none, 1, "x")},
      {"early data", frame(headers, end_headers, 1, pseudo("CONNECT", "https", "a", "/") +
                                                        field(":protocol", "websocket")) +
                         frame(data, none, 1, "x")},
  };
  for (const auto& [name, one] : rows) {
    Side server = make_server();
    std::string flood;
    for (StreamId id = 1; id < 1000; id += 2) {
      for (const Seen& each : frames_of(one)) flood += frame(each.type, each.flags, id, each.payload);
    }
    EXPECT_EQ(end_of(server, server.feed(flood)).first == Code::not_found, false) << name;
    EXPECT_LE(server.heard.order.size(), 210U) << name;
  }
}

TEST(H2Attack, streams_beyond_the_limit_are_refused_and_counted) {
  H2Limits limits;
  limits.streams_max = 10;
  Side server = make_server(limits);
  std::string flood;
  for (StreamId id = 1; id < 101; id += 2) flood += get(id);
  ASSERT_TRUE(server.feed(flood).ok());  // They may not have known yet: SETTINGS are not acknowledged.
  EXPECT_EQ(server.heard.order.size(), 10U);
  EXPECT_EQ(count_of(frames_of(server.take()), rst_stream), 40U);
  for (StreamId id = 101; id < 2001; id += 2) flood += get(id);
  EXPECT_EQ(end_of(server, server.feed(flood)).first == Code::not_found, false);
  EXPECT_EQ(server.heard.order.size(), 10U);
}

TEST(H2Attack, what_our_machine_resets_counts_little) {
  Side server = make_server();
  for (StreamId id = 1; id < 2000; id += 2) {
    ASSERT_TRUE(server.feed(get(id)).ok()) << id;
    server.codec->reset(id, Reset::refused, server.out());
  }
  EXPECT_EQ(count_of(frames_of(server.take()), rst_stream), 1000U);
}

TEST(H2Attack, a_broken_connection_is_ended_with_its_code) {
  const std::string post = frame(headers, end_headers, 1, post_block());
  const std::pair<std::string, std::uint32_t> rows[] = {
      {frame(push_promise, end_headers, 1, number(2, 4) + get_block()), 1},
      {frame(data, none, 0, "x"), 1},
      {frame(data, none, 9, "x"), 1},
      {frame(headers, end_headers, 0, get_block()), 1},
      {frame(headers, end_headers, 2, get_block()), 1},
      {frame(continuation, end_headers, 1, ""), 1},
      {frame(headers, none, 1, get_block()) + frame(ping, none, 0, "12345678"), 1},
      {frame(headers, none, 1, get_block()) + frame(continuation, end_headers, 3, ""), 1},
      {frame(settings, none, 1, ""), 1},
      {frame(settings, none, 0, "12345"), 6},
      {frame(settings, ack, 0, "123456"), 6},
      {frame(settings, none, 0, number(4, 2) + number(0x80000000, 4)), 3},
      {frame(settings, none, 0, number(5, 2) + number(1, 4)), 1},
      {frame(settings, none, 0, number(2, 2) + number(2, 4)), 1},
      {frame(ping, none, 0, "1234567"), 6},
      {frame(ping, none, 1, "12345678"), 1},
      {frame(window_update, none, 0, number(0, 4)), 1},
      {frame(window_update, none, 0, number(0x7FFFFFFF, 4)), 3},
      {frame(window_update, none, 0, "123"), 6},
      {frame(window_update, none, 9, number(1, 4)), 1},
      {frame(rst_stream, none, 9, number(8, 4)), 1},
      {frame(rst_stream, none, 0, number(8, 4)), 1},
      {frame(goaway, none, 1, number(0, 8)), 1},
      {post + frame(data, padded, 1, "\x05\x01"), 1},
      {frame(headers, end_headers, 1, "\xff\xff\xff\xff\xff\xff"), 9},
      {frame(headers, end_headers, 1, "\x80"), 9},
      {number(16'385, 3) + std::string("\0\0\0\0\0\x01", 6), 6},
  };
  for (const auto& [bytes, code] : rows) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{1} << 20}) {
      Side server = make_server();
      const auto end = end_of(server, server.feed(bytes, slice));
      EXPECT_EQ(end.first, Code::invalid) << to_hex(bytes);
      EXPECT_EQ(end.second, code) << to_hex(bytes);
    }
  }
}

TEST(H2Attack, more_settings_than_there_are_end_the_connection) {
  Side server = make_server();
  std::string many;
  for (int i = 0; i < 40; ++i) many += number(3, 2) + number(100, 4);
  EXPECT_FALSE(server.feed(frame(settings, none, 0, many)).ok());
}

TEST(H2Attack, strangers_are_turned_away) {
  const std::string rows[] = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "PRI * HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(30, 'r'),
      std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8) + std::string(30, 'p'),
      "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
      std::string(preface) + get(1),
      std::string(preface) + frame(ping, none, 0, "12345678"),
      std::string(preface) + frame(settings, ack, 0, ""),
      std::string(preface) + std::string(preface),
  };
  for (const std::string& row : rows) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{1} << 20}) {
      Side server = {make_h2_server(), protocol::Side::client};
      server.codec->start(server.out());
      EXPECT_TRUE(server.codec->is_idle());
      EXPECT_EQ(server.feed(row, slice).ok(), false) << row;
      EXPECT_TRUE(server.heard.empty());
      EXPECT_FALSE(server.codec->is_idle());
    }
  }
  for (const std::string_view row : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n"}) {
    Side client = {make_h2_client(), protocol::Side::upstream};
    client.codec->start(client.out());
    client.codec->open(ask("GET", "/"), client.out());
    EXPECT_FALSE(client.feed(row).ok()) << row;
  }
}

TEST(H2Attack, a_server_may_not_push_or_answer_what_was_not_asked) {
  const std::string rows[] = {
      frame(push_promise, end_headers, 1, number(2, 4) + get_block()),
      frame(headers, end_headers | end_stream, 2, field(":status", "200")),
      frame(headers, end_headers | end_stream, 5, field(":status", "200")),
      frame(data, none, 5, "x"),
      frame(data, none, 1, "x"),  // A body before its head.
  };
  for (const std::string& row : rows) {
    Side client = make_client();
    const Status status = client.feed(row);
    EXPECT_FALSE(status.ok()) << to_hex(row);
    EXPECT_FALSE(client.heard.messages.contains(2) || client.heard.messages.contains(5));
  }
}

TEST(H2Attack, a_server_cannot_say_wait_for_ever) {
  Side client = make_client();
  std::string flood;
  for (int i = 0; i < 1100; ++i) flood += frame(headers, end_headers, 1, field(":status", "103"));
  EXPECT_EQ(end_of(client, client.feed(flood)), calm);
}

TEST(H2Attack, data_for_another_protocol_waits_until_it_is_agreed_on) {
  Side server = make_server();
  const std::string head = pseudo("CONNECT", "https", "a", "/") + field(":protocol", "websocket");
  ASSERT_TRUE(server.feed(frame(headers, end_headers, 1, head) + frame(data, none, 1, "early")).ok());
  EXPECT_TRUE(server.heard.at(1).body.empty());
  EXPECT_EQ(server.heard.at(1).resets, std::vector<Reset>{Reset::protocol});
}

TEST(H2Attack, nothing_is_told_after_the_connection_failed) {
  Side server = make_server();
  EXPECT_FALSE(server.feed(get(1) + frame(data, none, 0, "x") + get(3)).ok());
  EXPECT_EQ(server.heard.order, std::vector<StreamId>{1});
  EXPECT_FALSE(server.feed(get(5)).ok());
  server.codec->respond(1, answer(200), server.out());
  EXPECT_EQ(count_of(frames_of(server.take()), headers), 0U);
  EXPECT_EQ(server.heard.order, std::vector<StreamId>{1});
}

}  // namespace
}  // namespace claw::http
