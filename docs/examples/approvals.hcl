# Who is asked, how long a question waits, and how many people must allow it.

schema_version = 2

gateway {
  approval_timeout = "15m"
}

approver "human_approver" "dba" {
  channel           = "#databases"
  timeout           = "30m"
  require_approvers = 2
}

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

rule "schema-asks" {
  endpoint  = postgres.shop
  condition = "sql.effects.exists(e, e in ['alter', 'create'])"
  approve   = [human_approver.dba]
  reason    = "a change of the schema needs two people"
}

rule "rows-ask" {
  endpoint  = postgres.shop
  condition = "sql.verb in ['insert', 'update', 'delete'] && !action.destructive"
  approve   = [builtin.dashboard]
}

rule "reads" {
  endpoint  = postgres.shop
  condition = "sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}
