# A configuration of the original, carried over: schema_version 1 allows what no rule mentions. The `listen` and
# the `listener` are new; without a tunnel they are how the agent comes in.

schema_version = 1

gateway {
  state_dir  = "/opt/clawpatrol"
  public_url = "https://patrol.example.com"
}

defaults {
  unknown_host  = "deny"
  human_timeout = 600
}

listener "proxy" "agents" {
  listen = "127.0.0.1:8080"
}

approver "human_approver" "ops" {
  channel = "#ops"
  timeout = 900
}

endpoint "postgres" "pg" {
  host   = "pg.internal:5432"
  listen = "127.0.0.1:5433"
}

endpoint "https" "github" {
  hosts = ["api.github.com", "github.com"]
}

credential "postgres_credential" "pg" {
  endpoint = postgres.pg
  user     = "agent"
}

credential "bearer_token" "github" {
  endpoint = https.github
}

profile "default" {
  credentials = [postgres_credential.pg, bearer_token.github]
}

rule "pg-no-ddl" {
  endpoint  = postgres.pg
  condition = "sql.verb in ['drop', 'truncate', 'alter']"
  verdict   = "deny"
  reason    = "schema changes go through a migration"
}

rule "pg-writes" {
  endpoint  = postgres.pg
  condition = "sql.verb in ['insert', 'update', 'delete']"
  approve   = [human_approver.ops]
}

rule "github-writes" {
  endpoint  = https.github
  condition = "http.method in ['POST', 'PUT', 'PATCH', 'DELETE']"
  verdict   = "deny"
  reason    = "writes go through a pull request"
}
