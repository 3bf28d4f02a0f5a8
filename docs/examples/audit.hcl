# What goes on record, and how long it stays, can differ from one endpoint to the next.

schema_version = 2

gateway {}

endpoint "postgres" "shop" {
  host   = "db.internal"
  redact = ["sql.parameters", "re:[0-9]{3}-[0-9]{2}-[0-9]{4}"]
}

endpoint "postgres" "people" {
  host      = "people.internal"
  retention = "720h"
}

credential "postgres_credential" "app" {
  endpoints = [postgres.shop, postgres.people]
  user      = "app"
}

profile "default" {
  credentials = [postgres_credential.app]
}

rule "reads" {
  endpoints = [postgres.shop, postgres.people]
  condition = "sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}
