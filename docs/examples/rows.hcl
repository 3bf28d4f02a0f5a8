# Writes that change few rows run; those that change many are rolled back, and somebody is asked with the number.

schema_version = 2

gateway {}

endpoint "postgres" "shop" {
  host   = "127.0.0.1:5432"
  listen = "127.0.0.1:6432"
}

credential "postgres_credential" "shop" {
  endpoint = postgres.shop
  user     = "app"
}

profile "default" {
  credentials = [postgres_credential.shop]
}

rule "few-rows" {
  endpoint  = postgres.shop
  condition = "!sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  approve   = [builtin.dashboard]
  max_rows  = 100
}

rule "never-that-many" {
  endpoint  = postgres.shop
  priority  = 10
  condition = "sql.rows_counted > 50000"
  verdict   = "deny"
  reason    = "that is a migration: open one"
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}
