// A login at a provider from the first request to the person, and every way to bring back something else.
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/web/signing_for_test.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "operators/oidc/claims.h"
#include "operators/oidc/client.h"

namespace claw::oidc {

namespace {

constexpr std::int64_t second = 1'000'000;

std::string b64(std::string_view text) { return base64url(text); }

std::string jwk_ec(const crypto::SigningKey& key, const std::string& id, const std::string& more = "") {
  return R"({"kty":"EC","crv":"P-256","kid":")" + id + R"(","x":")" + b64(key.x()) + R"(","y":")" +
         b64(key.y()) + "\"" + more + "}";
}
std::string jwk_rsa(const crypto::SigningKey& key, const std::string& id) {
  return R"({"kty":"RSA","use":"sig","alg":"RS256","kid":")" + id + R"(","n":")" + b64(key.n()) +
         R"(","e":")" + b64(key.e()) + "\"}";
}

// A provider that does what it is told, and the login of one person.
struct Login {
  Login() {
    settings.issuer = "https://login.example";
    settings.client_id = "clawpatrol";
    settings.redirect_uri = "https://gate.example/api/v1/session/oidc/callback";
    settings.roles = {{operators::Role::approver, {"dba", "Ops Team"}}, {operators::Role::admin, {"admins"}}};
    begin_anew();
  }
  void begin_anew() {
    client = std::make_unique<Client>(settings, clock);
    EXPECT_TRUE(client->take(Document::discovery, {200, discovery}).ok());
    EXPECT_TRUE(client->take(Document::keys, {200, "{\"keys\":[" + jwk_ec(ec, "e1") + "]}"}).ok());
    begin();
  }
  void begin() {
    Begun begun = client->begin().value();
    returned.cookie = begun.cookie.reveal();
    returned.code = "the code";
    url = begun.url;
    for (const auto& [name, value] : parse_query(url.substr(url.find('?') + 1))) asked[name] = value;
    returned.state = asked["state"];
    nonce = asked["nonce"];
  }
  std::string claims() const {
    const std::string now = std::to_string(clock.wall_us() / second);
    const std::string later = std::to_string(clock.wall_us() / second + 300);
    return R"({"iss":"https://login.example","aud":"clawpatrol","sub":"42","iat":)" + now + R"(,"exp":)" +
           later + R"(,"nonce":")" + nonce + R"(","preferred_username":"Ann","groups":["dba","everybody"])" +
           extra + "}";
  }
  std::string token(std::string_view header, std::string_view payload) const {
    const std::string text = b64(header) + "." + b64(payload);
    return text + "." + b64(ec.sign_jose(text));
  }
  std::string good() const { return token(R"({"alg":"ES256","kid":"e1"})", claims()); }
  Result<operators::Provided> finish(const std::string& id_token) {
    return client->finish(returned, {200, R"({"access_token":"x","id_token":")" + id_token + "\"}"});
  }
  // With one piece of the claims replaced by another.
  Result<operators::Provided> with(const std::string& from, const std::string& to) {
    std::string text = claims();
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return finish(token(R"({"alg":"ES256","kid":"e1"})", text.replace(at, from.size(), to)));
  }

  FakeClock clock;
  crypto::SigningKey ec = crypto::SigningKey::p256();
  Settings settings;
  std::string discovery =
      R"({"issuer":"https://login.example","authorization_endpoint":"https://login.example/auth?x=1",)"
      R"("token_endpoint":"https://login.example/token","jwks_uri":"https://keys.example/jwks"})";
  std::unique_ptr<Client> client;
  Returned returned;
  std::string url;
  std::map<std::string, std::string> asked;
  std::string nonce;
  std::string extra;
};

std::string why(const auto& result) { return result ? "taken" : result.error().what; }

}  // namespace

TEST(oidc, a_login_from_the_first_request_to_the_person) {
  Login login;
  EXPECT_TRUE(
      login.url.starts_with("https://login.example/auth?x=1&response_type=code&client_id=clawpatrol&"));
  EXPECT_EQ(login.asked["redirect_uri"], login.settings.redirect_uri);
  EXPECT_EQ(login.asked["scope"], "openid profile email");
  EXPECT_EQ(login.asked["code_challenge_method"], "S256");

  const Request request = login.client->redeem(login.returned, Secret("a secret: of %")).value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://login.example/token");
  EXPECT_EQ(request.authorization.reveal(), "Basic " + to_base64("clawpatrol:a%20secret%3A%20of%20%25"));
  std::map<std::string, std::string> form;
  for (const auto& [name, value] : parse_query(request.body.reveal())) form[name] = value;
  EXPECT_EQ(form["grant_type"], "authorization_code");
  EXPECT_EQ(form["code"], "the code");
  EXPECT_FALSE(form.contains("client_secret"));
  EXPECT_GE(form["code_verifier"].size(), 43u);
  EXPECT_EQ(b64(crypto::view(crypto::sha256(form["code_verifier"]))), login.asked["code_challenge"]);

  const auto ann = login.finish(login.good());
  ASSERT_TRUE(ann.ok()) << why(ann);
  EXPECT_EQ(ann->subject, "https://login.example 42");
  EXPECT_EQ(ann->name, "ann");
  EXPECT_EQ(ann->role, operators::Role::approver);
  EXPECT_EQ(ann->groups, (std::vector<std::string>{"dba", "everybody"}));
}

TEST(oidc, documents_are_asked_for_when_missing_or_old) {
  Login login;
  Client client(login.settings, login.clock);
  EXPECT_EQ(client.wants()->request.url, "https://login.example/.well-known/openid-configuration");
  EXPECT_FALSE(client.begin().ok());
  EXPECT_FALSE(client.take(Document::discovery, {500, login.discovery}).ok());
  ASSERT_TRUE(client.take(Document::discovery, {200, login.discovery}).ok());
  EXPECT_EQ(client.wants()->request.url, "https://keys.example/jwks");
  ASSERT_TRUE(client.take(Document::keys, {200, "{\"keys\":[" + jwk_ec(login.ec, "e1") + "]}"}).ok());
  EXPECT_FALSE(client.wants().has_value());
  login.clock.advance_us(documents_us);
  EXPECT_EQ(client.wants()->document, Document::discovery);
}

TEST(oidc, a_document_that_leads_elsewhere_is_refused) {
  Login login;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = login.discovery;
    text.replace(text.find(from), from.size(), to);
    return login.client->take(Document::discovery, {200, text}).ok();
  };
  EXPECT_FALSE(with("\"https://login.example\"", "\"https://evil.example\""));
  EXPECT_FALSE(with("\"https://login.example\"", "\"https://login.example/\""));
  EXPECT_FALSE(with("https://login.example/token", "http://login.example/token"));
  EXPECT_FALSE(with("https://keys.example/jwks", "file:///etc/passwd"));
  EXPECT_FALSE(with("https://keys.example/jwks", "https://user@keys.example/jwks"));
  EXPECT_FALSE(login.client->take(Document::discovery, {200, "[]"}).ok());
  EXPECT_FALSE(login.client->take(Document::discovery, {200, std::string(answer_bytes_max + 1, ' ')}).ok());
  for (const char* keys : {"{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1]}",
                           "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"}) {
    EXPECT_FALSE(login.client->take(Document::keys, {200, keys}).ok()) << keys;
  }
}

TEST(oidc, what_comes_back_must_have_been_begun_here_in_this_browser_and_just_now) {
  Login login;
  const Secret none;
  Returned bad = login.returned;
  bad.cookie = "another browser's";
  EXPECT_FALSE(login.client->redeem(bad, none).ok());
  bad = login.returned;
  bad.cookie = "";
  EXPECT_FALSE(login.client->redeem(bad, none).ok());
  bad = login.returned;
  bad.state.back() = bad.state.back() == 'A' ? 'E' : 'A';
  EXPECT_FALSE(login.client->redeem(bad, none).ok());
  bad.state = "";
  EXPECT_FALSE(login.client->redeem(bad, none).ok());
  EXPECT_TRUE(login.client->redeem(login.returned, none).ok());
  EXPECT_FALSE(login.client->redeem(login.returned, none).ok());  // Replayed.

  login.begin();
  login.returned.issuer = "https://evil.example";  // RFC 9207: another provider's code, to be given away.
  EXPECT_EQ(why(login.client->redeem(login.returned, none)), "another provider answered");
  login.begin();
  login.returned.issuer.clear();
  login.returned.error = "access_denied\n";
  EXPECT_EQ(login.client->redeem(login.returned, none).error().code, Code::denied);
  login.begin();
  login.returned.error.clear();
  login.clock.advance_us(login_us);
  EXPECT_FALSE(login.client->redeem(login.returned, none).ok());
}

TEST(oidc, a_public_client_and_one_that_posts_its_secret) {
  Login login;
  EXPECT_NE(login.client->redeem(login.returned, Secret())->body.reveal().find("client_id=clawpatrol"),
            std::string_view::npos);
  login.discovery.back() = ',';
  login.discovery += R"("token_endpoint_auth_methods_supported":["client_secret_post"]})";
  login.begin_anew();
  const Request request = login.client->redeem(login.returned, Secret("hush")).value();
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_TRUE(request.body.reveal().ends_with("&client_secret=hush"));
}

TEST(oidc, each_claim_is_checked) {
  Login login;
  EXPECT_TRUE(login.with("\"sub\"", "\"sub\"").ok());
  EXPECT_FALSE(login.with("https://login.example", "https://evil.example").ok());
  EXPECT_FALSE(login.with("\"aud\":\"clawpatrol\"", "\"aud\":\"another\"").ok());
  EXPECT_FALSE(login.with("\"aud\":\"clawpatrol\"", "\"aud\":[]").ok());
  EXPECT_FALSE(login.with("\"aud\":\"clawpatrol\"", "\"aud\":[\"clawpatrol\",\"another\"]").ok());  // No azp.
  EXPECT_TRUE(
      login.with("\"aud\":\"clawpatrol\"", "\"azp\":\"clawpatrol\",\"aud\":[\"clawpatrol\",\"another\"]")
          .ok());
  EXPECT_FALSE(login.with("\"aud\":\"clawpatrol\"", "\"azp\":\"another\",\"aud\":\"clawpatrol\"").ok());
  EXPECT_FALSE(login.with("\"aud\":\"clawpatrol\"", "\"azp\":null,\"aud\":\"clawpatrol\"").ok());
  EXPECT_FALSE(login.with("\"nonce\":\"", "\"nonce\":\"x").ok());
  EXPECT_FALSE(login.with("\"nonce\"", "\"nonsense\"").ok());
  EXPECT_FALSE(login.with("\"sub\":\"42\"", "\"sub\":\"\"").ok());
  EXPECT_FALSE(login.with("\"sub\":\"42\"", "\"sub\":42").ok());
  EXPECT_FALSE(login.with("\"exp\"", "\"expires\"").ok());
  EXPECT_FALSE(login.with("\"iat\"", "\"issued\"").ok());
  EXPECT_FALSE(login.with("\"sub\":\"42\"", "\"sub\":\"42\",\"sub\":\"43\"").ok());
  login.extra = R"(,"nbf":99999999999)";
  EXPECT_FALSE(login.finish(login.good()).ok());
  login.extra = R"(,"nbf":"x")";
  EXPECT_FALSE(login.finish(login.good()).ok());
}

TEST(oidc, a_code_that_is_not_taken_is_told_apart_from_a_provider_that_fails) {
  Login login;
  const auto code_of = [&](int status, std::string body) {
    return login.client->finish(login.returned, {status, std::move(body)}).error().code;
  };
  EXPECT_EQ(code_of(400, R"({"error":"invalid_grant"})"), Code::denied);
  EXPECT_EQ(code_of(400, R"({"error":"invalid_client"})"), Code::unavailable);
  EXPECT_EQ(code_of(400, "invalid_grant"), Code::unavailable);
  EXPECT_EQ(code_of(500, R"({"error":"invalid_grant"})"), Code::unavailable);
}

TEST(oidc, times_have_a_minute_of_leeway_and_no_more) {
  Login login;
  const std::string token = login.good();  // 300 s.
  login.clock.advance_us(359 * second);
  EXPECT_TRUE(login.finish(token).ok());
  login.clock.advance_us(second);
  EXPECT_EQ(why(login.finish(token)), "an ID token that has expired");
  const auto times = [](const std::string& issued, const std::string& expires) {
    const auto claims = json::parse(R"({"iss":"i","aud":"c","sub":"s","nonce":"n","iat":)" + issued +
                                    R"(,"exp":)" + expires + "}");
    return claims && check_claims(*claims, {"i", "c", "n", 1'000'000}).ok();
  };
  EXPECT_TRUE(times("1000000", "1000001"));
  EXPECT_TRUE(times("1000060", "1000100"));
  EXPECT_FALSE(times("1000061", "1000100"));
  EXPECT_FALSE(times("999399", "1000100"));
  EXPECT_TRUE(times("1000000.5", "1.0001e6"));
  EXPECT_TRUE(times("1000000", "9223372036854775807"));
  for (const char* bad :
       {"1e400", "-1", "\"1000100\"", "null", "99999999999999999999", "1e13", "[1000100]"}) {
    EXPECT_FALSE(times("1000000", bad)) << bad;
    EXPECT_FALSE(times(bad, "1000100")) << bad;
  }
}

TEST(oidc, nothing_but_es256_and_rs256_of_known_keys) {
  Login login;
  const std::string payload = login.claims();
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS256","kid":"e1"})",
                             R"({"alg":"RS256","kid":"e1"})", R"({"alg":"ES384","kid":"e1"})",
                             R"({"kid":"e1"})", R"({"alg":"ES256","kid":"e1","crit":["b64"],"b64":false})",
                             "{}", "[]", "", R"({"alg":"ES256","alg":"ES256","kid":"e1"})"}) {
    EXPECT_FALSE(login.finish(login.token(header, payload)).ok()) << header;
  }
  // No signature, a MAC made with the public key, and a key that the token brings along.
  const std::string none = b64(R"({"alg":"none"})") + "." + b64(payload) + ".";
  EXPECT_FALSE(login.finish(none).ok());
  const std::string start = b64(R"({"alg":"HS256","kid":"e1"})") + "." + b64(payload);
  EXPECT_FALSE(login.finish(start + "." + b64(crypto::view(crypto::hmac_sha256(login.ec.x(), start)))).ok());
  const crypto::SigningKey evil = crypto::SigningKey::p256();
  const std::string own =
      b64(R"({"alg":"ES256","kid":"e1","jwk":)" + jwk_ec(evil, "e1") + "}") + "." + b64(payload);
  EXPECT_FALSE(login.finish(own + "." + b64(evil.sign_jose(own))).ok());
  EXPECT_TRUE(
      login.finish(login.token(R"({"alg":"ES256"})", payload)).ok());  // Without a name each is tried.
}

TEST(oidc, rs256_too) {
  Login login;
  const crypto::SigningKey rsa = crypto::SigningKey::rsa();
  ASSERT_TRUE(login.client->take(Document::keys, {200, "{\"keys\":[" + jwk_rsa(rsa, "r1") + "]}"}).ok());
  const std::string text = b64(R"({"alg":"RS256","kid":"r1"})") + "." + b64(login.claims());
  EXPECT_TRUE(login.finish(text + "." + b64(rsa.sign(text))).ok());
}

TEST(oidc, each_byte_of_a_token_counts) {
  Login login;
  const std::string good = login.good();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(login.finish(changed).ok()) << i;
    EXPECT_FALSE(login.finish(good.substr(0, i)).ok()) << i;
  }
  for (const std::string& bad :
       {good + "A", good + ".", "." + good, good + "=", std::string(token_bytes_max, 'A')}) {
    EXPECT_FALSE(login.finish(bad).ok());
  }
}

TEST(oidc, a_key_that_is_not_known_is_looked_for_once_a_minute) {
  Login login;
  const std::string token = login.token(R"({"alg":"ES256","kid":"new"})", login.claims());
  EXPECT_EQ(login.finish(token).error().code, Code::not_found);
  EXPECT_FALSE(login.client->wants().has_value());  // They were read just now.
  login.clock.advance_us(keys_again_us);
  EXPECT_EQ(login.finish(token).error().code, Code::not_found);
  EXPECT_EQ(login.client->wants()->document, Document::keys);
  ASSERT_TRUE(login.client->take(Document::keys, {200, "{\"keys\":[" + jwk_ec(login.ec, "new") + "]}"}).ok());
  EXPECT_TRUE(login.finish(token).ok());
}

TEST(oidc, keys_for_something_else_are_passed_over) {
  const crypto::SigningKey key = crypto::SigningKey::p256();
  const auto number_of = [&](const std::string& more) {
    return Keys::parse("{\"keys\":[" + jwk_ec(key, "1", more) + "]}")->size();
  };
  EXPECT_EQ(number_of(""), 1u);
  EXPECT_EQ(number_of(R"(,"use":"sig","alg":"ES256","key_ops":["verify"])"), 1u);
  EXPECT_EQ(number_of(R"(,"use":"enc")"), 0u);
  EXPECT_EQ(number_of(R"(,"alg":"ECDH-ES")"), 0u);
  EXPECT_EQ(number_of(R"(,"key_ops":["deriveKey"])"), 0u);
  EXPECT_EQ(number_of(R"(,"key_ops":"verify")"), 0u);
  std::string many;
  for (int i = 0; i < 60; ++i) many += (i == 0 ? "" : ",") + jwk_ec(key, std::to_string(i));
  EXPECT_EQ(Keys::parse("{\"keys\":[" + many + "]}")->size(), keys_max);
}

TEST(oidc, the_highest_role_of_one_s_groups_and_none_without) {
  Login login;
  const auto role = [&](const std::string& groups) {
    const auto who = login.with(R"(["dba","everybody"])", groups);
    return who ? std::string(operators::name_of(who->role)) : who.error().what;
  };
  EXPECT_EQ(role(R"(["admins","dba"])"), "admin");
  EXPECT_EQ(role(R"(["dba","admins"])"), "admin");
  EXPECT_EQ(role(R"("Ops Team")"), "approver");
  for (const char* none : {"[]", "null", R"(["everybody"])", R"(["Admins"])", R"({"admins":true})",
                           R"(["admins",1])", R"("admins,dba")"}) {
    EXPECT_EQ(role(none), "none of this person's groups has a role here") << none;
  }
  // What cannot be a group's name here is not one: `group:x` has its own meaning.
  EXPECT_EQ(login.with(R"(["dba","everybody"])", R"(["dba","Ops Team","group:x","dba"])")->groups,
            std::vector<std::string>{"dba"});
}

TEST(oidc, a_name_is_preferred_or_a_verified_address) {
  const auto name = [](const char* claims) { return name_in(json::parse(claims).value()); };
  EXPECT_EQ(name(R"({"preferred_username":"Ann"})"), "ann");
  EXPECT_EQ(name(R"({"email":"ann@a.example","email_verified":true})"), "ann@a.example");
  EXPECT_EQ(name(R"({"email":"ann@a.example"})"), "");
  EXPECT_EQ(name(R"({"email":"ann@a.example","email_verified":"true"})"), "");
  EXPECT_EQ(name(R"({"preferred_username":"Ann Smith"})"), "");
}

TEST(oidc, an_answer_of_the_token_endpoint_that_is_none) {
  Login login;
  EXPECT_FALSE(login.client->finish(login.returned, {400, "{\"error\":\"invalid_grant\"}"}).ok());
  EXPECT_FALSE(login.client->finish(login.returned, {200, "{}"}).ok());
  EXPECT_FALSE(login.client->finish(login.returned, {200, "<html>"}).ok());
  EXPECT_FALSE(
      login.client->finish({}, {200, "{\"id_token\":\"" + login.good() + "\"}"}).ok());  // Another login's.
}

}  // namespace claw::oidc
