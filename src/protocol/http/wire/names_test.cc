#include "protocol/http/wire/names.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

TEST(Names, the_connections_own_are_known_in_any_case) {
  const std::pair<std::string_view, Meaning> cases[] = {
      {"HOST", Meaning::host},          {"Content-Length", Meaning::content_length},
      {"transfer-ENCODING", Meaning::transfer_encoding}, {"Connection", Meaning::connection},
      {"Upgrade", Meaning::upgrade},    {"Expect", Meaning::expect},
      {"TE", Meaning::dropped},         {"Keep-Alive", Meaning::dropped},
      {"Proxy-Connection", Meaning::dropped}, {"HTTP2-Settings", Meaning::dropped},
      {"Proxy-Authorization", Meaning::end_to_end}, {"Content-Type", Meaning::end_to_end},
      {"Trailer", Meaning::end_to_end}, {"Hosts", Meaning::end_to_end}, {"", Meaning::end_to_end}};
  for (const auto& [name, meaning] : cases) EXPECT_EQ(meaning_of(name), meaning) << name;
}

TEST(Names, what_a_message_is_judged_by_is_neither_named_by_connection_nor_a_trailer) {
  for (const std::string_view name :
       {"Host", "Content-Length", "content-type", "Transfer-Encoding", "Authorization", "Cookie",
        "X-Forwarded-For", "X-HTTP-Method-Override", "X-Original-URL", "Impersonate-User", "Expect"}) {
    EXPECT_FALSE(may_be_named_by_connection(name)) << name;
    EXPECT_FALSE(may_be_trailer(name)) << name;
  }
  for (const std::string_view name : {"X-Checksum", "Server-Timing", "Grpc-Status", "ETag"}) {
    EXPECT_TRUE(may_be_named_by_connection(name)) << name;
    EXPECT_TRUE(may_be_trailer(name)) << name;
  }
  EXPECT_TRUE(may_be_named_by_connection("Keep-Alive"));
  EXPECT_FALSE(may_be_trailer("Keep-Alive"));
}

}  // namespace
}  // namespace claw::http
