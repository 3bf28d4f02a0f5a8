# One gateway for a team: agents prove who they are with a token, profiles say what each may use, and people
# are asked. A token is the secret `agent_NAME`; the agent gives it as its password.

schema_version = 2

gateway {
  state_dir         = "/var/lib/clawpatrol"
  approval_timeout  = "15m"
  require_approvers = 1

  limits {
    connections           = 2000
  }

  vault {
    key_credential = "clawpatrol-key"
  }

  admin {
    socket  = "/run/clawpatrol/admin.sock"
    metrics = "0.0.0.0:9464"
  }
}

# ---- who is asked ----

approver "human_approver" "dba" {
  channel           = "#db-approvals"
  timeout           = "30m"
  require_approvers = 2
}

# ---- what there is ----

endpoint "postgres" "billing" {
  description  = "invoices and payments"
  host         = "billing.internal:5432"
  listen       = "0.0.0.0:5432"
  listen_tls   = "required"
  tls_cert     = "auto"
  use          = ["postgres-guarded"]
  pack_approve = [human_approver.dba]
}

endpoint "postgres" "warehouse" {
  description = "watched for a week before its rules are enforced"
  host        = "warehouse.internal:5432"
  listen      = "0.0.0.0:5433"
  listen_tls  = "required"
  tls_cert    = "auto"
  mode        = "observe"
}

credential "postgres_credential" "billing-ro" {
  endpoint = postgres.billing
  user     = "billing_ro"
}

credential "postgres_credential" "billing-rw" {
  endpoint = postgres.billing
  user     = "billing_rw"
}

credential "postgres_credential" "warehouse" {
  endpoint = postgres.warehouse
  user     = "analyst"
}

# ---- who may use it ----

profile "support" {
  credentials = [postgres_credential.billing-ro]
}

# Which of the two is used is said by the user the agent connects as.
profile "finance" {
  credentials = [
    postgres_credential.billing-ro,
    postgres_credential.billing-rw,
    postgres_credential.warehouse,
  ]
}

agent "triage" { profile = profile.support }
agent "month-end" { profile = profile.finance }

# ---- what they may do; the pack is asked after these ----

rule "payments-are-final" {
  endpoint  = postgres.billing
  priority  = 100
  condition = "'payments' in sql.writes"
  verdict   = "deny"
  reason    = "payments are never changed by an agent"
  hint      = "insert a correction into payment_notes"
}

rule "support-reads-only" {
  endpoint  = postgres.billing
  profile   = profile.support
  condition = "sql.effects.exists(e, e in ['write', 'modify', 'delete', 'create'])"
  verdict   = "deny"
  reason    = "support agents read"
}

rule "notes" {
  endpoint   = postgres.billing
  credential = postgres_credential.billing-rw
  condition  = "sql.verb == 'insert'"

  argument "sql.writes" {
    only = ["payment_notes", "public.payment_notes"]
  }

  verdict = "allow"
}

# Recorded beside the real verdict for a while, to see whom it would meet.
rule "no-star" {
  endpoint  = postgres.billing
  shadow    = true
  priority  = 10
  condition = "'*' in sql.columns"
  verdict   = "deny"
  reason    = "name the columns"
}

rule "warehouse-reads" {
  endpoint  = postgres.warehouse
  condition = "sql.effects.all(e, e == 'read')"
  verdict   = "allow"
}
