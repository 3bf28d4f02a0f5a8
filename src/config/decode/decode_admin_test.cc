#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {

namespace {

LoadResult with(std::string_view gateway) {
  return load_text("a.hcl", "schema_version = 2\ngateway {\n" + std::string(gateway) + "\n}\n"
                            "credential \"bearer_token\" \"login\" { endpoint = https.x }\n"
                            "endpoint \"https\" \"x\" { hosts = [\"x.example\"] }\n");
}

}  // namespace

TEST(decode_admin, says_where_operators_sign_in) {
  const LoadResult loaded = with(R"(
  public_url = "https://gate.example:9443/"
  admin {
    listen       = "127.0.0.1:9443"
    session_idle = "1h"
    oidc {
      issuer    = "https://login.example"
      client_id = "gate"
      credential = bearer_token.login
      role "approver" { groups = ["sre", "dba"] }
      role "admin" { groups = ["platform"] }
    }
  })");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const Settings& settings = loaded.snapshot->settings;
  EXPECT_EQ(settings.public_url, "https://gate.example:9443");
  ASSERT_TRUE(settings.admin.listen);
  EXPECT_EQ(settings.admin.listen->text(), "127.0.0.1:9443");
  EXPECT_TRUE(settings.admin.tls);
  EXPECT_EQ(settings.admin.session_idle_us, 3600LL * 1'000'000);
  ASSERT_TRUE(settings.admin.oidc);
  EXPECT_EQ(settings.admin.oidc->label, "login.example");
  EXPECT_EQ(settings.admin.oidc->credential, "login");
  ASSERT_EQ(settings.admin.oidc->roles.size(), 2U);
  EXPECT_EQ(settings.admin.oidc->roles[0].groups, (std::vector<std::string>{"sre", "dba"}));
}

TEST(decode_admin, the_originals_words_work) {
  const LoadResult loaded = with("dashboard_listen = \"127.0.0.1:9443\"\ndashboard_session_ttl = \"24h\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->settings.admin.listen->port, 9443);
  EXPECT_EQ(loaded.snapshot->settings.admin.session_max_us, 24LL * 3600 * 1'000'000);
}

TEST(decode_admin, what_would_not_work_is_refused) {
  const std::pair<std::string_view, std::string_view> mistakes[] = {
      {"public_url = \"gate.example\"", "is no address of a gateway"},
      {"public_url = \"https://gate.example/x\"", "is no address of a gateway"},
      {"public_url = \"http://gate.example\"", "for this machine only"},
      {"admin {\n listen = \"0.0.0.0:9443\"\n tls = false\n}", "in the clear"},
      {"admin { tls = false }", "write `listen` too"},
      {"admin {\n listen = \"127.0.0.1:1\"\n certificate = \"c.pem\"\n}", "has a key"},
      {"admin {\n listen = \"127.0.0.1:1\"\n session_idle = \"3h\"\n session_max = \"2h\"\n}",
       "is longer than"},
      {"admin {\n listen = \"127.0.0.1:1\"\n oidc {\n issuer = \"https://l\"\n client_id = \"g\"\n"
       " role \"approver\" { groups = [\"a\"] }\n }\n}",
       "come back from the provider"},
      {"public_url = \"https://g\"\nadmin {\n listen = \"127.0.0.1:1\"\n oidc {\n issuer = \"https://l\"\n"
       " client_id = \"g\"\n role \"boss\" { groups = [\"a\"] }\n }\n}",
       "there is no role"},
      {"public_url = \"https://g\"\nadmin {\n listen = \"127.0.0.1:1\"\n oidc {\n issuer = \"http://l\"\n"
       " client_id = \"g\"\n role \"admin\" { groups = [\"a\"] }\n }\n}",
       "https"},
  };
  for (const auto& [text, says] : mistakes) {
    const LoadResult loaded = with(text);
    EXPECT_FALSE(loaded.snapshot) << text;
    EXPECT_NE(loaded.report().find(says), std::string::npos) << text << "\n" << loaded.report();
  }
}

}  // namespace claw::config
