#include "vault/kinds/oauth.h"

#include <gtest/gtest.h>

#include "vault/kinds/support_test.h"

namespace claw::vault {

namespace {

Bench generic(std::map<std::string, std::string> settings = {}) {
  settings.emplace("token_url", "https://id.example.com/token");
  settings.emplace("client_id", "client-1");
  return Bench("oauth2", std::move(settings));
}

Exchange exchange_of(Bench& bench) { return std::move(std::get<Exchange>(bench.lend().value())); }

}  // namespace

TEST(oauth, a_refresh_token_buys_an_access_token_once) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  EXPECT_EQ(bench.said(),
            "POST https://id.example.com/token grant_type=refresh_token&refresh_token=r1&client_id=client-1");
  const Exchange exchange = exchange_of(bench);
  EXPECT_EQ(exchange.state.find("r1"), std::string::npos);
  ASSERT_TRUE(
      bench.answer(exchange, R"({"access_token":"a1","expires_in":3600,"token_type":"bearer"})").ok());
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  EXPECT_EQ(bench.hidden(), "a1|");
  bench.clock.advance_us(3600'000'000 - token_margin_us - 1);
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  bench.clock.advance_us(1);
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(oauth, a_token_that_lives_briefly_is_used_for_half_its_life) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  ASSERT_TRUE(bench.answer(exchange_of(bench), R"({"access_token":"a1","expires_in":60})").ok());
  bench.clock.advance_us(29'999'999);
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  bench.clock.advance_us(1);
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(oauth, a_renewed_refresh_token_takes_the_old_ones_place_also_in_the_store) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  ASSERT_TRUE(bench.answer(exchange_of(bench), R"({"access_token":"a1","refresh_token":"r2"})").ok());
  bench.secrets.slots["refresh_token"] = "r2";  // Kept: still the same token's life.
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  bench.secrets.slots["refresh_token"] = "r1";  // Not kept: it goes on from memory.
  bench.clock.advance_us(3600'000'000);
  EXPECT_TRUE(bench.said().find("refresh_token=r2") != std::string::npos);
  ASSERT_TRUE(bench.answer(exchange_of(bench), R"({"access_token":"a2"})").ok());  // Not renewed this time.
  bench.grants.forget();
  EXPECT_TRUE(bench.said().find("refresh_token=r2") != std::string::npos);
  bench.secrets.slots["refresh_token"] = "by-hand";
  EXPECT_TRUE(bench.said().find("refresh_token=by-hand") != std::string::npos);
}

TEST(oauth, a_token_is_gone_as_soon_as_what_it_was_had_with_changes) {
  Bench bench = generic({{"scopes", "read"}});
  bench.secrets.slots = {{"client_secret", "c1"}};
  ASSERT_TRUE(bench.answer(exchange_of(bench), R"({"access_token":"a1"})").ok());
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  bench.credential.settings["scopes"] = "read write";
  EXPECT_TRUE(bench.said().starts_with("POST "));
  bench.credential.settings["scopes"] = "read";
  bench.secrets.slots["client_secret"] = "c2";
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(oauth, client_credentials_in_the_body_or_as_basic) {
  Bench bench = generic({{"scopes", "a b"}, {"audience", "https://api"}});
  bench.secrets.slots["client_secret"] = "s:cret";
  EXPECT_EQ(bench.said(),
            "POST https://id.example.com/token grant_type=client_credentials&scope=a%20b&"
            "audience=https%3A%2F%2Fapi&client_id=client-1&client_secret=s%3Acret");
  bench.credential.settings["auth_style"] = "basic";
  EXPECT_EQ(bench.said(),
            "POST https://id.example.com/token [Basic Y2xpZW50LTE6cyUzQWNyZXQ=] "
            "grant_type=client_credentials&scope=a%20b&audience=https%3A%2F%2Fapi");
  bench.credential.settings["auth_style"] = "magic";
  EXPECT_TRUE(bench.said().starts_with("error: "));
}

TEST(oauth, a_refusal_is_remembered_for_a_while_and_then_asked_again) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  const Exchange exchange = exchange_of(bench);
  const Origin origin = parse_state(exchange.state)->origin;
  bench.grants.refuse("cred", origin, refusal_of(400, R"({"error":"invalid_grant"})"),
                      bench.clock.monotonic_us());
  EXPECT_EQ(bench.said(), "error: the token endpoint answered 400, invalid_grant");
  bench.clock.advance_us(refusal_us);
  EXPECT_TRUE(bench.said().starts_with("POST "));
  bench.grants.refuse("cred", origin, refusal_of(503, ""), bench.clock.monotonic_us());
  bench.secrets.slots["refresh_token"] = "r2";  // Mended: no need to wait.
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(oauth, a_refusal_quotes_a_word_and_nothing_else) {
  EXPECT_EQ(refusal_of(401, R"({"error":"invalid_client","error_description":"PLANTED"})").what,
            "the token endpoint answered 401, invalid_client");
  EXPECT_EQ(refusal_of(401, R"({"error":{"type":"authentication_error"}})").what,
            "the token endpoint answered 401, authentication_error");
  for (const char* body : {"PLANTED", R"({"error":"PLANTED secret"})", R"({"error":["PLANTED"]})", "[]", "",
                           R"({"error":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
    EXPECT_EQ(refusal_of(500, body).what, "the token endpoint answered 500") << body;
  }
  EXPECT_EQ(refusal_of(400, "").code, Code::denied);
  EXPECT_EQ(refusal_of(429, "").code, Code::unavailable);
  EXPECT_EQ(refusal_of(302, "").code, Code::unavailable);
}

TEST(oauth, an_answer_without_a_bearer_token_is_none) {
  for (const char* body :
       {"", "no", "[]", "{}", R"({"access_token":""})", R"({"access_token":7})",
        R"({"access_token":"a","token_type":"mac"})", R"({"access_token":"a","error":"x"})"}) {
    EXPECT_FALSE(read_oauth(body, 0).ok()) << body;
  }
  EXPECT_EQ(read_oauth(R"({"access_token":"a","expires_in":-5})", 0)->lives_us, 0);
  EXPECT_GT(read_oauth(R"({"access_token":"a","expires_in":99999999999999})", 0)->lives_us, 0);
}

TEST(oauth, only_https_addresses_are_asked) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  for (const char* url : {"http://id.example.com/token", "id.example.com", "https://u:p@id.example.com/"}) {
    bench.credential.settings["token_url"] = url;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << url;
  }
  EXPECT_FALSE(provider_of({"oauth2", "x", "", ""}).ok());
  EXPECT_FALSE(provider_of({"bearer_token", "x", "", ""}).ok());
  for (const char* kind : {"anthropic_oauth_subscription", "openai_codex_oauth", "github_oauth",
                           "notion_oauth", "notion_mcp_oauth"}) {
    EXPECT_TRUE(provider_of({kind, "x", "", ""}).ok()) << kind;
  }
}

// What was found out when somebody connected it; and nothing of it for another server.
TEST(oauth, a_login_at_an_mcp_server_is_that_servers) {
  Bench bench("mcp_oauth", {{"resource", "https://mcp.example/mcp"}});
  EXPECT_NE(bench.said().find("nobody has logged in yet"), std::string::npos) << bench.said();
  bench.secrets.slots = {{"refresh_token", "r1"},
                         {"token_url", "https://login.example/t"},
                         {"client_id", "made"},
                         {"resource", "https://mcp.example"}};
  EXPECT_EQ(bench.said(),
            "POST https://login.example/t grant_type=refresh_token&refresh_token=r1&"
            "resource=https%3A%2F%2Fmcp.example&client_id=made");
  bench.secrets.slots["client_secret"] = "s";
  EXPECT_NE(bench.said().find("client_secret=s"), std::string::npos);
  bench.secrets.slots["auth_style"] = "basic";
  EXPECT_EQ(bench.said().find("client_secret"), std::string::npos);
  bench.credential.settings["client_id"] = "https://us.example/client.json";  // A document has no secret.
  EXPECT_NE(bench.said().find("client_id=https%3A%2F%2Fus.example"), std::string::npos);
  for (const char* url :
       {"https://evil.example/mcp", "https://mcp.example.evil/", "https://mcp.example:8443/mcp"}) {
    bench.credential.settings["resource"] = url;
    EXPECT_NE(bench.said().find("this login is for another server"), std::string::npos) << url;
  }
}

TEST(oauth, a_state_that_is_not_ours_is_refused) {
  for (const char* state : {"", "a", "a b", "a b c d"}) EXPECT_FALSE(parse_state(state).ok()) << state;
}

// A server that refuses each token at once does not have us ask for them all day.
TEST(grants, a_token_that_was_refused_is_not_used_again) {
  Bench bench = generic();
  bench.secrets.slots["refresh_token"] = "r1";
  EXPECT_FALSE(bench.grants.distrust("cred", bench.clock.monotonic_us()));
  const Exchange exchange = exchange_of(bench);
  ASSERT_TRUE(bench.answer(exchange, R"({"access_token":"a1","expires_in":3600})").ok());
  EXPECT_FALSE(bench.grants.distrust(exchange.entry, bench.clock.monotonic_us()));
  EXPECT_EQ(bench.said(), "header Authorization=Bearer a1");
  bench.clock.advance_us(trusted_us_min);
  EXPECT_TRUE(bench.grants.distrust(exchange.entry, bench.clock.monotonic_us()));
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(grants, origins_of_different_lists_never_meet) {
  const Credential credential{"oauth2", "x", "", ""};
  EXPECT_NE(origin_of(credential, {"ab", "c"}).rest, origin_of(credential, {"a", "bc"}).rest);
  EXPECT_NE(origin_of(credential, {"a"}).rest, origin_of(credential, {"a", ""}).rest);
  EXPECT_NE(origin_of({"oauth2", "x", "", "", {{"a", "b"}}}, {}).rest,
            origin_of({"oauth2", "x", "", "", {{"ab", ""}}}, {}).rest);
}

}  // namespace claw::vault
