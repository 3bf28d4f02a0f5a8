# Operators sign in at an OpenID Connect provider; see operators.md.
schema_version = 2

gateway {
  public_url = "https://gate.example:9443"

  admin {
    listen = "0.0.0.0:9443"
    oidc {
      issuer     = "https://login.example"
      client_id  = "clawpatrol"
      credential = bearer_token.login
      role "approver" { groups = ["sre", "dba"] }
      role "admin" { groups = ["platform"] }
    }
  }
}

credential "bearer_token" "login" {
  endpoint = https.login
}

endpoint "https" "login" {
  hosts = ["login.example"]
}
