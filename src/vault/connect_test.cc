#include "vault/connect.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/json.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

namespace {

struct Attempt {
  FakeClock clock;
  Credential credential;
  std::optional<Connect> connect;

  explicit Attempt(std::string kind, std::map<std::string, std::string> settings = {}) {
    credential = {std::move(kind), "cred", "", "", std::move(settings)};
    Result<Connect> begun = Connect::begin(credential, std::nullopt, clock);
    if (begun) connect.emplace(std::move(*begun));
  }
  template <class T>
  T next() {
    Step step = std::move(connect->next().value());
    return std::move(std::get<T>(step));
  }
};

std::string parameter(const std::string& url, std::string_view name) {
  for (const auto& [key, value] : parse_query(query_of(url))) {
    if (key == name) return value;
  }
  return {};
}

std::string text_of(const Connected& connected) {
  std::string out;
  for (const auto& [slot, secret] : connected.secrets) {
    out.append(slot).append("=").append(secret.reveal()).append(" ");
  }
  return out;
}

constexpr const char* device_answer =
    R"({"device_code":"dev-1","user_code":"WDJB-MJHT","verification_uri":"https://github.com/login/device",
        "expires_in":900,"interval":5})";

}  // namespace

// Nothing but the server's address is known before.
TEST(connect, an_mcp_servers_addresses_are_found_out_from_it) {
  Attempt attempt("mcp_oauth", {{"resource", "https://mcp.example/mcp"}});
  const Exchange first = attempt.next<Exchange>();
  EXPECT_EQ(first.method + " " + first.host + first.path,
            "GET mcp.example/.well-known/oauth-protected-resource/mcp");
  ASSERT_TRUE(attempt.connect->answered(404, ""));
  EXPECT_EQ(attempt.next<Exchange>().path, "/.well-known/oauth-protected-resource");
  ASSERT_TRUE(attempt.connect->answered(
      200, R"({"resource":"https://mcp.example/mcp","authorization_servers":["https://login.example"]})"));
  const Exchange server = attempt.next<Exchange>();
  EXPECT_EQ(server.host + server.path, "login.example/.well-known/oauth-authorization-server");
  ASSERT_TRUE(attempt.connect->answered(
      200, R"({"issuer":"https://login.example","authorization_endpoint":"https://login.example/a",)"
           R"("token_endpoint":"https://login.example/t","registration_endpoint":"https://login.example/r",)"
           R"("code_challenge_methods_supported":["S256"]})"));
  EXPECT_EQ(attempt.next<Exchange>().path, "/r");
  ASSERT_TRUE(attempt.connect->answered(201, R"({"client_id":"made-1"})"));
  const AskPaste ask = attempt.next<AskPaste>();
  EXPECT_TRUE(ask.url.starts_with("https://login.example/a?"));
  EXPECT_EQ(parameter(ask.url, "resource"), "https://mcp.example/mcp");
  EXPECT_EQ(parameter(ask.url, "client_id"), "made-1");
  ASSERT_TRUE(attempt.connect->pasted("code-1#" + parameter(ask.url, "state")));
  const Exchange redeemed = attempt.next<Exchange>();
  EXPECT_EQ(redeemed.host + redeemed.path, "login.example/t");
  EXPECT_NE(redeemed.body.reveal().find("resource=https%3A%2F%2Fmcp.example%2Fmcp"), std::string_view::npos);
  ASSERT_TRUE(attempt.connect->answered(200, R"({"access_token":"a","refresh_token":"r"})"));
  EXPECT_EQ(text_of(attempt.next<Connected>()),
            "refresh_token=r token_url=https://login.example/t client_id=made-1 ");
}

// A server without metadata of its own is its own issuer, as the first versions of the protocol had it.
TEST(connect, a_server_may_be_its_own_issuer) {
  Attempt attempt("mcp_oauth", {{"resource", "https://mcp.example/mcp"}, {"client_id", "known"}});
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(404, ""));
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(404, ""));
  const Exchange server = attempt.next<Exchange>();
  EXPECT_EQ(server.host + server.path, "mcp.example/.well-known/oauth-authorization-server");
  EXPECT_FALSE(attempt.connect->answered(200, R"({"issuer":"https://evil.example"})"));
}

TEST(connect, a_device_code_is_shown_and_asked_for_until_the_person_agrees) {
  Attempt attempt("github_oauth", {{"client_id", "app-1"}, {"scopes", "repo read:org"}});
  EXPECT_EQ(attempt.next<Exchange>().body.reveal(), "client_id=app-1&scope=repo%20read%3Aorg");
  ASSERT_TRUE(attempt.connect->answered(200, device_answer).ok());
  const Show show = attempt.next<Show>();
  EXPECT_EQ(show.url + " " + show.code, "https://github.com/login/device WDJB-MJHT");
  EXPECT_EQ(attempt.next<Pause>().us, 5'000'000);
  EXPECT_EQ(
      attempt.next<Exchange>().body.reveal(),
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dev-1&client_id=app-1");
  ASSERT_TRUE(attempt.connect->answered(200, R"({"error":"authorization_pending"})").ok());
  EXPECT_EQ(attempt.next<Pause>().us, 5'000'000);
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(400, R"({"error":"slow_down"})").ok());
  EXPECT_EQ(attempt.next<Pause>().us, 10'000'000);
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(200, R"({"access_token":"gho_1","token_type":"bearer"})").ok());
  EXPECT_EQ(text_of(attempt.next<Connected>()), "access_token=gho_1 ");
}

TEST(connect, a_device_code_ends_when_refused_or_expired) {
  Attempt refused("github_oauth", {{"client_id", "app-1"}});
  (void)refused.next<Exchange>();
  ASSERT_TRUE(refused.connect->answered(200, device_answer).ok());
  (void)refused.next<Show>();
  (void)refused.next<Pause>();
  (void)refused.next<Exchange>();
  EXPECT_FALSE(refused.connect->answered(200, R"({"error":"access_denied"})").ok());
  refused.clock.advance_us(900'000'000);
  EXPECT_EQ(refused.connect->next().error().code, Code::timeout);
}

TEST(connect, a_vendor_cannot_show_a_person_anything_but_an_https_address_and_a_word) {
  for (const char* answer :
       {"", "{}", R"({"device_code":"d","user_code":"A B","verification_uri":"https://a.b/"})",
        R"({"device_code":"d","user_code":"A","verification_uri":"http://a.b/"})",
        R"({"device_code":"d","user_code":"A\u001b[2J","verification_uri":"https://a.b/"})",
        R"({"device_code":"d","user_code":"A","verification_uri":"https://a.b/\n"})",
        R"({"user_code":"A","verification_uri":"https://a.b/"})"}) {
    Attempt attempt("github_oauth", {{"client_id", "app-1"}});
    (void)attempt.next<Exchange>();
    EXPECT_FALSE(attempt.connect->answered(200, answer).ok()) << answer;
  }
}

TEST(connect, a_pasted_code_is_redeemed_with_the_verifier_of_its_challenge) {
  Attempt attempt("anthropic_oauth_subscription");
  const std::string url = attempt.next<AskPaste>().url;
  EXPECT_TRUE(url.starts_with("https://claude.ai/oauth/authorize?code=true&response_type=code&client_id="))
      << url;
  ASSERT_TRUE(attempt.connect->pasted("  code-1#" + parameter(url, "state") + "\n").ok());
  const Exchange exchange = attempt.next<Exchange>();
  const json::Value body = json::parse(exchange.body.reveal()).value();
  EXPECT_EQ(body.text_or("code", ""), "code-1");
  EXPECT_EQ(body.text_or("state", ""), parameter(url, "state"));
  EXPECT_EQ(base64url(crypto::view(crypto::sha256(body.text_or("code_verifier", "")))),
            parameter(url, "code_challenge"));
  ASSERT_TRUE(
      attempt.connect->answered(200, R"({"access_token":"a","refresh_token":"r","expires_in":28800})").ok());
  EXPECT_EQ(text_of(attempt.next<Connected>()), "refresh_token=r ");
}

TEST(connect, the_whole_address_may_be_pasted) {
  Attempt attempt("openai_codex_oauth");
  const std::string url = attempt.next<AskPaste>().url;
  ASSERT_TRUE(attempt.connect
                  ->pasted("http://localhost:1455/auth/callback?code=c%2F1&state=" + parameter(url, "state"))
                  .ok());
  EXPECT_NE(attempt.next<Exchange>().body.reveal().find("&code=c%2F1&"), std::string_view::npos);
}

TEST(connect, a_code_of_somebody_elses_attempt_is_refused) {
  Attempt with_pkce("openai_codex_oauth");
  EXPECT_EQ(with_pkce.connect->pasted("http://localhost/?code=c&state=other").error().code, Code::denied);
  EXPECT_FALSE(with_pkce.connect->pasted("http://localhost/?error=access_denied").ok());
  EXPECT_FALSE(with_pkce.connect->pasted("http://localhost/?state=x").ok());
  EXPECT_FALSE(with_pkce.connect->pasted("").ok());
  EXPECT_FALSE(with_pkce.connect->pasted("two words").ok());
  EXPECT_TRUE(with_pkce.connect->pasted("bare-code").ok());  // PKCE ties it to us.
  EXPECT_FALSE(with_pkce.connect->pasted("again").ok());
  Attempt without("notion_oauth", {{"client_id", "app-1"}});
  EXPECT_EQ(without.connect->pasted("bare-code").error().code, Code::denied);
}

TEST(connect, a_client_is_registered_where_the_vendor_wants_that) {
  Attempt attempt("notion_mcp_oauth");
  EXPECT_EQ(attempt.next<Exchange>().host, "mcp.notion.com");
  ASSERT_TRUE(attempt.connect->answered(201, R"({"client_id":"made-1"})").ok());
  EXPECT_EQ(parameter(attempt.next<AskPaste>().url, "client_id"), "made-1");
  ASSERT_TRUE(attempt.connect->pasted("code-1").ok());
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(200, R"({"access_token":"a","refresh_token":"r"})").ok());
  EXPECT_EQ(text_of(attempt.next<Connected>()), "refresh_token=r client_id=made-1 ");
}

TEST(connect, what_cannot_be_connected_says_so) {
  const FakeClock clock;
  const auto begin = [&](const char* kind, std::map<std::string, std::string> settings = {}) {
    return Connect::begin({kind, "x", "", "", std::move(settings)}, std::nullopt, clock).ok();
  };
  EXPECT_FALSE(begin("bearer_token"));
  EXPECT_FALSE(begin("github_oauth"));  // No client_id.
  EXPECT_FALSE(begin("oauth2", {{"token_url", "https://a.b/"}, {"client_id", "c"}}));
  EXPECT_FALSE(
      begin("oauth2", {{"token_url", "https://a.b/"}, {"client_id", "c"}, {"auth_url", "http://a.b/"}}));
  EXPECT_TRUE(
      begin("oauth2", {{"token_url", "https://a.b/"}, {"client_id", "c"}, {"auth_url", "https://a.b/"}}));
}

TEST(connect, an_answer_nobody_asked_for_is_refused) {
  Attempt attempt("openai_codex_oauth");
  EXPECT_FALSE(attempt.connect->answered(200, R"({"access_token":"a"})").ok());
  EXPECT_FALSE(Attempt("github_oauth", {{"client_id", "c"}}).connect->pasted("x").ok());
}

}  // namespace claw::vault
