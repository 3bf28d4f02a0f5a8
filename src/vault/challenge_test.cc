#include "vault/challenge.h"

#include <gtest/gtest.h>

namespace claw::vault {
namespace {

TEST(Challenge, SaysWhereTheMetadataIsAndWhatIsWanted) {
  const Challenge said = read_challenge(
      R"(Bearer error="invalid_token", scope="tools  files:read", )"
      R"(resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp")");
  EXPECT_EQ(said.error, "invalid_token");
  EXPECT_EQ(said.scope, "tools files:read");
  EXPECT_EQ(said.resource_metadata, "https://mcp.example/.well-known/oauth-protected-resource/mcp");
}

TEST(Challenge, IsReadAmongOthers) {
  const Challenge said = read_challenge(
      R"(Basic realm="a, Bearer scope=no", BEARER Scope = tools ,x="\"", Digest scope="other")");
  EXPECT_EQ(said.scope, "tools");
  EXPECT_EQ(read_challenge(R"(Negotiate abc==, Bearer scope=a)").scope, "");
}

// Whoever writes it is not believed to be polite.
TEST(Challenge, IsNothingWhereItIsNoneOrNotBearable) {
  for (const std::string_view text :
       {"", "Bearer", "Basic scope=\"x\"", "Bearer scope", "Bearer scope=", "Bearer scope=\"x", "=", ",,,",
        "Bearer scope=\"a\x1b[2J\"", "Bearer scope=\"a\\\"b\""}) {
    EXPECT_EQ(read_challenge(text).scope, "") << text;
  }
  EXPECT_EQ(read_challenge("Bearer scope=\"" + std::string(2000, 'a') + "\"").scope, "");
  EXPECT_EQ(read_challenge("Bearer scope=a " + std::string(9000, ' ')).scope, "");
  EXPECT_EQ(read_challenge("Bearer scope=\"first\", scope=\"second\"").scope, "first");
}

}  // namespace
}  // namespace claw::vault
