# The examples of channels.md, as one file.
schema_version = 2

gateway {
  public_url = "https://patrol.example.com"
}

credential "slack_tokens" "chat" {}
credential "anthropic_manual_key" "judge" {}
credential "pagerduty_routing_key" "oncall" {}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "shop"
}

channel "pagerduty" "oncall" {
  credential = pagerduty_routing_key.oncall
}

approver "human_approver" "managers" {
  channel = pagerduty.oncall
}

endpoint "postgres" "shop" {
  host   = "127.0.0.1:5432"
  listen = "127.0.0.1:6432"
}

profile "agents" {
  credentials = [postgres_credential.shop]
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.verb == 'select'"
  verdict   = "allow"
}

channel "slack" "ops" {
  credential = slack_tokens.chat
  to         = "#ops"
  people     = { "U02ABCDEF" = "ann", "U02GHIJKL" = "bob" }
}

approver "human_approver" "dba" {
  channel           = slack.ops
  approvers         = ["ann", "group:dba"]
  require_approvers = 2
  timeout           = "30m"
  remind_every      = "5m"
  escalate_to       = human_approver.managers
  escalate_after    = "10m"
  message           = "{{agent}} wants something of {{endpoint}}"
}

approver "llm_approver" "judge" {
  model      = "claude-sonnet-4-5"
  credential = anthropic_manual_key.judge
  policy     = "Allow deletions of single rows by primary key. Deny whatever touches customers."
  timeout    = "20s"
  on_failure = "deny"
}

rule "writes" {
  endpoint  = postgres.shop
  condition = "sql.verb in ['update', 'delete']"
  approve   = [llm_approver.judge, human_approver.dba]
}
