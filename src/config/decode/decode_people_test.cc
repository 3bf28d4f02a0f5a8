// Approvers and channels: what is said in the configuration, and every mistake by what the person is told.
#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {
namespace {

constexpr std::string_view tokens = R"(
credential "slack_tokens" "app" {}
credential "discord_bot_token" "bot" {}
credential "telegram_bot_token" "tg" {}
credential "teams_webhook" "teams" {}
credential "smtp_login" "mail" {}
credential "pagerduty_routing_key" "pd" {}
credential "webhook_secret" "hook" {}
credential "anthropic_manual_key" "claude" {}
)";

LoadResult load_with(std::string_view text) {
  return load_text("a.hcl", "schema_version = 2\n" + std::string(tokens) + std::string(text));
}

std::shared_ptr<const Snapshot> good(std::string_view text) {
  LoadResult loaded = load_with(text);
  EXPECT_NE(loaded.snapshot, nullptr) << loaded.report();
  return loaded.snapshot;
}

TEST(people, every_kind_of_channel) {
  const auto snapshot = good(R"(
gateway { public_url = "https://patrol.example.com/" }
channel "slack" "ops" {
  credential = slack_tokens.app
  to         = "#ops"
  people     = { "U1" = "ann" }
}
channel "discord" "guild" {
  credential = discord_bot_token.bot
  to         = "123456789"
  public_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
  people     = { "42" = "ann" }
}
channel "telegram" "chat" {
  credential = telegram_bot_token.tg
  to         = "-1001234"
}
channel "teams" "cards" { credential = teams_webhook.teams }
channel "email" "mail" {
  host       = "smtp.example.com"
  user       = "me"
  credential = smtp_login.mail
  from       = "gateway@example.com"
  to         = ["ann@example.com", "bob@example.com"]
}
channel "pagerduty" "pager" { credential = pagerduty_routing_key.pd }
channel "webhook" "events" {
  credential = webhook_secret.hook
  url        = "https://hooks.example.com/x?y=1"
  per_minute = 600
}
approver "human_approver" "dba" {
  channel           = [slack.ops, email.mail]
  approvers         = ["ann", "group:dba"]
  require_approvers = 2
  remind_every      = "5m"
  timeout           = "30m"
  escalate_to       = human_approver.managers
  escalate_after    = "10m"
  sync_wait_timeout = "20s"
  message           = "{{agent}} wants {{ summary }} on {{endpoint}}"
  async_grant {
    enabled            = true
    approved_retry_ttl = "2m"
    max_body_bytes     = "2MiB"
  }
}
approver "human_approver" "managers" { channel = pagerduty.pager }
)");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->settings.public_url, "https://patrol.example.com");
  EXPECT_EQ(snapshot->channels.size(), 7U);
  EXPECT_EQ(snapshot->channel("ops")->people.at("U1"), "ann");
  EXPECT_EQ(snapshot->channel("mail")->port, 587);
  EXPECT_EQ(snapshot->channel("guild")->public_key.size(), 32U);
  const Approver& dba = *snapshot->approver("dba");
  EXPECT_EQ(dba.channels, (std::vector<std::string>{"ops", "mail"}));
  EXPECT_EQ(dba.people, (std::vector<std::string>{"ann", "group:dba"}));
  EXPECT_EQ(dba.remind_every_us, 300'000'000);
  EXPECT_EQ(dba.escalate_to, "managers");
  EXPECT_EQ(dba.sync_wait_us, 20'000'000);
  EXPECT_TRUE(dba.async.enabled);
  EXPECT_EQ(dba.async.body_bytes_max, 2U * 1024 * 1024);
}

TEST(people, the_originals_slack_channel) {
  const auto snapshot = good(R"(
approver "human_approver" "ops" {
  channel    = "#ops"
  credential = slack_tokens.app
}
approver "human_approver" "quiet" { channel = "#nobody" }
)");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->channel("ops")->to, "#ops");
  EXPECT_EQ(snapshot->approver("ops")->channels.size(), 1U);
  EXPECT_NE(snapshot->approver("quiet")->unserved, "") << "with a warning";
  EXPECT_NE(
      load_with("approver \"human_approver\" \"q\" { channel = \"#x\" }").report().find("no message is sent"),
      std::string::npos);
}

TEST(people, models) {
  const auto snapshot = good(R"(
approver "llm_approver" "judge" {
  model      = "claude-sonnet-4-5"
  credential = anthropic_manual_key.claude
  policy     = "Allow reads."
}
approver "llm_approver" "local" {
  model      = "qwen3"
  url        = "http://127.0.0.1:11434/v1/"
  policy     = "Allow reads."
  timeout    = "5s"
  on_failure = "pass"
}
)");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->approver("judge")->llm->url, "https://api.anthropic.com");
  const model::Settings& local = *snapshot->approver("local")->llm;
  EXPECT_EQ(local.url, "http://127.0.0.1:11434/v1");
  EXPECT_EQ(local.api, model::Api::openai_chat);
  EXPECT_EQ(local.on_failure, model::OnFailure::pass);
}

struct Mistake {
  std::string text;
  std::string told;
};

std::string slack_with(const std::string& line) {
  return "channel \"slack\" \"s\" {\n credential = slack_tokens.app\n to = \"#x\"\n" + line + "\n}";
}
std::string human_with(const std::string& line) {
  return slack_with("") + "\napprover \"human_approver\" \"h\" {\n channel = slack.s\n" + line + "\n}";
}
std::string mail_with(const std::string& lines) {
  return "channel \"email\" \"m\" {\n" + lines + "\n}";
}
std::string llm_with(const std::string& lines) {
  return "approver \"llm_approver\" \"l\" {\n model = \"claude-x\"\n" + lines + "\n}";
}

const Mistake mistakes[] = {
    {"channel \"slak\" \"s\" {}", "unknown kind of channel"},
    {"channel \"slack\" \"s\" { to = \"#x\" }", "`credential` is missing"},
    {"channel \"slack\" \"s\" {\n credential = webhook_secret.hook\n to = \"#x\"\n}", "is no slack_tokens"},
    {slack_with("url = \"http://slack.example.com\""), "is not on this machine"},
    {slack_with("people = { \"U1\" = \"group:dba\" }"), "is no account"},
    {slack_with("people = [\"ann\"]"), "`people` expects"},
    {slack_with("per_minute = 0"), "from 1 to 6000"},
    {"channel \"discord\" \"d\" {\n credential = discord_bot_token.bot\n to = \"../users\"\n}",
     "is no channel here"},
    {"channel \"discord\" \"d\" {\n credential = discord_bot_token.bot\n to = \"1\"\n public_key = \"00\"\n}",
     "64 hexadecimal digits"},
    {mail_with("host = \"smtp.x.y\"\n from = \"a@b.c\"\n to = [\"x@y.z\\r\\nBcc: e@f.g\"]"),
     "is no mail address"},
    {mail_with("host = \"smtp.x.y\"\n from = \"a\"\n to = \"x@y.z\""), "is no mail address"},
    {mail_with("host = \"smtp.x.y\"\n security = \"none\"\n from = \"a@b.c\"\n to = \"x@y.z\""),
     "mail leaves this machine by TLS only"},
    {mail_with("host = \"smtp.x.y\"\n user = \"me\"\n from = \"a@b.c\"\n to = \"x@y.z\""), "belong together"},
    {human_with("credential = slack_tokens.app"), "has its own credential"},
    {"approver \"human_approver\" \"h\" { channel = slack.none }", "there is no channel"},
    {human_with("approvers = [\"ann\"]\n require_approvers = 2"), "2 must allow, and only 1 may answer"},
    {human_with("approvers = [\"an n\"]"), "is no account and no group"},
    {human_with("escalate_after = \"1m\""), "belong together"},
    {human_with("escalate_to = human_approver.h\n escalate_after = \"1m\""), "the same approver"},
    {human_with("escalate_to = builtin.dashboard\n escalate_after = \"1h\""),
     "the question has ended by then"},
    {human_with("remind_every = \"10ms\""), "once a second"},
    {human_with("classifier = llm_approver.l"), "no model writes summaries"},
    {human_with("message = \"see {{agnet}}\""), "there is no `agnet` to fill in"},
    {human_with("message = \"see {{agent\""), "`{{` without `}}`"},
    {human_with("async_grant {\n max_body_bytes = \"9MiB\"\n}"), "8MiB at most"},
    {human_with("async_grant {\n fingerprint_body = \"canonical\"\n}"), "cannot be `canonical`"},
    {llm_with("policy = \"x\""), "`credential` is missing"},
    {llm_with("credential = anthropic_manual_key.claude"), "`policy` is missing"},
    {llm_with("credential = slack_tokens.none\n policy = \"x\""), "there is no credential"},
    {llm_with("credential = smtp_login.mail\n policy = \"x\""), "cannot be asked with a smtp_login"},
    {llm_with("policy = \"x\"\n url = \"http://10.0.0.1/v1\""), "is not on this machine"},
    {llm_with("policy = \"x\"\n on_failure = \"allow\""), "cannot be `allow`"},
};

TEST(people, every_mistake_is_told) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = load_with(mistake.text);
    EXPECT_EQ(loaded.snapshot, nullptr) << mistake.text;
    EXPECT_NE(loaded.report().find(mistake.told), std::string::npos)
        << mistake.text << "\n" << loaded.report();
  }
}

TEST(people, a_policy_that_is_missing_in_an_old_file_makes_the_model_pass) {
  const LoadResult loaded = load_text(
      "a.hcl", "schema_version = 1\ngateway {\n wireguard {\n  subnet_cidr = \"10.0.0.0/24\"\n"
               "  endpoint = \"x.example.com:51820\"\n }\n}\n" +
                   std::string(tokens) +
                   "approver \"llm_approver\" \"l\" {\n model = \"claude-x\"\n credential = "
                   "anthropic_manual_key.claude\n}");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  EXPECT_NE(loaded.snapshot->approver("l")->llm->policy.find("`pass`"), std::string::npos);
}

}  // namespace
}  // namespace claw::config
