# How long the record is kept, and how much of an endpoint one agent may have.

schema_version = 2

gateway {
  actions_keep = "2160h"
}

endpoint "postgres" "shop" {
  host   = "db.internal:5432"
  listen = "127.0.0.1:6432"

  limits {
    connections_per_agent = 5
    idle_timeout          = "30m"
  }
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "app"
}

profile "default" {
  credentials = [postgres_credential.shop]
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}
