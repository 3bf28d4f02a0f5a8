# Rules without CEL: what a fact must be, and texts that must not occur.

schema_version = 2

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

rule "no-cards" {
  endpoint = postgres.shop
  priority = 50
  patterns = ["card number", "/\\bcvv2?\\b/"]
  verdict  = "deny"
  reason   = "card data does not leave the database"
}

rule "catalogue" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e == 'read')"

  argument "sql.tables" {
    only = ["products", "public.products", "prices", "public.prices"]
  }

  argument "sql.database" {
    equals = ["shop"]
  }

  verdict = "allow"
}
