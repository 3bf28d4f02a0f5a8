# For an agent that looks, and asks before it changes: reads pass, writes wait for a person, and what no
# agent should do to a production database is refused with what to do instead.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood"
  verdict   = "deny"
  reason    = "this statement cannot be read completely"
  hint      = "send one plain statement, without dynamic SQL"
}

rule "no-server-access" {
  priority  = 100
  condition = "sql.effects.exists(e, e in ['program', 'file', 'network'])"
  verdict   = "deny"
  reason    = "it reaches past the database: files, programs or the network of the server"
  hint      = "read tables with SELECT, load data with INSERT"
}

rule "no-privilege" {
  priority  = 100
  condition = "'privilege' in sql.effects || sql.verb in ['set role', 'set session authorization']"
  verdict   = "deny"
  reason    = "agents do not change who may do what"
}

rule "no-procedural" {
  priority  = 100
  condition = "sql.effects.exists(e, e in ['procedural', 'unknown'])"
  verdict   = "deny"
  reason    = "what this would run cannot be seen from the statement"
  hint      = "send the statements themselves instead of DO, CALL or EXECUTE"
}

rule "no-ddl" {
  priority  = 100
  condition = "sql.effects.exists(e, e in ['destroy', 'alter'])"
  verdict   = "deny"
  reason    = "objects are dropped and altered by migrations, not by agents"
  hint      = "propose a migration"
}

rule "no-sweeping-change" {
  priority  = 50
  condition = "action.destructive"
  verdict   = "deny"
  reason    = "it would lose a whole table's rows at once"
  hint      = "add a WHERE that names the rows"
}

rule "reads" {
  condition = "sql.effects.size() > 0 && sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  verdict   = "allow"
}

rule "writes-ask" {
  priority  = -10
  condition = "sql.effects.size() > 0"
  approve   = [builtin.dashboard]
  reason    = "changes to this database are approved by a person"
}
