#include "protocol/http/wire/target.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

TEST(Target, authorities) {
  for (const std::string_view good :
       {"a", "a.b-c_d:1", "A.", "1.2.3.4:65535", "[::1]", "[::ffff:1.2.3.4]:80"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  for (const std::string_view bad : {"", ":80", "a:", "a:0", "a:65536", "a:-1", "a:1:2", "u@a", "a b", "[::1",
                                     "[]", "[:]x", "[::1]80", "[g::]", "a%41", "a/b", "::1"}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
}

TEST(Target, the_same_authority_in_two_spellings) {
  EXPECT_TRUE(same_authority("A:80", "a", "http"));
  EXPECT_TRUE(same_authority("a", "a:443", "https"));
  EXPECT_TRUE(same_authority("[::A]", "[::a]:443", "https"));
  EXPECT_FALSE(same_authority("a", "a:80", ""));
  EXPECT_FALSE(same_authority("a", "a:443", "http"));
  EXPECT_FALSE(same_authority("a", "b", "http"));
}

TEST(Target, only_paths_stars_and_authorities_are_written) {
  Request request;
  request.method = "GET";
  request.path = "/a?b";
  EXPECT_EQ(target_of(request), "/a?b");
  for (const std::string_view bad : {"", "a", "*", "/a b", "/a\r\n", "/a#b", "http://a/"}) {
    request.path = bad;
    EXPECT_EQ(target_of(request), "") << bad;
  }
  request.method = "OPTIONS";
  request.path = "*";
  EXPECT_EQ(target_of(request), "*");
  request.method = "CONNECT";
  request.authority = "a:1";
  EXPECT_EQ(target_of(request), "");
  request.path = "";
  EXPECT_EQ(target_of(request), "a:1");
}

}  // namespace
}  // namespace claw::http
