# An agent that calls tools instead of opening connections: it has TOOL_PROXY_URL=http://127.0.0.1:8080 and a token,
# and reads a database and GitHub. What it calls is judged here, and what that does is judged again where it arrives.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"
}

agent "triage" {
  profile = profile.oncall
}

endpoint "tools" "local" {
  listen          = ["127.0.0.1:8080", "unix:/run/clawpatrol/tools.sock"]
  calls_per_agent = 8
}

endpoint "postgres" "orders" {
  host = "orders.internal:5432"
  use  = ["postgres-guarded"]
}

endpoint "https" "github" {
  hosts = ["api.github.com"]
  use   = ["github-guarded"]
}

credential "postgres_credential" "orders" {
  endpoint = postgres.orders
  user     = "orders_rw"
  database = "orders"
}

credential "bearer_token" "github" {
  endpoint = https.github
}

profile "oncall" {
  credentials = [postgres_credential.orders, bearer_token.github]
}

rule "tables-stay" {
  endpoint = tools.local
  priority = 100
  patterns = ["drop table", "/truncate\\s/"]
  verdict  = "deny"
  reason   = "tables are not dropped by agents"
  hint     = "describe the change in your report"
}

rule "deletions-ask" {
  endpoint  = tools.local
  priority  = 50
  condition = "tool.name == 'postgres.query' && action.destructive"
  approve   = [builtin.dashboard]
}

rule "known-tools" {
  endpoint = tools.local

  argument "tool.name" {
    equals = ["postgres.query", "github.request"]
  }

  verdict = "allow"
}
