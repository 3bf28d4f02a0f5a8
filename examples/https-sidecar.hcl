# Five minutes to the first refused DELETE. The agent talks to 127.0.0.1:8081 instead of the API:
#
#   curl http://127.0.0.1:8081/repos/acme/shop
#
# It needs no token: the gateway has it, in the environment as CLAWPATROL_SECRET_GITHUB.

schema_version = 2

endpoint "https" "github" {
  hosts    = ["api.github.com"]
  upstream = "https://api.github.com"
  listen   = "127.0.0.1:8081"
}

credential "bearer_token" "github" {
  endpoint = https.github
}

profile "default" {
  credentials = [bearer_token.github]
}

rule "no-deletes" {
  endpoint  = https.github
  priority  = 100
  condition = "http.method == 'DELETE'"
  verdict   = "deny"
  reason    = "agents do not delete"
  hint      = "close it instead"
}

rule "reads" {
  endpoint  = https.github
  condition = "http.method in ['GET', 'HEAD']"
  verdict   = "allow"
}

rule "new-issues" {
  endpoint = https.github

  argument "http.method" { equals = ["post"] }
  argument "http.path" { matches = ["^/repos/acme/shop/issues$"] }

  verdict = "allow"
}

rule "writes-ask" {
  endpoint = https.github
  priority = -10
  approve  = [builtin.dashboard]
  reason   = "a person looks at what changes"
}
