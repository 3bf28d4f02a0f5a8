#include "config/hosts.h"

#include <gtest/gtest.h>

namespace claw::config {
namespace {

TEST(hosts, what_is_no_host_is_refused) {
  for (const char* entry :
       {"",         "*",         "*.com", "*foo.com",  "a.*.com", "a..b",      "a:0",
        "a:65536",  "a:x",       "a:",    "[a.b]:1",   "[::1",    "1.2.3",     "1.2.3.4.5",
        "1.2.3.04", "host name", "a/b",   "user@host", "::1::2",  "http://a.b"}) {
    EXPECT_FALSE(parse_host(entry)) << entry;
  }
}

TEST(hosts, hosts_are_lower_case_and_ports_are_kept) {
  EXPECT_EQ(parse_host("DB.Example:5432")->text(), "db.example:5432");
  EXPECT_EQ(parse_host("[FD00::1]:22")->text(), "[fd00::1]:22");
  EXPECT_EQ(parse_host("fd00::1")->text(), "[fd00::1]");
  EXPECT_EQ(parse_host("::ffff:10.0.0.1")->port, 0);
}

TEST(hosts, only_addresses_are_listened_on) {
  EXPECT_EQ(parse_listen("127.0.0.1:0")->text(), "127.0.0.1");
  EXPECT_EQ(parse_listen("localhost:5432")->text(), "127.0.0.1:5432");
  EXPECT_EQ(parse_listen("[::]:5432")->text(), "[::]:5432");
  EXPECT_FALSE(parse_listen("db.example:5432"));
  EXPECT_FALSE(parse_listen("127.0.0.1"));
}

TEST(hosts, loopback_is_known_by_number_too) {
  EXPECT_TRUE(is_loopback("127.9.9.9"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("127.0.0.1.evil.example"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
}

TEST(hosts, an_origin_is_scheme_host_and_port) {
  EXPECT_EQ(parse_origin("https://API.example.com")->place.text(), "api.example.com:443");
  EXPECT_EQ(parse_origin("http://[::1]:8080")->place.text(), "[::1]:8080");
  EXPECT_FALSE(parse_origin("http://a.example")->tls);
  EXPECT_EQ(parse_origin("http://a.example")->place.port, 80);
  for (const char* url :
       {"", "https:", "https://", "a.example", "ftp://a.example", "HTTPS://a.example", "https://a.example/",
        "https://a.example?x", "https://a.example#x", "https://u@a.example", "https://*.a.example",
        "https://a example", "https://a.example:0", "https://:443"}) {
    EXPECT_FALSE(parse_origin(url)) << url;
  }
}

TEST(hosts, what_is_told_secrets_is_https_and_nothing_else) {
  EXPECT_TRUE(check_https_url("https://id.example.com/oauth/token?tenant=a%20b"));
  EXPECT_TRUE(check_https_url("https://id.example.com"));
  for (const char* url :
       {"", "http://a.example/", "https://", "https:///token", "https://u:p@a.example/t",
        "https://a.example/t#f", "https://a.example/a b", "https://a.example/\r\nX: y",
        "https://a.example\\@b.example/", "https://*.example.com/", "https://a.example:x/"}) {
    EXPECT_FALSE(check_https_url(url)) << url;
  }
}

TEST(hosts, two_listeners_collide_where_one_stands_for_all) {
  const auto both = [](const char* a, const char* b) { return collide(*parse_listen(a), *parse_listen(b)); };
  EXPECT_TRUE(both("127.0.0.1:80", "localhost:80"));
  EXPECT_TRUE(both("0.0.0.0:80", "127.0.0.1:80"));
  EXPECT_TRUE(both("[::]:80", "127.0.0.1:80"));
  EXPECT_TRUE(both("[::1]:80", "[::]:80"));
  EXPECT_FALSE(both("0.0.0.0:80", "[::1]:80"));
  EXPECT_FALSE(both("127.0.0.1:80", "127.0.0.2:80"));
  EXPECT_FALSE(both("127.0.0.1:0", "127.0.0.1:0"));
  EXPECT_FALSE(both("0.0.0.0:80", "127.0.0.1:81"));
}

TEST(host_index, exact_beats_wildcard_and_the_longest_suffix_wins) {
  HostIndex index;
  const auto add = [&](std::string_view host, std::uint32_t endpoint) {
    return index.add("p", {*parse_host(host), 443, true}, endpoint);
  };
  add("*.example.com", 1);
  add("*.a.example.com", 2);
  add("x.a.example.com", 3);
  EXPECT_EQ(index.find("p", "y.example.com", 443), 1u);
  EXPECT_EQ(index.find("p", "y.a.example.com", 443), 2u);
  EXPECT_EQ(index.find("p", "x.a.example.com", std::nullopt), 3u);
  EXPECT_EQ(index.find("p", "example.com", 443), std::nullopt);
  EXPECT_EQ(index.find("p", "y.example.com", 80), std::nullopt);
  EXPECT_EQ(index.find("q", "y.example.com", 443), std::nullopt);
  EXPECT_EQ(add("x.a.example.com:443", 4), 3u);
}

}  // namespace
}  // namespace claw::config
