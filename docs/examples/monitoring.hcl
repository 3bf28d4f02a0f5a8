# Metrics, telemetry and anomalies: docs/monitoring.md goes through it.
schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"

  admin {
    metrics = "127.0.0.1:9464"
  }
}

telemetry {
  endpoint         = "http://127.0.0.1:4318"
  metrics_interval = "30s"
  sample           = 20
}

anomalies {
  learn       = "168h"
  sensitivity = "normal"
  quiet       = ["new_verb"]
  notify      = [human_approver.ops]
}

credential "slack_tokens" "app" {}

channel "slack" "ops" {
  credential = slack_tokens.app
  to         = "#ops"
}

approver "human_approver" "ops" {
  channel = slack.ops
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "app"
}

endpoint "postgres" "shop" {
  host          = "db.internal:5432"
  listen        = "127.0.0.1:6432"
  require_token = false
  profile       = "agents"
}

profile "agents" {
  credentials = [postgres_credential.shop]
}

rule "unlike-itself" {
  endpoint  = postgres.shop
  priority  = 50
  condition = "'denials' in session.anomalies || 'new_object' in session.anomalies"
  approve   = [human_approver.ops]
  reason    = "this agent does what it never did"
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e == 'read')"
  verdict   = "allow"
}
