#include "config/placeholder.h"

#include <gtest/gtest.h>

namespace claw::config {
namespace {

std::string of(std::string_view kind) { return placeholder_of(kind, "api"); }

TEST(placeholder, without_a_form_to_keep_it_says_what_it_is) {
  EXPECT_EQ(of("bearer_token"), "clawpatrol-placeholder-api");
  EXPECT_EQ(of("oauth2"), "clawpatrol-placeholder-api");
}

TEST(placeholder, clients_that_look_at_the_form_are_content) {
  EXPECT_EQ(of("github_oauth").size(), 40u);
  EXPECT_TRUE(of("github_oauth").starts_with("gho_"));
  EXPECT_EQ(of("github_app").size(), 40u);
  EXPECT_TRUE(of("anthropic_manual_key").starts_with("sk-ant-"));
  EXPECT_EQ(of("gemini_api_key").size(), 39u);
  EXPECT_EQ(of("aws_credential").size(), 20u);
  EXPECT_TRUE(of("slack_tokens").starts_with("xoxb-"));
  EXPECT_EQ(of("notion_oauth").size(), 50u);
  const std::string telegram = of("telegram_bot_token");
  EXPECT_EQ(telegram.size() - telegram.find(':') - 1, 35u);
  const std::string discord = of("discord_bot_token");
  EXPECT_EQ(std::count(discord.begin(), discord.end(), '.'), 2);
}

TEST(placeholder, what_no_request_carries_has_none) {
  for (const char* kind : {"postgres_credential", "ssh_key", "mtls_credential", "passthrough"}) {
    EXPECT_EQ(of(kind), "") << kind;
  }
}

}  // namespace
}  // namespace claw::config
