// Exporters: what is said in the configuration, and every mistake by what the person is told.
#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {
namespace {

constexpr std::string_view credentials = R"(
credential "basic_auth" "house" { username = "gateway" }
credential "bearer_token" "token" {}
credential "postgres_credential" "db" {
  user     = "u"
  database = "d"
}
credential "postgres_credential" "nobody" { user = "u" }
credential "aws_credential" "keys" {}
credential "mtls_credential" "cert" {}
credential "slack_tokens" "app" {}
)";

LoadResult load_with(std::string_view text) {
  return load_text("a.hcl", "schema_version = 2\n" + std::string(credentials) + std::string(text));
}

void expect_told(std::string_view text, std::string_view told) {
  const LoadResult loaded = load_with(text);
  EXPECT_EQ(loaded.snapshot, nullptr) << text;
  EXPECT_NE(loaded.report().find(told), std::string::npos) << told << "\nis not in\n" << loaded.report();
}

}  // namespace

TEST(exporters, every_kind) {
  const LoadResult loaded = load_with(R"(
exporter "clickhouse" "house" {
  url        = "https://ch.internal:8443/"
  table      = "audit.records"
  credential = basic_auth.house
  kinds      = ["judged", "ended"]
  since      = "now"
}
exporter "postgres" "rows" {
  host          = "db.internal"
  credential    = postgres_credential.db
  batch_records = 5
  batch_bytes   = "64KiB"
  batch_every   = "5s"
}
exporter "otlp" "collector" {
  url        = "http://127.0.0.1:4318"
  credential = bearer_token.token
}
exporter "ocsf_file" "events" { path = "events.jsonl" }
exporter "syslog" "siem" {
  url           = "tls://logs.internal"
  facility      = "local3"
  message_bytes = "8KiB"
}
exporter "syslog" "here" { url = "unix:///run/log.sock" }
exporter "s3" "lake" {
  url        = "https://s3.eu-west-1.amazonaws.com"
  bucket     = "records"
  prefix     = "claw/prod"
  region     = "eu-west-1"
  credential = aws_credential.keys
}
)");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  const auto& all = loaded.snapshot->exporters;
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0].target(), "https://ch.internal:8443 audit.records");
  EXPECT_FALSE(all[0].from_start);
  EXPECT_EQ(all[0].kinds.size(), 2U);
  EXPECT_EQ(all[1].target(), "db.internal:5432 db clawpatrol_records");
  EXPECT_EQ(all[1].batch_bytes, 64U << 10);
  EXPECT_EQ(all[2].url, "http://127.0.0.1:4318/v1/logs");
  EXPECT_EQ(all[3].typed(), "ocsf_file.events");
  EXPECT_EQ(all[4].port, 6514);
  EXPECT_EQ(all[5].path, "/run/log.sock");
  EXPECT_EQ(all[6].prefix, "claw/prod/");
  EXPECT_NE(loaded.snapshot->to_json().find(R"("exporters":[{"kind":"clickhouse","name":"house")"),
            std::string::npos);
}

TEST(exporters, mistakes) {
  expect_told(R"(exporter "kafka" "x" { url = "https://h" })", "kafka");
  expect_told(R"(exporter "clickhouse" "x" {})", "`url` is missing");
  expect_told(R"(exporter "clickhouse" "x" { url = "http://ch.internal" })", "write `https://`");
  expect_told(R"(exporter "clickhouse" "x" { url = "https://h/path" })", "without a path");
  expect_told(R"(exporter "clickhouse" "x" {
  url   = "https://h"
  table = "records; drop table x"
})", "is no table here");
  expect_told(R"(exporter "clickhouse" "x" {
  url   = "https://h"
  kinds = ["judgd"]
})", "did you mean `judged`");
  expect_told(R"(exporter "clickhouse" "x" {
  url   = "https://h"
  kinds = []
})", "no kind of record is named");
  expect_told(R"(exporter "clickhouse" "x" {
  url        = "https://h"
  credential = mtls_credential.cert
})", "cannot be sent with a request of ours");
  expect_told(R"(exporter "clickhouse" "x" {
  url         = "https://h"
  batch_bytes = "17MiB"
})", "at most 16MiB");
  expect_told(R"(exporter "clickhouse" "x" {
  url         = "https://h"
  batch_every = "6m"
})", "at most 5m");
  expect_told(R"(exporter "clickhouse" "x" {
  url           = "https://h"
  batch_records = 10001
})", "batch_records");
  expect_told(R"(exporter "postgres" "x" { host = "db" })", "`credential` is missing");
  expect_told(R"(exporter "postgres" "x" {
  host       = "db"
  credential = postgres_credential.nobody
})", "no user or no database");
  expect_told(R"(exporter "postgres" "x" {
  host       = "db"
  credential = bearer_token.token
})", "is no postgres_credential");
  expect_told(R"(exporter "postgres" "x" {
  host       = "*.db.test"
  credential = postgres_credential.db
})", "a server has one name");
  expect_told(R"(exporter "syslog" "x" { url = "tcp://logs.internal:601" })", "by TLS only");
  expect_told(R"(exporter "syslog" "x" { url = "udp://127.0.0.1:514" })", "is no receiver of syslog");
  expect_told(R"(exporter "syslog" "x" {
  url           = "tls://h"
  message_bytes = "1KiB"
})", "between 8KiB and 8MiB");
  expect_told(R"(exporter "ocsf_file" "x" {})", "`path` is missing");
  expect_told(R"(exporter "ocsf_file" "x" { path = "~/events" })", "whose home is not known");
  expect_told(R"(exporter "ocsf_file" "x" {
  path  = "f"
  kinds = ["judged"]
})", "kinds");
  constexpr std::string_view bucket = R"(exporter "s3" "x" {
  url        = "https://s3"
  credential = aws_credential.keys
  )";
  expect_told(std::string(bucket) + "bucket = \"../up\"\nregion = \"r\"\n}", "is no bucket's name");
  expect_told(std::string(bucket) + "bucket = \"b-1\"\nregion = \"R 1\"\n}", "is no region");
  expect_told(std::string(bucket) + "bucket = \"b-1\"\nregion = \"r\"\nprefix = \"a/../b\"\n}",
              "cannot stand before an object's name");
  expect_told(R"(exporter "ocsf_file" "x" { path = "a" }
exporter "syslog" "x" { url = "unix:///run/x" })", "already");
}

}  // namespace claw::config
