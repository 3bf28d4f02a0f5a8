# An agent that reads what strangers write, issues and support mail, may be told by it what to do. From then on,
# for the rest of its stint of work, whatever it changes anywhere needs a person; and nobody, tricked or not,
# changes more than a day's worth.

schema_version = 2

gateway {
  session_idle = "1h"
}

listener "proxy" "agents" {
  listen = "127.0.0.1:8080"
}

endpoint "https" "github" {
  hosts = ["api.github.com"]
}

endpoint "postgres" "shop" {
  host       = "shop.internal:5432"
  listen     = "127.0.0.1:6432"
  listen_tls = "optional"
  tls_cert   = "auto"
}

credential "bearer_token" "github" {
  endpoint = https.github
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "app"
}

profile "support" {
  credentials = [bearer_token.github, postgres_credential.shop]
}

# Ann started it: others answer what it asks.
agent "triage" {
  profile = profile.support
  owner   = "ann"
}

# ---- what marks an agent ----

rule "strangers-write-issues" {
  endpoint  = https.github
  condition = "http.path.matches('^/repos/[^/]+/[^/]+/(issues|pulls|discussions)') || http.path == '/graphql'"
  label     = ["untrusted-input"]
}

# ---- what follows from it ----

rule "github-after-strangers" {
  endpoint  = https.github
  priority  = 10
  condition = "http.method != 'GET' && 'untrusted-input' in session.labels"
  approve   = [builtin.dashboard]
  reason    = "you have read what strangers wrote: a person looks at what you change"
}

rule "shop-after-strangers" {
  endpoint  = postgres.shop
  priority  = 10
  condition = "sql.effects.exists(e, e != 'read') && 'untrusted-input' in session.labels"
  approve   = [builtin.dashboard]
  reason    = "you have read what strangers wrote: a person looks at what you change"
}

rule "too-many-refusals" {
  endpoint  = postgres.shop
  priority  = 20
  condition = "session.denied > 20"
  verdict   = "deny"
  reason    = "you were refused more than twenty times: ask the person you work for"
}

# ---- what is allowed otherwise ----

rule "github" {
  endpoint  = https.github
  condition = "http.method in ['GET', 'POST', 'PATCH']"
  verdict   = "allow"
}

rule "shop" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['read', 'write', 'modify'])"
  verdict   = "allow"
}

rule "shop-emergency" {
  endpoint    = postgres.shop
  priority    = 5
  condition   = "sql.effects.all(e, e in ['read', 'write', 'modify', 'delete'])"
  break_glass = true
  verdict     = "allow"
}

# ---- how much of it ----

budget "a-days-writes" {
  profiles        = [profile.support]
  per             = "day"
  rows_written    = 1000
  objects_deleted = 5
  approve         = [builtin.dashboard]
}

budget "what-leaves" {
  per       = "hour"
  bytes_out = "50MiB"
  approve   = [builtin.dashboard]
}

budget "no-rampage" {
  per         = "session"
  destructive = 2
}
