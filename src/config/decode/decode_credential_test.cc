#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/kinds/kinds.h"
#include "config/load.h"
#include "vault/kind.h"

namespace claw::config {
namespace {

LoadResult with(std::string_view more, int version = 2) {
  return load_text(
      "a.hcl",
      fmt::format("schema_version = {}\n{}endpoint \"https\" \"api\" {{ hosts = [\"api.example.com\"] }}\n"
                  "endpoint \"postgres\" \"db\" {{ host = \"127.0.0.1\" }}\n"
                  "listener \"proxy\" \"dev\" {{ listen = \"127.0.0.1:0\" }}\n"
                  "profile \"default\" {{ credentials = [] }}\n{}",
                  version, version < 2 ? "gateway {}\n" : "", more));
}

struct Case {
  std::string_view kind;
  std::string_view attributes;
  std::string_view settings;  // `name=value` in order.
};

constexpr Case cases[] = {
    {"bearer_token", "idempotency_key = true", "idempotency_key=true"},
    {"bearer_token", "idempotency_key = false", ""},
    {"basic_auth", "username = \"u\"", "username=u"},
    {"header_token", "header = \"X-Api-Key\"\n prefix = \"Token \"", "header=X-Api-Key;prefix=Token "},
    {"cookie_token", "cookie_name = \"sid\"", "cookie_name=sid"},
    {"cookie_token", "", ""},
    {"anthropic_manual_key", "", ""},
    {"anthropic_oauth_subscription", "", ""},
    {"openai_codex_oauth", "", ""},
    {"github_oauth", "scopes = [\"repo\", \"read:org\"]", "scopes=repo read:org"},
    {"github_app",
     "app_id = \"12\"\n installation_id = \"34\"\n repositories = [\"a\", \"b\"]\n"
     " permissions = { contents = \"read\", issues = \"write\" }",
     "app_id=12;installation_id=34;permissions={\"contents\":\"read\",\"issues\":\"write\"};repositories=a "
     "b"},
    {"oauth2",
     "token_url = \"https://id.example.com/token\"\n client_id = \"c\"\n audience = \"a\"\n"
     " auth_style = \"basic\"\n scopes = \"s\"\n auth_url = \"https://id.example.com/auth?x=1\"\n"
     " device_url = \"https://id.example.com:8443/device\"",
     "audience=a;auth_style=basic;auth_url=https://id.example.com/auth?x=1;client_id=c;"
     "device_url=https://id.example.com:8443/device;scopes=s;token_url=https://id.example.com/token"},
    {"notion_oauth", "", ""},
    {"notion_mcp_oauth", "", ""},
    {"gemini_api_key", "", ""},
    {"discord_bot_token", "", ""},
    {"telegram_bot_token", "", ""},
    {"slack_tokens", "", ""},
    {"aws_credential", "role_arn = \"arn:x\"\n session_policy = \"read_only\"",
     "role_arn=arn:x;session_policy=read_only"},
    {"aws_credential", "region = \"eu-west-1\"\n service = \"s3\"", "region=eu-west-1;service=s3"},
    {"google_credential", "scopes = [\"https://www.googleapis.com/auth/cloud-platform.read-only\"]",
     "scopes=https://www.googleapis.com/auth/cloud-platform.read-only"},
    {"google_gke_credential", "", ""},
    {"mtls_credential", "", ""},
    {"passthrough", "", ""},
};

TEST(decode_credential, every_http_kind_serves_https_and_its_attributes_reach_the_vault) {
  for (const Case& one : cases) {
    const LoadResult loaded = with(fmt::format("credential \"{}\" \"c\" {{\n endpoint = https.api\n {}\n}}\n",
                                               one.kind, one.attributes));
    ASSERT_TRUE(loaded.snapshot) << one.kind << loaded.report();
    std::string text;
    for (const auto& [name, value] : loaded.snapshot->credential("c")->settings) {
      text += fmt::format("{}{}={}", text.empty() ? "" : ";", name, value);
    }
    EXPECT_EQ(text, one.settings) << one.kind;
  }
}

TEST(decode_credential, the_vault_knows_every_kind_that_can_serve_https_and_has_its_slots) {
  for (const Case& one : cases) {
    const vault::Kind* kind = vault::kind_named(one.kind);
    ASSERT_TRUE(kind) << one.kind;
    EXPECT_EQ(kind->slots.empty(), one.kind == "passthrough") << one.kind;
  }
}

TEST(decode_credential, a_placeholder_is_its_own_or_its_kinds_and_only_its_own_chooses) {
  const LoadResult loaded =
      with("credential \"bearer_token\" \"c\" { endpoint = https.api }\n"
           "credential \"bearer_token\" \"d\" {\n endpoint = https.api\n placeholder = \"PH\"\n}\n"
           "profile \"both\" { credentials = [bearer_token.c, bearer_token.d] }\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->credential("c")->placeholder, "clawpatrol-placeholder-c");
  EXPECT_EQ(loaded.snapshot->credential("d")->placeholder, "PH");
  const std::vector<Choice>& choices = loaded.snapshot->profile("both")->choices.at("https.api");
  EXPECT_EQ(choices[0].constraints(), 0u);
  EXPECT_EQ(choices[1].placeholder, "PH");
}

TEST(decode_credential, the_kinds_above_are_all_that_can_serve_https) {
  for (const BlockSpec& block : document().blocks) {
    if (block.type != "credential" || !can_serve(block.kind, "https")) continue;
    EXPECT_TRUE(std::any_of(std::begin(cases), std::end(cases),
                            [&](const Case& one) { return one.kind == block.kind; }))
        << block.kind;
  }
}

struct Mistake {
  std::string_view text;
  std::string_view says;
};

constexpr Mistake mistakes[] = {
    {"credential \"postgres_credential\" \"c\" { endpoint = https.api }",
     "postgres_credential cannot be used on"},
    {"credential \"postgres_credential\" \"c\" { endpoint = https.api }", "`bearer_token`, `basic_auth`"},
    {"credential \"bearer_token\" \"c\" { endpoints = [https.api, postgres.db] }",
     "take `postgres_credential`"},
    {"credential \"passthrough\" \"c\" { endpoint = postgres.db }", "cannot be used on"},
    {"credential \"ssh_key\" \"c\" { endpoint = https.api }", "cannot be used on"},
    {"credential \"tailscale_auth\" \"c\" { endpoint = https.api }", "cannot be used on"},
    {"credential \"bearer_tokn\" \"c\" { endpoint = https.api }", "did you mean `bearer_token`"},
    {"credential \"basic_auth\" \"c\" { endpoint = https.api }", "`username` is missing"},
    {"credential \"basic_auth\" \"c\" { username = \"a:b\" }", "would end the user's name"},
    {"credential \"basic_auth\" \"c\" { username = \"a\\nb\" }", "control character"},
    {"credential \"header_token\" \"c\" {}", "`header` is missing"},
    {"credential \"header_token\" \"c\" { header = \"X Key\" }", "is no name of a header"},
    {"credential \"header_token\" \"c\" { header = \"X:Key\" }", "is no name of a header"},
    {"credential \"header_token\" \"c\" { header = \"Content-Length\" }", "no secret can stand in"},
    {"credential \"header_token\" \"c\" { header = \"HOST\" }", "no secret can stand in"},
    {"credential \"header_token\" \"c\" {\n header = \"X\"\n prefix = \"a\\r\\nb\"\n}", "control character"},
    {"credential \"cookie_token\" \"c\" { cookie_name = \"a=b\" }", "is no name of a cookie"},
    {"credential \"github_app\" \"c\" { app_id = \"1\" }", "`installation_id` is missing"},
    {"credential \"github_app\" \"c\" {\n app_id = 1\n installation_id = \"2\"\n}",
     "`app_id` expects a string"},
    {"credential \"github_app\" \"c\" {\n app_id = \"1\"\n installation_id = \"2\"\n permissions = "
     "[\"x\"]\n}",
     "`permissions` expects an object"},
    {"credential \"oauth2\" \"c\" {\n client_id = \"c\"\n token_url = \"http://id.example.com/token\"\n}",
     "does not begin with `https://`"},
    {"credential \"oauth2\" \"c\" {\n client_id = \"c\"\n token_url = \"https://u@id.example.com/\"\n}",
     "has no user"},
    {"credential \"oauth2\" \"c\" {\n client_id = \"c\"\n token_url = \"https://id.example.com/a b\"\n}",
     "is no URL"},
    {"credential \"oauth2\" \"c\" {\n client_id = \"c\"\n token_url = \"https:///token\"\n}",
     "cannot be empty"},
    {"credential \"oauth2\" \"c\" {\n client_id = \"c\"\n token_url = \"https://i.example\"\n auth_style = "
     "\"header\"\n}",
     "`auth_style` cannot be"},
    {"credential \"aws_credential\" \"c\" { regoin = \"x\" }", "did you mean `region`"},
    {"credential \"aws_credential\" \"c\" { session_policy = \"read_only\" }", "there is no `role_arn`"},
    {"credential \"aws_credential\" \"c\" {\n role_arn = \"x\"\n session_policy = \"readonly\"\n}",
     "or a policy in JSON"},
    {"credential \"bearer_token\" \"c\" { placeholder = \"\" }", "a request can carry"},
    {"credential \"bearer_token\" \"c\" {\n endpoint = https.api\n endpoints = [https.api]\n}",
     "both `endpoint`"},
};

TEST(decode_credential, every_mistake_is_refused_with_what_is_meant) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.text);
    EXPECT_FALSE(loaded.snapshot) << mistake.text;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.text << "\n"
                                                                     << loaded.report();
  }
}

TEST(decode_credential, before_version_two_a_misplaced_credential_is_a_warning) {
  const LoadResult loaded = with("credential \"bearer_token\" \"c\" { endpoint = postgres.db }", 1);
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("cannot be used on `postgres.db`"), std::string::npos);
}

}  // namespace
}  // namespace claw::config
