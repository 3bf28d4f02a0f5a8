#include "action/body/escape.h"

#include <gtest/gtest.h>

#include "action/body/shown.h"

namespace claw::action {
namespace {

std::string plain(std::string_view text, Plus plus = Plus::plus) {
  cel::Arena arena;
  return std::string(unescape(text, plus, arena).value_or("!"));
}

TEST(escape, is_undone_once) {
  EXPECT_EQ(plain("a%20b%2Fc%2f"), "a b/c/");
  EXPECT_EQ(plain("%2541"), "%41");
  EXPECT_EQ(plain("a+b"), "a+b");
  EXPECT_EQ(plain("a+b%2B", Plus::space), "a b+");
  EXPECT_EQ(plain("%00"), std::string(1, '\0'));
  for (const std::string_view bad : {"%", "a%", "%4", "%zz", "%%41", "%4g", "%u0041"}) {
    EXPECT_EQ(plain(bad), "!") << bad;
  }
}

TEST(escape, lower_case_is_ascii_only) {
  cel::Arena arena;
  EXPECT_EQ(lower_in("AbC-\xC3\x84", arena), "abc-\xC3\x84");
  EXPECT_EQ(lower_in("", arena), "");
}

TEST(shown, secrets_by_their_name_are_hidden) {
  EXPECT_EQ(shown_target("/a/b"), "/a/b");
  EXPECT_EQ(shown_target("/a?"), "/a?");
  EXPECT_EQ(shown_target("/a?x=1&&y"), "/a?x=1&&y");
  for (const std::string_view name :
       {"token", "access_token", "apiKey", "X-Amz-Signature", "sig", "x-sig", "client_secret", "PASSWORD",
        "pass", "%6bey", "code", "X-Amz-Credential", "jwt", "session_id", "oauth"}) {
    EXPECT_EQ(shown_target("/a?x=1&" + std::string(name) + "=abc&y=2"),
              "/a?x=1&" + std::string(name) + "=***&y=2");
  }
  for (const std::string_view name : {"page", "q", "compass", "zipcode", "config"}) {
    const std::string target = "/a?" + std::string(name) + "=abc";
    EXPECT_EQ(shown_target(target), target);
  }
  EXPECT_EQ(shown_target("/a?%zztoken=abc"), "/a?%zztoken=***");
}

}  // namespace
}  // namespace claw::action
