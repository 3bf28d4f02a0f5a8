#include <gtest/gtest.h>

#include <set>

#include "vault/kinds/draft.h"
#include "vault/kinds/support_test.h"

namespace claw::vault {

TEST(plain, a_bearer_token_is_sent_and_hidden) {
  Bench bench("bearer_token");
  bench.secrets.slots["token"] = "s3cret";
  EXPECT_EQ(bench.said(), "header Authorization=Bearer s3cret");
  EXPECT_EQ(bench.hidden(), "s3cret|");
}

TEST(plain, an_idempotency_key_is_the_same_only_for_the_same_request) {
  Bench bench("bearer_token", {{"idempotency_key", "true"}});
  bench.secrets.slots["token"] = "s3cret";
  ASSERT_TRUE(bearer_needs_body(bench.credential, bench.request()));
  EXPECT_TRUE(bench.said().starts_with("error: "));  // The body was not given.
  bench.body = "amount=1";
  const std::string first = bench.said();
  EXPECT_NE(first.find("|header Idempotency-Key=clawpatrol-"), std::string::npos);
  EXPECT_EQ(bench.said(), first);
  std::set<std::string> all{first};
  bench.body = "amount=2", all.insert(bench.said());
  bench.path = "/v1/other", all.insert(bench.said());
  bench.method = "PUT", all.insert(bench.said());
  bench.host = "api.example.org", all.insert(bench.said());
  EXPECT_EQ(all.size(), 5u);
}

TEST(plain, an_idempotency_key_is_not_made_where_one_is_or_none_is_needed) {
  Bench bench("bearer_token", {{"idempotency_key", "true"}});
  bench.secrets.slots["token"] = "s3cret";
  bench.fields = {{"idempotency-key", "mine"}};
  EXPECT_FALSE(bearer_needs_body(bench.credential, bench.request()));
  EXPECT_EQ(bench.said(), "header Authorization=Bearer s3cret");
  bench.fields.clear();
  bench.method = "GET";
  EXPECT_FALSE(bearer_needs_body(bench.credential, bench.request()));
}

TEST(plain, basic_auth_is_user_and_password) {
  Bench bench("basic_auth", {{"username", "Aladdin"}});
  bench.secrets.slots["password"] = "open sesame";
  EXPECT_EQ(bench.said(), "header Authorization=Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(bench.hidden(), "open sesame|QWxhZGRpbjpvcGVuIHNlc2FtZQ==|");
  bench.credential.settings["username"] = "a:b";  // RFC 7617 §2: would move the border to the password.
  EXPECT_TRUE(bench.said().starts_with("error: "));
}

TEST(plain, a_header_token_has_its_name_and_prefix) {
  Bench bench("header_token", {{"header", "X-Token"}, {"prefix", "key="}});
  bench.secrets.slots["token"] = "s3cret";
  EXPECT_EQ(bench.said(), "header X-Token=key=s3cret");
  for (const char* name :
       {"", "Host", "content-length", "Transfer-Encoding", "Connection", "a b", "a:", "x\r\n"}) {
    bench.credential.settings["header"] = name;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << name;
  }
}

TEST(plain, a_cookie_has_its_name) {
  Bench bench("cookie_token", {{"cookie_name", "sid"}});
  bench.secrets.slots["token"] = "s3cret";
  EXPECT_EQ(bench.said(), "cookie sid=s3cret");
  bench.credential.settings.clear();
  EXPECT_EQ(bench.said(), "cookie session=s3cret");
  bench.secrets.slots["token"] = "a; admin=1";
  EXPECT_TRUE(bench.said().starts_with("error: "));
}

TEST(plain, passthrough_and_certificates_put_nothing_in) {
  EXPECT_EQ(Bench("passthrough").said(), "");
  EXPECT_EQ(Bench("mtls_credential").said(), "");
}

TEST(plain, a_cluster_that_is_shown_a_certificate_is_not_shown_the_agents_token) {
  Bench bench("mtls_credential");
  bench.cluster = Cluster{};
  EXPECT_EQ(bench.said(), "drop Authorization");
  Bench agents("passthrough");
  agents.cluster = Cluster{};
  EXPECT_EQ(agents.said(), "");
}

TEST(draft, names_of_headers_that_frame_or_route_are_none) {
  EXPECT_TRUE(is_header_name("X-Api-Key"));
  for (const char* name : {"", "HOST", "te", "a b", "a\n", "a:b", "ä"}) {
    EXPECT_FALSE(is_header_name(name)) << name;
  }
}

}  // namespace claw::vault
