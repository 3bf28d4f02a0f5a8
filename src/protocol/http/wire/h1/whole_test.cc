#include "protocol/http/wire/h1/whole.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

constexpr std::string_view post =
    "POST /api/v1/x?a=b HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}";

TEST(Whole, a_request_is_there_with_its_last_byte) {
  for (std::size_t i = 0; i < post.size(); ++i) {
    const auto request = decode_request(post.substr(0, i), 10);
    ASSERT_TRUE(request.ok()) << i;
    EXPECT_FALSE(request->has_value()) << i;
  }
  const auto request = decode_request(post, 10);
  ASSERT_TRUE(request.ok() && request->has_value());
  EXPECT_EQ((*request)->head.method, "POST");
  EXPECT_EQ((*request)->head.path, "/api/v1/x?a=b");
  EXPECT_EQ((*request)->head.fields.find("x-a"), "b");
  EXPECT_EQ((*request)->body, "{}");
}

TEST(Whole, bodies_have_a_length_and_a_limit) {
  EXPECT_EQ(decode_request(post, 1).error().code, Code::limit);
  const auto chunked = decode_request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 10);
  EXPECT_EQ(chunked.error().code, Code::unsupported);
  EXPECT_EQ(decode_request("POST\r\n", 10).error().code, Code::invalid);
}

TEST(Whole, requests_and_answers_are_read_back) {
  WholeRequest request;
  request.head.method = "GET";
  request.head.authority = "localhost";
  request.head.path = "/x";
  const std::string asked = encode(request);
  EXPECT_EQ(asked, "GET /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(decode_request(asked, 0).ok());
  request.head.path = "/x y";
  EXPECT_EQ(encode(request), "");

  WholeResponse response{404, {}, "{\"a\":1}"};
  response.fields.add("Content-Type", "application/json");
  const std::string bytes = encode(response);
  const auto answer = decode_response(bytes);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->fields.find("content-type"), "application/json");
  EXPECT_EQ(answer->body, "{\"a\":1}");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(decode_response(std::string_view(bytes).substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(decode_response(bytes + "x").ok());
}

}  // namespace
}  // namespace claw::http
