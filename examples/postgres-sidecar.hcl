# A sidecar beside one agent: one database, reads only, and nothing to look after. What the agent may do is the
# built-in pack, with the writes it would ask about refused outright by a rule of this file.

schema_version = 2

gateway {
  state_dir = "/var/lib/clawpatrol"
  threads   = 1

  audit {
    durability = "disk"
  }

  admin {
    metrics = "127.0.0.1:9464"
  }
}

endpoint "postgres" "orders" {
  host        = "orders.internal:5432"
  sslmode     = "verify-full"
  sslrootcert = "certs/orders-ca.pem"
  listen      = ["127.0.0.1:5432", "[::1]:5432"]
  use         = ["postgres-guarded"]
}

credential "postgres_credential" "orders-ro" {
  endpoint = postgres.orders
  user     = "orders_ro"
  database = "orders"
}

profile "default" {
  credentials = [postgres_credential.orders-ro]
}

rule "read-only" {
  endpoint  = postgres.orders
  condition = "sql.effects.exists(e, e in ['write', 'modify', 'delete', 'create'])"
  verdict   = "deny"
  reason    = "this agent only reads"
  hint      = "describe the change in your report"
}

rule "no-secrets" {
  endpoint = postgres.orders
  priority = 100

  argument "sql.tables" {
    matches = ["^(.*\\.)?api_keys$", "_secrets$"]
  }

  verdict = "deny"
  reason  = "keys and secrets do not leave the database"
}
