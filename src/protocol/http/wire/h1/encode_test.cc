#include "protocol/http/wire/h1/encode.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

Request asking(std::string_view method) {
  Request request;
  request.method = method;
  request.authority = "a";
  request.path = "/";
  return request;
}

TEST(H1Encode, whatever_is_among_the_fields_a_head_is_one_head_or_none) {
  const std::string_view pieces[] = {"a",
                                     ":",
                                     " ",
                                     "\r",
                                     "\n",
                                     "\r\n",
                                     "\t",
                                     "Host",
                                     "\r\n\r\n",
                                     "\xC3\xA9",
                                     "",
                                     std::string_view("\0", 1),
                                     "Transfer-Encoding",
                                     "Content-Length"};
  for (const std::string_view one : pieces) {
    for (const std::string_view two : pieces) {
      for (const std::string_view three : pieces) {
        Request request = asking("GET");
        request.fields.add(std::string(one).append(two), three);
        const std::string head = encode_request_head(request, Framing::none);
        if (head.empty()) continue;
        HeadReader reader(HeadReader::Kind::request, {});
        const auto taken = reader.feed(head);
        EXPECT_TRUE(taken.ok() && *taken == head.size() && reader.is_done()) << head;
        EXPECT_FALSE(reader.length() || reader.is_chunked()) << head;
        EXPECT_LE(reader.take_request().fields.size(), 1u);
      }
    }
  }
}

TEST(H1Encode, a_length_is_said_where_it_is_expected) {
  const auto head = [](std::string_view method, Framing framing, std::optional<std::uint64_t> length) {
    Request request = asking(method);
    request.length = length;
    return encode_request_head(request, framing);
  };
  EXPECT_EQ(head("GET", Framing::none, std::nullopt), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head("GET", Framing::none, 0), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(head("GET", Framing::none, 7), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head("PUT", Framing::none, std::nullopt),
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(head("PUT", Framing::length, UINT64_MAX),
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n");
  EXPECT_EQ(head("PUT", Framing::chunked, 7),
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(H1Encode, every_status_has_some_reason) {
  for (const int status : {100, 200, 299, 404, 418, 599}) {
    Response response;
    response.status = status;
    const std::string head = encode_response_head(response, {});
    EXPECT_TRUE(head.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << head;
    EXPECT_FALSE(reason_of(status).empty());
  }
  for (const int status : {0, 99, 600, -1}) {
    Response response;
    response.status = status;
    EXPECT_EQ(encode_response_head(response, {}), "");
  }
}

}  // namespace
}  // namespace claw::http
