# For any API that keeps to HTTP's own words: what only looks passes, what a method, a path or a GraphQL
# mutation says would delete is refused, and the rest waits for a person. It knows no service; a service's own
# pack, or rules of yours, know better what its paths mean.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood || http.override != ''"
  verdict   = "deny"
  reason    = "this request cannot be read completely"
  hint      = "send one plain request, without method overrides"
}

rule "no-deletes" {
  priority  = 100
  condition = <<-CEL
    http.method == 'DELETE' || action.destructive ||
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) &&
      http.path.matches('(?i)(?:^|[^a-z]|do)(?:delete|destroy|purge|wipe|drop|truncate|terminate|remove)') ||
    http.grpc_method.matches('(?i)^(?:[a-z]*Delete|Destroy|Purge|Wipe|Drop|Truncate|Terminate|Remove)')
  CEL
  verdict   = "deny"
  reason    = "nothing is deleted by agents"
  hint      = "ask a person to do it"
}

rule "reads" {
  condition = <<-CEL
    http.method in ['GET', 'HEAD', 'OPTIONS'] && !('upgrade' in http.headers) &&
    !http.path.matches('(?i)(?:^|[^a-z]|do)(?:delete|destroy|purge|wipe|drop|truncate|terminate|remove)') &&
    !('Action' in http.query) &&
    !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws|googleapis[.]com|github[.]com)$')
  CEL
  verdict   = "allow"
}

rule "asks-that-only-look" {
  condition = <<-CEL
    http.method == 'POST' && (
      http.path.matches('/(?:_search|_msearch|_count|search)/?$') ||
      http.path.matches('/graphql/?$') && http.graphql.operation == 'query') &&
    !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws|googleapis[.]com|github[.]com)$')
  CEL
  verdict   = "allow"
}

rule "writes-ask" {
  priority  = -10
  condition = "http.path != ''"
  approve   = [builtin.dashboard]
  reason    = "changes are approved by a person"
}
