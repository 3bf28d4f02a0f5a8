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

namespace {

constexpr const char* login_server =
    R"({"issuer":"https://login.example","authorization_endpoint":"https://login.example/a",)"
    R"("token_endpoint":"https://login.example/t","registration_endpoint":"https://login.example/r",)"
    R"("code_challenge_methods_supported":["S256"])";

// Up to where a client is registered, or the person asked: what the server says of its login.
void find(Attempt& attempt, const std::string& more = "}", const std::string& challenge = "") {
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(401, "", challenge));
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(
      200, R"({"resource":"https://mcp.example/mcp","authorization_servers":["https://login.example"]})"));
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(200, login_server + more));
}

Attempt mcp_attempt(const std::string& client_id = "") {
  std::map<std::string, std::string> settings{{"resource", "https://mcp.example/mcp"}};
  if (!client_id.empty()) settings["client_id"] = client_id;
  return Attempt("mcp_oauth", settings);
}

}  // namespace

// Nothing but the server's address is known before.
TEST(connect, an_mcp_servers_addresses_are_found_out_from_it) {
  Attempt attempt = mcp_attempt();
  const Exchange knock = attempt.next<Exchange>();
  EXPECT_EQ(knock.method + " " + knock.host + knock.path, "POST mcp.example/mcp");
  ASSERT_TRUE(attempt.connect->answered(401, "", ""));
  const Exchange first = attempt.next<Exchange>();
  EXPECT_EQ(first.method + " " + first.host + first.path,
            "GET mcp.example/.well-known/oauth-protected-resource/mcp");
  ASSERT_TRUE(attempt.connect->answered(404, ""));
  EXPECT_EQ(attempt.next<Exchange>().path, "/.well-known/oauth-protected-resource");
  ASSERT_TRUE(attempt.connect->answered(
      200, R"({"resource":"https://mcp.example","authorization_servers":["https://login.example"]})"));
  const Exchange server = attempt.next<Exchange>();
  EXPECT_EQ(server.host + server.path, "login.example/.well-known/oauth-authorization-server");
  ASSERT_TRUE(attempt.connect->answered(200, std::string(login_server) + "}"));
  const Exchange registered = attempt.next<Exchange>();
  EXPECT_EQ(registered.path, "/r");
  EXPECT_NE(registered.body.reveal().find(R"("application_type":"native")"), std::string_view::npos);
  ASSERT_TRUE(attempt.connect->answered(201, R"({"client_id":"made-1"})"));
  const AskPaste ask = attempt.next<AskPaste>();
  EXPECT_TRUE(ask.url.starts_with("https://login.example/a?"));
  EXPECT_EQ(parameter(ask.url, "resource"), "https://mcp.example");  // As it calls itself.
  EXPECT_EQ(parameter(ask.url, "client_id"), "made-1");
  EXPECT_EQ(parameter(ask.url, "scope") + parameter(ask.url, "prompt"), "");
  ASSERT_TRUE(attempt.connect->pasted("code-1#" + parameter(ask.url, "state")));
  const Exchange redeemed = attempt.next<Exchange>();
  EXPECT_EQ(redeemed.host + redeemed.path, "login.example/t");
  EXPECT_NE(redeemed.body.reveal().find("resource=https%3A%2F%2Fmcp.example"), std::string_view::npos);
  ASSERT_TRUE(attempt.connect->answered(200, R"({"access_token":"a","refresh_token":"r"})"));
  const Connected connected = attempt.next<Connected>();
  EXPECT_EQ(
      text_of(connected),
      "refresh_token=r token_url=https://login.example/t resource=https://mcp.example client_id=made-1 ");
  EXPECT_EQ(connected.stale,
            (std::vector<std::string>{"access_token", "refresh_token", "auth_style", "client_secret"}));
}

// RFC 9728 §5.1: the server's own word comes before where metadata usually is.
TEST(connect, a_challenge_says_where_the_metadata_is_and_what_to_ask_for) {
  Attempt attempt = mcp_attempt("known");
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(
      401, "", R"(Bearer scope="tools", resource_metadata="https://mcp.example/about")"));
  EXPECT_EQ(attempt.next<Exchange>().path, "/about");
  ASSERT_TRUE(attempt.connect->answered(404, ""));
  EXPECT_EQ(attempt.next<Exchange>().path, "/.well-known/oauth-protected-resource/mcp");
  ASSERT_TRUE(
      attempt.connect->answered(200, R"({"resource":"https://mcp.example/mcp","scopes_supported":["all"],
      "authorization_servers":["https://login.example"]})"));
  (void)attempt.next<Exchange>();
  ASSERT_TRUE(attempt.connect->answered(
      200, std::string(login_server) + R"(,"scopes_supported":["tools","offline_access"]})"));
  const std::string url = attempt.next<AskPaste>().url;
  EXPECT_EQ(parameter(url, "scope"), "tools offline_access");
  EXPECT_EQ(parameter(url, "prompt"), "consent");
  Attempt plain = mcp_attempt();
  (void)plain.next<Exchange>();
  ASSERT_TRUE(plain.connect->answered(401, "", R"(Bearer resource_metadata="http://mcp.example/about")"));
  EXPECT_EQ(plain.next<Exchange>().path, "/.well-known/oauth-protected-resource/mcp");
}

// RFC 9207: an answer of another server, and one that does not say whose it is.
TEST(connect, who_has_answered_is_looked_at) {
  const std::string address = "http://localhost:1456/callback?code=c&state=";
  for (const std::string more : {"}", R"(,"authorization_response_iss_parameter_supported":true})"}) {
    Attempt attempt = mcp_attempt("known");
    find(attempt, more);
    const std::string begun = address + parameter(attempt.next<AskPaste>().url, "state");
    EXPECT_EQ(attempt.connect->pasted(begun + "&iss=https%3A%2F%2Fevil.example").error().code, Code::denied);
    EXPECT_EQ(attempt.connect->pasted(begun).ok(), more == "}") << more;
    if (more == "}") continue;
    EXPECT_FALSE(attempt.connect->pasted("c"));
    EXPECT_TRUE(attempt.connect->pasted(begun + "&iss=https%3A%2F%2Flogin.example"));
  }
}

TEST(connect, a_client_may_be_the_address_of_its_document) {
  Attempt refused = mcp_attempt("https://us.example/client.json");
  (void)refused.next<Exchange>();
  ASSERT_TRUE(refused.connect->answered(401, "", ""));
  (void)refused.next<Exchange>();
  ASSERT_TRUE(refused.connect->answered(
      200, R"({"resource":"https://mcp.example/mcp","authorization_servers":["https://login.example"]})"));
  (void)refused.next<Exchange>();
  EXPECT_NE(refused.connect->answered(200, std::string(login_server) + "}").error().what.find("`client_id`"),
            std::string::npos);
  Attempt attempt = mcp_attempt("https://us.example/client.json");
  find(attempt, R"(,"client_id_metadata_document_supported":true})");
  EXPECT_EQ(parameter(attempt.next<AskPaste>().url, "client_id"), "https://us.example/client.json");
}

// What a server says of proofs is what a client is registered with, and proves itself by.
TEST(connect, a_registered_client_proves_itself_as_agreed) {
  Attempt attempt = mcp_attempt();
  find(attempt, R"(,"token_endpoint_auth_methods_supported":["client_secret_basic"]})");
  EXPECT_NE(
      attempt.next<Exchange>().body.reveal().find(R"("token_endpoint_auth_method":"client_secret_basic")"),
      std::string_view::npos);
  ASSERT_TRUE(
      attempt.connect->answered(201, R"({"client_id":"made","client_secret":"s","client_name":"x"})"));
  ASSERT_TRUE(attempt.connect->pasted(parameter(attempt.next<AskPaste>().url, "state").insert(0, "c#")));
  EXPECT_EQ(attempt.next<Exchange>().authorization.reveal(), "Basic bWFkZTpz");
  ASSERT_TRUE(attempt.connect->answered(200, R"({"access_token":"a","refresh_token":"r"})"));
  EXPECT_NE(text_of(attempt.next<Connected>()).find("auth_style=basic"), std::string::npos);
}

// A server without metadata of its own is its own issuer, as the first versions of the protocol had it.
TEST(connect, a_server_may_be_its_own_issuer) {
  Attempt attempt = mcp_attempt("known");
  for (int places = 0; places < 3; ++places) {
    (void)attempt.next<Exchange>();
    ASSERT_TRUE(attempt.connect->answered(404, ""));
  }
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
