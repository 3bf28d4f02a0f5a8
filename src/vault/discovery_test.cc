#include "vault/discovery.h"

#include <gtest/gtest.h>

namespace claw::vault {
namespace {

using Urls = std::vector<std::string>;

TEST(Discovery, KnowsWhereMetadataMayBe) {
  EXPECT_EQ(resource_metadata_urls("https://mcp.example/mcp").value(),
            (Urls{"https://mcp.example/.well-known/oauth-protected-resource/mcp",
                  "https://mcp.example/.well-known/oauth-protected-resource"}));
  EXPECT_EQ(server_metadata_urls("https://login.example/tenant").value(),
            (Urls{"https://login.example/.well-known/oauth-authorization-server/tenant",
                  "https://login.example/.well-known/openid-configuration/tenant",
                  "https://login.example/tenant/.well-known/openid-configuration"}));
  EXPECT_FALSE(resource_metadata_urls("http://mcp.example/mcp"));
}

// Metadata that is about something else would have a person log in for somebody else's server.
TEST(Discovery, BelievesOnlyWhatIsAboutThisServer) {
  const std::string_view url = "https://mcp.example/mcp";
  EXPECT_EQ(
      read_resource_metadata(
          url, R"({"resource":"https://mcp.example/mcp","authorization_servers":["https://login.example"]})")
          .value(),
      "https://login.example");
  for (const std::string_view body :
       {R"({"resource":"https://other.example/mcp","authorization_servers":["https://login.example"]})",
        R"({"resource":"https://mcp.example/other","authorization_servers":["https://login.example"]})",
        R"({"resource":"https://mcp.example/mcp","authorization_servers":["http://login.example"]})",
        R"({"resource":"https://mcp.example/mcp","authorization_servers":[]})", "[]"}) {
    EXPECT_FALSE(read_resource_metadata(url, body)) << body;
  }
}

TEST(Discovery, ReadsWhereToLogIn) {
  const std::string good =
      R"({"issuer":"https://login.example","authorization_endpoint":"https://login.example/a",)"
      R"("token_endpoint":"https://login.example/t","registration_endpoint":"https://login.example/r",)"
      R"("code_challenge_methods_supported":["S256"]})";
  Provider provider;
  ASSERT_TRUE(read_server_metadata("https://login.example", good, provider));
  EXPECT_EQ(provider.auth_url, "https://login.example/a");
  EXPECT_EQ(provider.register_url, "https://login.example/r");
  EXPECT_FALSE(read_server_metadata("https://evil.example", good, provider));
  std::string plain = good;
  plain.replace(plain.find("S256"), 4, "none");
  EXPECT_FALSE(read_server_metadata("https://login.example", plain, provider));
}

}  // namespace
}  // namespace claw::vault
