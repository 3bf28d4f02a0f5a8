#include "protocol/http/codec.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

constexpr std::string_view good =
    "POST /api/v1/x?a=b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";

TEST(HttpCodec, reads_a_head_and_leaves_the_body) {
  const auto head = decode_head(good);
  ASSERT_TRUE(head.ok() && head->has_value());
  EXPECT_EQ((*head)->request.method, "POST");
  EXPECT_EQ((*head)->request.target, "/api/v1/x?a=b");
  EXPECT_EQ((*head)->request.content_length, 2u);
  EXPECT_EQ(good.substr((*head)->bytes), "{}");
  EXPECT_EQ(*(*head)->request.find("HOST"), "localhost");
}

TEST(HttpCodec, waits_for_the_rest_at_every_byte) {
  const std::size_t head_bytes = good.size() - 2;
  for (std::size_t i = 0; i < head_bytes; ++i) {
    const auto head = decode_head(good.substr(0, i));
    ASSERT_TRUE(head.ok()) << i;
    EXPECT_FALSE(head->has_value()) << i;
  }
}

TEST(HttpCodec, refuses_what_two_servers_read_differently) {
  const std::string_view start = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (const std::string_view bad :
       {"Host: b\r\n\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "Content-Length: +1\r\n\r\n",
        "Content-Length: 1, 1\r\n\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding: chunked, identity\r\n\r\n",
        "X : y\r\n\r\n", " folded: y\r\n\r\n", "X: a\nY: b\r\n\r\n", "X: a\rY: b\r\n\r\n", "X: \x01\r\n\r\n",
        "nocolon\r\n\r\n"}) {
    EXPECT_FALSE(decode_head(std::string(start) + std::string(bad)).ok()) << bad;
  }
  EXPECT_FALSE(decode_head("GET / HTTP/1.1\r\n\r\n").ok());
  EXPECT_FALSE(decode_head("GET  / HTTP/1.1\r\nHost: a\r\n\r\n").ok());
  EXPECT_FALSE(decode_head("GET / HTTP/2.0\r\nHost: a\r\n\r\n").ok());
  EXPECT_FALSE(decode_head("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").ok());
}

TEST(HttpCodec, a_head_has_an_end) {
  EXPECT_FALSE(decode_head("GET / HTTP/1.1\r\nX: " + std::string(head_bytes_max, 'a')).ok());
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < fields_max; ++i) many += "a: b\r\n";
  EXPECT_FALSE(decode_head(many + "\r\n").ok());
}

TEST(HttpCodec, answers_are_read_back) {
  const auto answer = decode_answer(encode({404, {{"Content-Type", "application/json"}}, "{\"a\":1}"}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "{\"a\":1}");
}

}  // namespace
}  // namespace claw::http
