# Conditions in CEL. The first rule whose condition is true decides; what no rule allows is denied.

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

rule "reports" {
  endpoint  = postgres.shop
  condition = <<-CEL
    sql.effects.all(e, e == 'read') &&
    sql.tables.size() > 0 &&
    sql.tables.all(t, t.startsWith('report_') || t.startsWith('public.report_'))
  CEL
  verdict   = "allow"
}

rule "carts" {
  endpoint  = postgres.shop
  condition = "sql.verb == 'delete' && sql.has_where && sql.writes.all(t, t in ['carts', 'public.carts'])"
  verdict   = "allow"
}

rule "transactions" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['transaction', 'session'])"
  verdict   = "allow"
}

rule "understood" {
  endpoint  = postgres.shop
  priority  = 900
  condition = "!action.understood"
  verdict   = "deny"
  reason    = "this statement cannot be read completely"
  hint      = "send one plain statement"
}
