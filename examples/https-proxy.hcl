# One proxy for a team's agents: they set HTTPS_PROXY to this gateway, trust its certificate authority, and prove
# who they are with a token. They send placeholders; the real keys are put in here, after a rule has allowed the
# request. What no endpoint names is refused.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"

  vault {
    key_credential = "clawpatrol-key"
  }
}

listener "proxy" "agents" {
  listen     = "0.0.0.0:8443"
  listen_tls = "required"
  tls_cert   = "auto"
}

# Whoever is put into this network has no proxy to set; its connections are redirected here.
listener "transparent" "sandbox" {
  listen  = "127.0.0.1:15001"
  profile = profile.sandbox
}

# ---- what there is ----

endpoint "https" "github" {
  hosts        = ["api.github.com", "github.com", "uploads.github.com", "raw.githubusercontent.com"]
  use          = ["github-guarded"]
  repositories = ["acme/shop", "acme-labs/*"]
}

endpoint "https" "aws" {
  hosts = ["*.amazonaws.com"]
  use   = ["aws-guarded"]
}

endpoint "https" "gcp" {
  hosts = ["*.googleapis.com"]
  use   = ["gcp-guarded"]
}

endpoint "https" "anthropic" {
  hosts = ["api.anthropic.com"]
}

# Inside the company: its own authority, HTTP/1.1 only, and a name that leads to a private address.
endpoint "https" "tickets" {
  hosts           = ["tickets.acme.internal"]
  ca_cert         = "<<file:acme-ca.pem>>"
  upstream_http   = "1.1"
  private_network = true
  use             = ["https-guarded"]
}

# ---- what it is proved with ----

credential "github_app" "github" {
  endpoint        = https.github
  app_id          = "123456"
  installation_id = "7654321"
  permissions     = { contents = "write", issues = "write", pull_requests = "write" }
}

credential "aws_credential" "aws" {
  endpoint       = https.aws
  role_arn       = "arn:aws:iam::123456789012:role/agents"
  session_policy = "read_only"
}

credential "google_credential" "gcp" {
  endpoint = https.gcp
  scopes   = ["https://www.googleapis.com/auth/cloud-platform.read-only"]
}

credential "anthropic_manual_key" "anthropic" {
  endpoint = https.anthropic
}

# Two keys for one host: the placeholder an agent sends says which.
credential "bearer_token" "tickets" {
  endpoint = https.tickets
}

credential "bearer_token" "tickets-admin" {
  endpoint    = https.tickets
  placeholder = "placeholder-tickets-admin"
}

# ---- who may use it ----

profile "engineering" {
  credentials = [
    github_app.github,
    aws_credential.aws,
    google_credential.gcp,
    anthropic_manual_key.anthropic,
    bearer_token.tickets,
    bearer_token.tickets-admin,
  ]
}

profile "sandbox" {
  credentials = [anthropic_manual_key.anthropic, bearer_token.tickets]
}

agent "reviewer" { profile = profile.engineering }

# ---- what they may do; the packs are asked after these ----

rule "models-answer" {
  endpoint  = https.anthropic
  condition = "http.method == 'POST' && http.path in ['/v1/messages', '/v1/messages/count_tokens']"
  verdict   = "allow"
}

rule "models-are-listed" {
  endpoint  = https.anthropic
  condition = "http.method == 'GET' && http.path.startsWith('/v1/models')"
  verdict   = "allow"
}

rule "restart" {
  endpoint  = https.aws
  condition = "http.form[?'Action'].orValue([]) == ['RebootInstances']"
  approve   = [builtin.dashboard]
  writes    = true
}

rule "comments" {
  endpoint  = https.github
  condition = <<-CEL
    http.method == 'POST' && http.path.matches('^/repos/acme/shop/(issues|pulls)/[0-9]+/comments$') &&
    has(http.body_json.body) && http.body_json.body.size() < 4000
  CEL
  verdict   = "allow"
}

rule "admin-key-asks" {
  endpoint   = https.tickets
  credential = bearer_token.tickets-admin
  approve    = [builtin.dashboard]
  reason     = "a person looks at whatever the administrator's key is used for"
}
