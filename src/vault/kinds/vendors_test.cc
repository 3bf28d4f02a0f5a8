// The vendors' kinds: models.cc, github.cc and chat.cc, each at its own vendor's requests.
#include <gtest/gtest.h>

#include "vault/kinds/encode.h"
#include "vault/kinds/support_test.h"

namespace claw::vault {

TEST(anthropic, a_key_goes_in_its_header_and_the_agents_bearer_out) {
  Bench bench("anthropic_manual_key");
  bench.secrets.slots["api_key"] = "sk-ant-api03-real";
  EXPECT_EQ(bench.said(), "header x-api-key=sk-ant-api03-real|drop Authorization");
}

TEST(anthropic, a_subscription_says_its_beta_beside_the_agents) {
  Bench bench("anthropic_oauth_subscription");
  bench.secrets.slots["access_token"] = "sk-ant-oat01-real";
  EXPECT_EQ(
      bench.said(),
      "header Authorization=Bearer sk-ant-oat01-real|header anthropic-beta=oauth-2025-04-20|drop x-api-key");
  bench.fields = {{"Anthropic-Beta", "a-1, oauth-2025-04-20 "}, {"anthropic-beta", "b-2,,"}};
  EXPECT_NE(bench.said().find("anthropic-beta=a-1,oauth-2025-04-20,b-2|"), std::string::npos);
  bench.fields = {{"anthropic-beta", "a-1"}};
  EXPECT_NE(bench.said().find("anthropic-beta=a-1,oauth-2025-04-20|"), std::string::npos);
}

TEST(anthropic, a_refresh_token_is_exchanged_in_json) {
  Bench bench("anthropic_oauth_subscription");
  bench.secrets.slots["refresh_token"] = "sk-ant-ort01-old";
  EXPECT_EQ(bench.said(),
            "POST https://console.anthropic.com/v1/oauth/token {\"grant_type\":\"refresh_token\","
            "\"refresh_token\":\"sk-ant-ort01-old\",\"client_id\":\"9d1c250a-e61b-44d9-88ed-5944d1962f5e\"}");
}

TEST(codex, the_account_comes_from_its_slot_or_from_the_token) {
  Bench bench("openai_codex_oauth");
  const std::string token =
      "h." + base64url("{\"https://api.openai.com/auth\":{\"chatgpt_account_id\":\"acc-1\"}}") + ".s";
  bench.secrets.slots["access_token"] = token;
  EXPECT_EQ(bench.said(), "header Authorization=Bearer " + token + "|header chatgpt-account-id=acc-1");
  bench.secrets.slots["account_id"] = "acc-2";
  EXPECT_TRUE(bench.said().ends_with("chatgpt-account-id=acc-2"));
  bench.secrets.slots.erase("account_id");
  for (const std::string& bad : {std::string("opaque"), std::string("a.!.c"), "h." + base64url("{}") + ".s",
                                 "h." + base64url("[1]") + ".s"}) {
    bench.secrets.slots["access_token"] = bad;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << bad;
  }
}

TEST(gemini, the_key_goes_in_the_header_and_where_the_agent_had_one) {
  Bench bench("gemini_api_key");
  bench.secrets.slots["api_key"] = "AIzaReal";
  EXPECT_EQ(bench.said(), "header x-goog-api-key=AIzaReal|drop Authorization");
  bench.path = "/v1beta/models?alt=sse&k%65y=fake&key=again";
  EXPECT_EQ(bench.said(), "header x-goog-api-key=AIzaReal|drop Authorization|query key=AIzaReal");
  bench.path = "/v1beta/models?monkey=1";
  EXPECT_EQ(bench.said(), "header x-goog-api-key=AIzaReal|drop Authorization");
}

TEST(github, the_api_takes_a_bearer_and_git_a_password) {
  Bench bench("github_oauth");
  bench.secrets.slots["access_token"] = "gho_real";
  const std::string bearer = "header Authorization=Bearer gho_real";
  const std::string basic = "header Authorization=Basic eC1hY2Nlc3MtdG9rZW46Z2hvX3JlYWw=";
  bench.host = "api.github.com";
  bench.path = "/repos/o/r/git-upload-pack";
  EXPECT_EQ(bench.said(), bearer);
  bench.host = "github.com";
  for (const char* path : {"/o/r.git/info/refs?service=git-upload-pack", "/o/r/git-upload-pack",
                           "/o/r.git/git-receive-pack", "/o/r.git/info/lfs/objects/batch"}) {
    bench.path = path;
    EXPECT_EQ(bench.said(), basic) << path;
  }
  for (const char* path : {"/o/r", "/o/r?x=/git-upload-pack", "/o/info/refs/x"}) {
    bench.path = path;
    EXPECT_EQ(bench.said(), bearer) << path;
  }
}

TEST(notion, a_version_is_said_where_the_agent_says_none) {
  Bench bench("notion_oauth");
  bench.secrets.slots["access_token"] = "ntn_real";
  EXPECT_EQ(bench.said(), "header Authorization=Bearer ntn_real|header Notion-Version=2022-06-28");
  bench.fields = {{"notion-version", "2025-09-03"}};
  EXPECT_EQ(bench.said(), "header Authorization=Bearer ntn_real");
  bench.credential.kind = "notion_mcp_oauth";
  bench.fields.clear();
  EXPECT_EQ(bench.said(), "header Authorization=Bearer ntn_real");
}

TEST(discord, the_placeholder_becomes_the_token_only_as_the_member_token) {
  Bench bench("discord_bot_token");
  bench.secrets.slots["token"] = "real.token";
  EXPECT_EQ(bench.said(), "header Authorization=Bot real.token");
  bench.credential.placeholder = "PH";
  EXPECT_EQ(bench.said(),
            "header Authorization=Bot real.token|text \"token\":\"PH\"=\"token\":\"real.token\""
            "|text \"token\": \"PH\"=\"token\": \"real.token\"");
  bench.secrets.slots["token"] = "re\"al";
  EXPECT_TRUE(bench.said().starts_with("error: "));
}

TEST(telegram, the_token_takes_the_place_of_what_follows_bot) {
  Bench bench("telegram_bot_token");
  bench.secrets.slots["token"] = "123456:real-Token_";
  const std::map<std::string, std::string> paths = {
      {"/botPH/getMe", "path /botPH/=/bot123456:real-Token_/|drop Authorization"},
      {"/file/bot1%3Aa/x/y.jpg", "path /file/bot1%3Aa/=/file/bot123456:real-Token_/|drop Authorization"}};
  for (const auto& [path, said] : paths) {
    bench.path = path;
    EXPECT_EQ(bench.said(), said);
  }
  for (const char* path :
       {"/", "/getMe", "/bot/getMe", "/botPH", "/botPH?x=/", "/x/botPH/getMe", "/bot../x"}) {
    bench.path = path;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << path;
  }
  bench.path = "/botPH/getMe";
  for (const char* evil : {"a/b", "a?b", "a b", "a%2fb", "../x"}) {
    bench.secrets.slots["token"] = evil;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << evil;
  }
}

TEST(slack, the_app_token_opens_connections_and_the_bot_token_does_the_rest) {
  Bench bench("slack_tokens");
  bench.secrets.slots["bot_token"] = "xoxb-real";
  bench.path = "/api/chat.postMessage";
  EXPECT_EQ(bench.said(), "header Authorization=Bearer xoxb-real|drop-form token|drop-query token");
  bench.path = "/api/apps.connections.open?x";
  EXPECT_TRUE(bench.said().starts_with("error: "));  // Never the bot's in its place.
  bench.secrets.slots["app_token"] = "xapp-real";
  EXPECT_EQ(bench.said(), "header Authorization=Bearer xapp-real|drop-form token|drop-query token");
}

}  // namespace claw::vault
