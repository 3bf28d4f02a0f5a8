#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {

namespace {

LoadResult with(std::string_view blocks) {
  return load_text("a.hcl", R"(
schema_version = 2
credential "bearer_token" "otel" {}
credential "slack_tokens" "app" {}
channel "slack" "ops" {
  credential = slack_tokens.app
  to         = "#ops"
}
approver "human_approver" "ops" { channel = slack.ops }
approver "human_approver" "mute" {}
)" + std::string(blocks));
}

void refuses(std::string_view blocks, std::string_view what) {
  const LoadResult loaded = with(blocks);
  EXPECT_FALSE(loaded.snapshot) << blocks;
  EXPECT_NE(loaded.report().find(what), std::string::npos) << loaded.report();
}

}  // namespace

TEST(decode_observe, telemetry_says_where_and_how_often) {
  const LoadResult loaded = with(R"(telemetry {
  endpoint         = "http://127.0.0.1:4318/"
  credential       = bearer_token.otel
  metrics_interval = "10s"
  traces           = false
  sample           = 5
})");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const TelemetrySettings& telemetry = loaded.snapshot->settings.telemetry;
  EXPECT_EQ(telemetry.url, "http://127.0.0.1:4318");
  EXPECT_EQ(telemetry.credential, "otel");
  EXPECT_EQ(telemetry.metrics_every_us, 10'000'000);
  EXPECT_FALSE(telemetry.traces);
  EXPECT_TRUE(telemetry.metrics);
  EXPECT_EQ(telemetry.sample_percent, 5u);
}

TEST(decode_observe, telemetry_is_nowhere_unless_it_is_said) {
  const LoadResult loaded = with("");
  ASSERT_TRUE(loaded.snapshot);
  EXPECT_EQ(loaded.snapshot->settings.telemetry.url, "");
}

TEST(decode_observe, mistakes_of_telemetry_are_told) {
  refuses("telemetry { endpoint = \"http://collector.example:4318\" }", "endpoint");
  refuses("telemetry { endpoint = \"https://c.example/?a=b\" }", "no query");
  refuses("telemetry { metrics_interval = \"10ms\" }", "more often than once a second");
  refuses("telemetry { protocol = \"grpc\" }", "http/json");
  refuses("telemetry { sample = 101 }", "sample");
  refuses("telemetry { credential = slack_tokens.app }", "telemetry cannot be sent with a slack_tokens");
  refuses("telemetry {}\ntelemetry {}", "telemetry");
}

TEST(decode_observe, anomalies_are_looked_for_without_a_word) {
  const LoadResult loaded = with("");
  ASSERT_TRUE(loaded.snapshot);
  const AnomalySettings& anomalies = loaded.snapshot->settings.anomalies;
  EXPECT_TRUE(anomalies.enabled);
  EXPECT_EQ(anomalies.learn_us, 7LL * 24 * 3600 * 1'000'000);
  EXPECT_EQ(anomalies.sensitivity, Sensitivity::normal);
}

TEST(decode_observe, anomalies_say_how_and_whom_to_tell) {
  const LoadResult loaded = with(R"(anomalies {
  learn       = "72h"
  sensitivity = "high"
  quiet       = ["new_verb", "rate"]
  notify      = [human_approver.ops]
})");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.report().find("nobody is told"), std::string::npos) << loaded.report();
  const AnomalySettings& anomalies = loaded.snapshot->settings.anomalies;
  EXPECT_EQ(anomalies.learn_us, 72LL * 3600 * 1'000'000);
  EXPECT_EQ(anomalies.sensitivity, Sensitivity::high);
  EXPECT_EQ(anomalies.quiet, (std::vector<std::string>{"new_verb", "rate"}));
  EXPECT_EQ(anomalies.notify, std::vector<std::string>{"ops"});
}

TEST(decode_observe, mistakes_of_anomalies_are_told) {
  refuses("anomalies { quiet = [\"new_tables\"] }", "no anomaly is called `new_tables`");
  refuses("anomalies { sensitivity = \"loud\" }", "low");
  refuses("anomalies { notify = [human_approver.nobody] }", "nobody");
  const LoadResult loaded = with("anomalies { notify = [human_approver.mute] }");
  EXPECT_NE(loaded.report().find("nobody is told"), std::string::npos) << loaded.report();
}

}  // namespace claw::config
