#include "base/web/encoding.h"

#include <gtest/gtest.h>

namespace claw {

TEST(encoding, base64url_has_no_padding_and_comes_back) {
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  for (const std::string text : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(base64url(text).find('='), std::string::npos);
    EXPECT_EQ(from_base64url(base64url(text)).value(), text);
  }
  for (const char* bad : {"a*b", "+_-A", "/w", "YQ==", "a", "YR", "YQ\n"}) {  // `YR` is another `YQ`.
    EXPECT_FALSE(from_base64url(bad).ok()) << bad;
  }
}

TEST(encoding, percent_encoding_is_aws_s_and_oauth_s) {
  EXPECT_EQ(percent_encode("AZaz09-._~ /+%\xff"), "AZaz09-._~%20%2F%2B%25%FF");
  EXPECT_EQ(percent_encode("/a b/", "/"), "/a%20b/");
  EXPECT_EQ(percent_decode("%41%2f%zz%4"), "A/%zz%4");
}

TEST(encoding, a_form_is_percent_encoded) {
  EXPECT_EQ(std::move(Form().add("a b", "c&d=e").add_unless_empty("x", "").add("f", "")).finish().reveal(),
            "a%20b=c%26d%3De&f=");
}

TEST(encoding, only_plain_https_addresses_are_taken) {
  const Url url = parse_https("HTTPS://Example.COM:8443/a?b=c").value();
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a?b=c");
  EXPECT_EQ(parse_https("https://a.b").value().path, "/");
  EXPECT_EQ(parse_https("https://a.b?x").value().path, "/?x");
  for (const char* bad : {"http://a.b/", "https://", "https:///x", "https://u@a.b/", "https://a.b:0/",
                          "https://a.b:99999/", "https://a.b:x/", "https://a.b/#f", "https://a.b/ x",
                          "https://a.b/\r\n", "https://a_b/", "https://[::1]/", "ftp://a", ""}) {
    EXPECT_FALSE(parse_https(bad).ok()) << bad;
  }
}

TEST(encoding, a_query_is_read_as_servers_read_it) {
  const auto pairs = parse_query("a=1&&b=x+y%20z&c&=d&e=f=g");
  ASSERT_EQ(pairs.size(), 5u);
  EXPECT_EQ(pairs[1].second, "x y z");
  EXPECT_EQ(pairs[2].first, "c");
  EXPECT_EQ(pairs[2].second, "");
  EXPECT_EQ(pairs[3].first, "");
  EXPECT_EQ(pairs[4].second, "f=g");
}

}  // namespace claw
