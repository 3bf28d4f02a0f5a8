# Where secrets come from: a sealed store whose key is a file, then the environment, then a folder.

schema_version = 2

gateway {
  vault {
    key_file = "vault.key"
    folder   = "secrets"
  }
}

endpoint "postgres" "shop" {
  host       = "db.internal:5432"
  listen     = "0.0.0.0:6432"
  listen_tls = "required"
  tls_cert   = "auto"
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "app"
}

profile "support" {
  credentials = [postgres_credential.shop]
}

agent "triage" { profile = profile.support }

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e == 'read')"
  verdict   = "allow"
}
