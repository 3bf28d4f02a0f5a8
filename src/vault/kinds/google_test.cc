// google.cc and github_app.cc: tokens bought with a signed assertion.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/support_test.h"

namespace claw::vault {

namespace {

std::string key() {
  std::ostringstream text;
  text << std::ifstream("testdata/rsa_key.pem").rdbuf();
  return text.str();
}

std::string key_file(std::string_view token_uri = "https://oauth2.googleapis.com/token") {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", "service_account");
  w.member("client_email", "agent@p.iam.gserviceaccount.com");
  w.member("private_key_id", "kid-1");
  w.member("private_key", key());
  w.member("token_uri", token_uri);
  w.end_object();
  return text;
}

Bench google(std::map<std::string, std::string> settings = {}) {
  Bench bench("google_credential", std::move(settings));
  bench.secrets.slots["service_account"] = key_file();
  return bench;
}

std::string claims_of(std::string_view jwt) {
  const std::size_t from = jwt.find('.') + 1;
  return from_base64url(jwt.substr(from, jwt.rfind('.') - from)).value();
}

}  // namespace

TEST(google, an_assertion_buys_a_token) {
  Bench bench = google({{"scopes", "https://www.googleapis.com/auth/devstorage.read_only"}});
  const auto asked = bench.lend();
  const auto& exchange = std::get<Exchange>(*asked);
  EXPECT_EQ(exchange.host + exchange.path, "oauth2.googleapis.com/token");
  constexpr std::string_view form =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  ASSERT_TRUE(exchange.body.reveal().starts_with(form));
  EXPECT_EQ(claims_of(exchange.body.reveal().substr(form.size())),
            "{\"iss\":\"agent@p.iam.gserviceaccount.com\","
            "\"scope\":\"https://www.googleapis.com/auth/devstorage.read_only\","
            "\"aud\":\"https://oauth2.googleapis.com/token\",\"iat\":1800000000,\"exp\":1800003600}");
  ASSERT_TRUE(
      bench.answer(exchange, R"({"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"})").ok());
  EXPECT_EQ(bench.said(), "header Authorization=Bearer ya29.a|drop x-goog-api-key");
  bench.clock.advance_us(3599'000'000 - token_margin_us);
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(google, a_key_file_that_names_another_host_is_refused_unless_the_policy_names_it) {
  Bench bench = google();
  for (const char* uri :
       {"https://evil.example/token", "https://googleapis.com.evil.example/", "http://oauth2.googleapis.com/",
        "https://evilgoogleapis.com/", "https://oauth2.googleapis.com:8443/"}) {
    bench.secrets.slots["service_account"] = key_file(uri);
    EXPECT_TRUE(bench.said().starts_with("error: ")) << uri;
  }
  bench.credential.settings["token_url"] = "https://token.example/x";
  EXPECT_TRUE(bench.said().starts_with("POST https://token.example/x "));
}

TEST(google, what_is_no_key_file_is_refused_and_not_told) {
  Bench bench = google();
  for (const char* bad : {"PLANTED", "{}", R"({"type":"authorized_user"})", R"({"type":"service_account"})",
                          R"({"type":"service_account","client_email":"e","private_key":"PLANTED"})"}) {
    bench.secrets.slots["service_account"] = bad;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << bad;
    EXPECT_EQ(bench.said().find("PLANTED"), std::string::npos);
  }
}

TEST(github_app, an_installation_token_is_as_narrow_as_the_policy_says) {
  Bench bench("github_app", {{"app_id", "12345"},
                             {"installation_id", "678"},
                             {"repositories", "org/one two"},
                             {"permissions", R"({"contents":"read"})"}});
  bench.host = "api.github.com";
  bench.secrets.slots["private_key"] = key();
  const auto asked = bench.lend();
  const auto& exchange = std::get<Exchange>(*asked);
  EXPECT_EQ(exchange.host + exchange.path, "api.github.com/app/installations/678/access_tokens");
  EXPECT_EQ(exchange.body.reveal(), R"({"repositories":["one","two"],"permissions":{"contents":"read"}})");
  EXPECT_EQ(claims_of(exchange.authorization.reveal()),
            R"({"iat":1799999940,"exp":1800000540,"iss":"12345"})");
  EXPECT_FALSE(bench.answer(exchange, "{}").ok());
  EXPECT_FALSE(bench.answer(exchange, R"({"token":"ghs_a"})").ok());
  ASSERT_TRUE(bench.answer(exchange, R"({"token":"ghs_a","expires_at":"2027-01-15T09:00:00Z"})").ok());
  EXPECT_EQ(bench.said(), "header Authorization=Bearer ghs_a");
  bench.host = "github.com";
  bench.path = "/org/one.git/git-receive-pack";
  EXPECT_TRUE(bench.said().starts_with("header Authorization=Basic "));
  bench.clock.advance_us(3600'000'000 - token_margin_us);
  EXPECT_TRUE(bench.said().starts_with("POST "));
}

TEST(github_app, without_its_numbers_it_is_refused) {
  for (const std::map<std::string, std::string>& settings :
       {std::map<std::string, std::string>{},
        {{"app_id", "1"}},
        {{"app_id", "1"}, {"installation_id", "../x"}},
        {{"app_id", "1"}, {"installation_id", "1"}, {"permissions", "[]"}}}) {
    Bench bench("github_app", settings);
    bench.secrets.slots["private_key"] = key();
    EXPECT_TRUE(bench.said().starts_with("error: "));
  }
}

}  // namespace claw::vault
