# For an agent that looks around in Google Cloud, and asks before it changes anything: reads pass, what cannot
# be undone, who may do what, and secrets are refused. Google's verbs stand behind a colon at the end of a
# path, or are the method of a gRPC call.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood || http.override != ''"
  verdict   = "deny"
  reason    = "this request cannot be read completely"
  hint      = "send one plain request, without method overrides"
}

rule "no-batches" {
  priority  = 100
  condition = "http.path.matches('(?i)^/batch(?:/|$)')"
  verdict   = "deny"
  reason    = "a batch hides the requests it is made of"
  hint      = "send the requests one by one"
}

rule "no-secrets" {
  priority  = 100
  condition = <<-CEL
    http.path.matches('(?i):access[a-z]*/?$') || http.path.matches('(?i)/keyString/?$') ||
    http.path.matches('(?i)/identityAwareProxyClients(?:/|$)') || http.path.matches('(?i)/hmacKeys(?:/|$)') ||
    http.path.matches('(?i):(?:generateAccessToken|generateIdToken|exchangeToken|token)/?$') ||
    http.path.matches('(?i):(?:signBlob|signJwt)/?$') ||
    http.host.matches('(?:^|[.-])(?:iamcredentials|sts|metadata)[.]') && http.method != 'OPTIONS' ||
    http.host.matches('(?:^|[.])(?:oauth2|accounts)[.]') && http.method != 'GET' ||
    http.grpc_method.matches('(?i)^(?:Access|GenerateAccessToken|GenerateIdToken|Sign)') ||
    http.grpc_method.matches('(?i)^(?:GetKeyString|ExchangeToken|CreateHmacKey)')
  CEL
  verdict   = "deny"
  reason    = "secrets and tokens are not given to agents"
}

rule "no-deletes" {
  priority  = 100
  condition = <<-CEL
    http.method == 'DELETE' || http.method == 'POST' && 'delete' in http.query ||
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) && !http.path.endsWith(':undelete') &&
      http.path.matches('(?i)[:/][a-z]*(?:delete|destroy|purge|wipe|remove)[a-z]*/?$') ||
    http.method == 'POST' && http.path.matches('(?i)[:/][a-z]*(?:disable|truncate|shutdown)[a-z]*/?$') ||
    http.grpc_method.matches('(?i)^(?:[a-z]*Delete|Destroy|Purge|Wipe|Disable|Drop|Remove)')
  CEL
  verdict   = "deny"
  reason    = "nothing is deleted, destroyed or disabled by agents"
  hint      = "ask a person to do it"
}

rule "no-permissions" {
  priority  = 100
  condition = <<-CEL
    http.grpc_method.matches('(?i)^(?:SetIam|SetOrgPolicy|CreateServiceAccount|UploadServiceAccount)') ||
    http.grpc_method.matches('(?i)^(?:CreateRole|UpdateRole|CreatePolicy|UpdatePolicy)') ||
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) && (
      http.path.matches('(?i)[:/](?:set|clear)[a-z]*(?:policy|permissions)/?$') ||
      http.path.matches('(?i)/(?:iam|acl|defaultObjectAcl|policies|accessPolicies)(?:/|$)') ||
      http.path.matches('(?i)/(?:servicePerimeters|accessLevels)(?:/|$)') ||
      http.path.matches('(?i)/serviceAccounts(?:/|:|$)') &&
        !http.path.matches('(?i):(?:getIamPolicy|testIamPermissions)/?$') ||
      http.host.matches('(?:^|[.-])(?:iam|orgpolicy|accesscontextmanager|cloudidentity|admin|apikeys)[.]') &&
        !http.path.matches('(?i):(?:getIamPolicy|testIamPermissions|lintPolicy|query[a-z]*)/?$') ||
      http.path.matches('(?i)/(?:setMetadata|setCommonInstanceMetadata|setServiceAccount)/?$') ||
      http.path.matches('(?i)/(?:billingInfo|users|rotateServerCa|resetSslConfig)/?$') ||
      http.path.matches('(?i):(?:setMasterAuth|move)/?$') ||
      ['acl', 'predefinedAcl', 'predefinedDefaultObjectAcl', 'destinationPredefinedAcl', 'lifecycle',
       'website']
        .exists(part, part in http.query) ||
      'x-goog-acl' in http.headers ||
      http.content_type.contains('json') && http.body.matches('(?i)allUsers|allAuthenticatedUsers'))
  CEL
  verdict   = "deny"
  reason    = "who may do what is not changed by agents, and nothing is made public"
}

rule "reads" {
  condition = <<-CEL
    (http.method in ['GET', 'HEAD', 'OPTIONS'] && !('upgrade' in http.headers) ||
     http.method == 'POST' && http.grpc_method == '' && (
       http.path.matches('(?i):(?:list|search|lookup|get|batchGet|getIamPolicy|testIamPermissions)/?$') ||
       http.path.matches('(?i):(?:getAncestry|queryGrantableRoles|lintPolicy|query|queryTimeSeries)/?$') ||
       http.path.matches('(?i):(?:runQuery|runAggregationQuery|listCollectionIds|partitionQuery)/?$') ||
       http.path.matches('(?i)/testIamPermissions/?$')) ||
     http.grpc_method.matches('^(?:Get|List|Search|Lookup|BatchGet|AggregatedList|TestIamPermissions)')
    ) && !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws)$')
      && !http.host.matches('(?:github[.]com|githubusercontent[.]com)$')
  CEL
  verdict   = "allow"
}

rule "writes-ask" {
  priority  = -10
  condition = "http.path != ''"
  approve   = [builtin.dashboard]
  reason    = "changes in Google Cloud are approved by a person"
}
