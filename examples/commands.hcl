# An agent that runs programs through the gateway: git for one organisation's repositories, psql for a database, and
# kubectl, which is built in. Each runs in a sandbox whose only network is the gateway, and what it then asks for is
# judged where it arrives.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"
}

agent "triage" {
  profile = profile.oncall
}

endpoint "tools" "local" {
  listen = "127.0.0.1:8080"
}

endpoint "https" "github" {
  hosts = ["github.com"]
}

endpoint "postgres" "orders" {
  host = "orders.internal:5432"
  use  = ["postgres-guarded"]
}

endpoint "kubernetes" "prod" {
  server  = "10.0.0.1:6443"
  ca_cert = "<<file:acme-ca.pem>>"
  use     = ["kubernetes-guarded"]
}

credential "basic_auth" "github" {
  endpoint = https.github
  username = "x-access-token"
}

credential "postgres_credential" "orders" {
  endpoint = postgres.orders
  user     = "orders_ro"
  database = "orders"
}

credential "bearer_token" "prod" {
  endpoint = kubernetes.prod
}

profile "oncall" {
  credentials = [basic_auth.github, postgres_credential.orders, bearer_token.prod]
}

tool "command" "git" {
  description = "Looks at our repositories."
  command     = ["git"]
  allow       = ["ls-remote https://github.com/acme/*", "clone --depth 1 https://github.com/acme/* ..."]
  endpoints   = [https.github]
  timeout     = "30s"
}

tool "command" "psql" {
  description = "Reads the orders database."
  command     = ["psql", "--no-psqlrc", "-At"]
  endpoints   = [postgres.orders]
}

rule "fetches" {
  endpoint  = https.github
  condition = "http.path.startsWith('/acme/') && (http.path.endsWith('/git-upload-pack') || http.query.service == ['git-upload-pack'])"
  verdict   = "allow"
}

rule "nodes-stay" {
  endpoint  = tools.local
  priority  = 100
  condition = "tool.name == 'kubectl' && tool.argv.exists(word, word in ['drain', 'cordon'])"
  verdict   = "deny"
  reason    = "nodes are the platform team's"
}

rule "programs" {
  endpoint = tools.local

  argument "tool.name" {
    equals = ["git", "psql", "kubectl"]
  }

  verdict = "allow"
}
