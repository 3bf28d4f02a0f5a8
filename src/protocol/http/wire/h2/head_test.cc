#include "protocol/http/wire/h2/head.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

std::map<std::string, const nghttp2_nv*> by_name(const H2HeadWriter& writer) {
  std::map<std::string, const nghttp2_nv*> found;
  for (const nghttp2_nv& each : writer.entries()) {
    found[std::string(reinterpret_cast<const char*>(each.name), each.namelen)] = &each;
  }
  return found;
}

TEST(H2Head, only_what_everybody_may_know_goes_into_a_table) {
  Request request;
  request.method = "GET";
  request.authority = "a";
  request.path = "/token/secret";
  request.fields.add("Accept", "*/*");
  request.fields.add("PRIVATE-TOKEN", "t");
  request.fields.add_secret("authorization", Secret("Bearer t"));
  request.fields.add("cookie", "a=b");
  H2HeadWriter writer;
  ASSERT_TRUE(writer.write(request).ok());
  const auto entries = by_name(writer);
  for (const char* name : {":path", ":authority", "PRIVATE-TOKEN", "authorization", "cookie"}) {
    EXPECT_EQ(entries.at(name)->flags & NGHTTP2_NV_FLAG_NO_INDEX, NGHTTP2_NV_FLAG_NO_INDEX) << name;
  }
  for (const char* name : {":method", ":scheme", "Accept"}) {
    EXPECT_EQ(entries.at(name)->flags & NGHTTP2_NV_FLAG_NO_INDEX, 0) << name;
  }
}

TEST(H2Head, lengths_are_said_where_they_mean_something) {
  H2HeadWriter writer;
  for (const auto& [status, says] :
       {std::pair{100, false}, {101, false}, {200, true}, {204, false}, {304, true}}) {
    Response response;
    response.status = status;
    response.length = 7;
    ASSERT_TRUE(writer.write(response).ok());
    EXPECT_EQ(by_name(writer).contains("content-length"), says) << status;
  }
}

TEST(H2Head, a_reader_forgets_the_head_before) {
  const H2Limits limits;
  H2HeadReader reader(limits);
  reader.begin();
  for (const auto& [name, value] : {std::pair{":method", "CONNECT"}, {":scheme", "https"}, {":path", "/"},
                                    {":authority", "a"}, {"host", "b"}, {"cookie", "c"}}) {
    EXPECT_TRUE(reader.add(name, value));
  }
  EXPECT_FALSE(reader.take_request(true).ok());
  reader.begin();
  for (const auto& [name, value] : {std::pair{":method", "GET"}, {":scheme", "https"}, {":path", "/"},
                                    {":authority", "a"}, {"x", "y"}}) {
    EXPECT_TRUE(reader.add(name, value));
  }
  const auto request = reader.take_request(true);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->fields.size(), 1U);
  EXPECT_FALSE(request->has_body);
}

TEST(H2Head, what_is_too_large_is_not_kept_and_a_bomb_is_called_one) {
  H2Limits limits;
  limits.head_bytes_max = 1000;
  H2HeadReader reader(limits);
  reader.begin();
  std::size_t fields = 0;
  while (reader.add("x", std::string(100, 'x'))) ++fields;
  EXPECT_TRUE(reader.is_too_large());
  EXPECT_EQ(fields, 4000U / 133);
}

}  // namespace
}  // namespace claw::http
