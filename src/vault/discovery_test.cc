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
  const Resource found =
      read_resource_metadata(url, R"({"resource":"https://mcp.example","scopes_supported":["a",
      "b c","d"],"authorization_servers":["https://login.example","https://other.example"]})")
          .value();
  EXPECT_EQ(found.issuer, "https://login.example");
  EXPECT_EQ(found.resource, "https://mcp.example");
  EXPECT_EQ(found.scopes, "a b c d");
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
  const LoginServer found = read_server_metadata("https://login.example", good).value();
  EXPECT_EQ(found.auth_url, "https://login.example/a");
  EXPECT_EQ(found.register_url, "https://login.example/r");
  EXPECT_FALSE(found.says_issuer || found.takes_documents || found.has_offline);
  EXPECT_FALSE(read_server_metadata("https://evil.example", good));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return read_server_metadata("https://login.example", text);
  };
  EXPECT_FALSE(with("S256", "none"));
  EXPECT_FALSE(with("https://login.example/a", "http://login.example/a"));
  EXPECT_FALSE(with("https://login.example/t", "http://login.example/t"));
  EXPECT_FALSE(with("https://login.example/r", "file:///r"));
  EXPECT_TRUE(with("{", R"({"authorization_response_iss_parameter_supported":true,)").value().says_issuer);
  EXPECT_TRUE(with("{", R"({"token_endpoint_auth_methods_supported":["none"],)").value().takes_proof("none"));
}

}  // namespace
}  // namespace claw::vault
