#include <gtest/gtest.h>

#include "protocol/http/facts/facts.h"

namespace claw::http {
namespace {

// What is sent; `path` when it reads differently; `!why` when it is not understood.
std::string read(std::string_view target) {
  const auto made = read_target(target);
  if (!made) return "400 " + made.error().what;
  std::string text = made->send;
  if (made->path != made->send.substr(0, made->send.find('?'))) text += " path " + made->path;
  if (!made->why_not.empty()) text += " !" + made->why_not;
  return text;
}

struct Row {
  std::string_view target;
  std::string_view read;
};

TEST(target, is_made_canonical) {
  constexpr Row rows[] = {
      {"/", "/"},
      {"*", "*"},
      {"/a/b", "/a/b"},
      {"/a/b/", "/a/b/"},
      {"/%61/%7Eb%2D", "/a/~b-"},
      {"/a%20b", "/a%20b path /a b"},
      {"/a%3ab", "/a%3Ab path /a:b"},
      {"/a:b@c", "/a:b@c"},
      {"/a\"b<c>", "/a%22b%3Cc%3E path /a\"b<c>"},
      {"/{x}|^`", "/%7Bx%7D%7C%5E%60 path /{x}|^`"},
      {"/caf\xC3\xA9", "/caf%C3%A9 path /caf\xC3\xA9"},
      {"/caf%c3%a9", "/caf%C3%A9 path /caf\xC3\xA9"},
      {"/a+b", "/a+b"},
      {"/a/./b/../c", "/a/c"},
      {"/a/%2e/b/%2E%2e/c", "/a/c"},
      {"/a/.%2e/c", "/c"},
      {"/../../x", "/x"},
      {"/a/..", "/"},
      {"/a/b/..", "/a/"},
      {"/a/.", "/a/"},
      {"/...", "/..."},
      {"/a..b/.c", "/a..b/.c"},
      {"//a///b//", "/a/b/"},
      {"//", "/"},
      {"/a//../b", "/a/b"},
      {"/100%25", "/100%25 path /100%"},
      {"/a%2Fb/c", "/a%2Fb/c path /a/b/c"},
      {"/x?a=1&b=%zz", "/x?a=1&b=%zz"},
      {"/x?", "/x?"},
      {"/x?/../y?z", "/x?/../y?z"},
      {"/x?q=\xC3\xA9\"", "/x?q=%C3%A9\""},
      {"/a/../b?x=1", "/b?x=1"},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.target), row.read) << row.target;
}

TEST(target, what_two_servers_could_read_differently_is_not_understood) {
  constexpr std::string_view hostile[] = {
      "/a%2F..%2Fb",      "/a%2f%2e%2e%2fb", "/..%2Fb",         "/a%2F..",        "/a%2F./b",
      "/.%2Fb",           "/%2Fadmin",       "/a%2F%2Fb",       "/a%2F",          "/a\\..\\b",
      "/a%5C..%5Cb",      "/a%5cb",          "/a%00",           "/a%0d%0ab",      "/a%7f",
      "/..;/admin",       "/a/..;x=1/b",     "/a/.;/b",         "/..%3B/admin",   "/a;b/c",
      "/;/admin",         "/%252e%252e/b",   "/a%252fb",        "/a%255cb",       "/a%25252e",
      "/%2541dmin",       "/a%",             "/a%2",            "/a%zz",          "/%u002e%u002e/b",
      "/%c0%ae%c0%ae/b",  "/%e0%80%ae/b",    "/%c0%afb",        "/%ff",           "/%ed%a0%80",
      "/a\xC0\xAE",       "/a#b",            "/a%%32%65",       "/x?q=\xff",      "/%%352e",
      "/a%2F..;x%2Fb",    "/%f4%90%80%80",   "/%ef",
  };
  for (const std::string_view target : hostile) {
    const auto made = read_target(target);
    ASSERT_TRUE(made) << target;
    EXPECT_FALSE(made->why_not.empty()) << target << " is read as " << made->path;
  }
}

TEST(target, what_no_server_takes_is_an_error) {
  for (const std::string_view target :
       {"", "a", "http://h/x", "a/b", "?x", "/a b", "/a\tb", "/a\r\nb", "**"}) {
    EXPECT_FALSE(read_target(target)) << target;
  }
  EXPECT_FALSE(read_target(std::string_view("/a\0b", 4)));
}

TEST(target, reading_what_is_sent_again_changes_nothing) {
  for (const std::string_view target : {"/a%2F..%2Fb", "/%%412f", "/a%zz%41", "/..;/x", "/x//%2e%2e/y?a=%zz",
                                        "/a#b", "/%ff/\xff", "/%25%32e"}) {
    const auto once = read_target(target);
    ASSERT_TRUE(once);
    const auto twice = read_target(once->send);
    ASSERT_TRUE(twice) << once->send;
    EXPECT_EQ(once->send, twice->send) << target;
    EXPECT_EQ(once->path, twice->path) << target;
    EXPECT_EQ(once->query, twice->query) << target;
  }
}

}  // namespace
}  // namespace claw::http
