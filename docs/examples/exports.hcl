# The record goes to a database, a collector, a SIEM and a bucket, besides the journal.
schema_version = 2

gateway {
  actions_keep = "2160h"
}

credential "basic_auth" "lake" {
  username = "clawpatrol"
}

credential "postgres_credential" "reports" {
  user     = "clawpatrol"
  database = "reports"
}

credential "bearer_token" "collector" {}

credential "aws_credential" "archive" {}

exporter "clickhouse" "lake" {
  url        = "https://clickhouse.internal:8443"
  credential = basic_auth.lake
}

exporter "postgres" "reports" {
  host       = "reports.internal:5432"
  credential = postgres_credential.reports
  kinds      = ["judged", "ended"]
}

exporter "otlp" "collector" {
  url        = "https://collector.internal:4318"
  credential = bearer_token.collector
}

exporter "syslog" "siem" {
  url = "tls://siem.internal:6514"
}

exporter "ocsf_file" "events" {
  path = "/var/log/clawpatrol/events.jsonl"
}

exporter "s3" "archive" {
  url        = "https://s3.eu-west-1.amazonaws.com"
  bucket     = "clawpatrol-records"
  prefix     = "prod"
  region     = "eu-west-1"
  credential = aws_credential.archive

  batch_records = 10000
  batch_every   = "5m"
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "agent"
  database = "shop"
}

endpoint "postgres" "shop" {
  host   = "db.internal:5432"
  listen = "127.0.0.1:6432"
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e == 'read')"
  verdict   = "allow"
}

profile "default" {
  credentials = [postgres_credential.shop]
}
