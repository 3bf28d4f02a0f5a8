# Five minutes to the first blocked DROP TABLE. The agent connects to 127.0.0.1:6432 instead of the database:
#
#   psql "host=127.0.0.1 port=6432 user=app dbname=shop"
#
# It needs no password: the gateway has it, in the environment as CLAWPATROL_SECRET_SHOP.

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

rule "no-ddl" {
  endpoint  = postgres.shop
  priority  = 100
  condition = "sql.effects.exists(e, e in ['destroy', 'alter', 'create', 'privilege'])"
  verdict   = "deny"
  reason    = "the schema is changed by migrations"
  hint      = "write a migration and open a pull request"
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}

rule "new-orders" {
  endpoint  = postgres.shop
  condition = "sql.verb == 'insert'"

  argument "sql.writes" {
    only = ["orders", "order_items", "public.orders", "public.order_items"]
  }

  verdict = "allow"
}

rule "changes-ask" {
  endpoint  = postgres.shop
  priority  = -10
  condition = "sql.verb in ['insert', 'update', 'delete']"
  approve   = [builtin.dashboard]
  reason    = "a person looks at changes to what is already there"
}
