# For an agent that looks around in AWS, and asks before it changes anything: reads pass, what cannot be
# undone, who may do what, and secrets are refused. AWS has an action's name in X-Amz-Target, in `Action` of
# the form or of the query, or says it by method and path, as S3 and the newer services do. What names two is
# refused.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood || http.override != ''"
  verdict   = "deny"
  reason    = "this request cannot be read completely"
  hint      = "send one plain request"
}

rule "one-action" {
  priority  = 150
  condition = <<-CEL
    cel.bind(named,
      http.headers[?'x-amz-target'].orValue([]) + http.query[?'Action'].orValue([]) +
        (http.content_type.contains('form') ? http.form[?'Action'].orValue([]) : []),
      named.size() > 1 ||
      named.exists(a, !a.matches('^[A-Za-z0-9_.]+$')) ||
      named.size() == 0 && http.method == 'POST' && http.path == '/' &&
        !http.host.matches('(?:^|[.])s3[.-]') ||
      named.size() == 0 && http.query.exists(key, key.lowerAscii() == 'action') ||
      http.host.matches('(?:^|[.])(?:sqs|monitoring|email)[.-]') &&
        named.size() == 0 && !http.path.matches('/operation/|^/v2/') ||
      http.host.matches('(?:^|[.])(?:iam|sts|ec2|rds|sns|cloudformation|autoscaling|elasticache)[.-]') &&
        (named.size() == 0 || 'x-amz-target' in http.headers) ||
      http.host.matches('(?:^|[.])(?:elasticloadbalancing|redshift|elasticbeanstalk|cloudsearch)[.-]') &&
        (named.size() == 0 || 'x-amz-target' in http.headers) ||
      'x-amz-target' in http.headers &&
        (http.method != 'POST' || !http.content_type.matches('^application/(?:x-amz-json-1[.][01]|json)$')))
  CEL
  verdict   = "deny"
  reason    = "which action this is cannot be told for certain"
  hint      = "name one action, in the way of its service"
}

rule "no-secrets" {
  priority  = 100
  condition = <<-CEL
    cel.bind(named,
      http.headers[?'x-amz-target'].orValue([]) + http.query[?'Action'].orValue([]) +
        (http.content_type.contains('form') ? http.form[?'Action'].orValue([]) : []),
      named.exists(a,
        a.matches('(?i)(?:^|[.])(?:Batch)?GetSecretValue$') ||
        a.matches('(?i)(?:^|[.])(?:AssumeRole[a-z]*|AssumeRoot)$') ||
        a.matches('(?i)(?:^|[.])Get(?:[a-z]*Token[a-z]*|[a-z]*Credentials[a-z]*|[a-z]*Password[a-z]*)$') ||
        a.matches('(?i)(?:^|[.])Get(?:InstanceAccessDetails|DataAccess)$') ||
        a.matches('(?i)(?:^|[.])(?:CreateAccessKey|CreateKeyPair|CreateToken[a-z]*)$') ||
        a.matches('(?i)(?:^|[.])DownloadDefaultKeyPair$') ||
        a.matches('(?i)(?:^|[.])GetParameter(?:s|sByPath|History)?$') && (
          !['Name', 'Names', 'Path'].exists(key, key in http.body_json) ||
          'WithDecryption' in http.body_json && http.body_json.WithDecryption != false)) ||
      http.path.matches('(?i)/operation/[a-z]*(?:SecretValue|Token|Credentials|Password)') ||
      http.path.matches('(?i)/operation/(?:AssumeRole|GetParameter)') ||
      http.path.matches('(?i)/(?:authorization-token|federation/credentials|token)/?$'))
  CEL
  verdict   = "deny"
  reason    = "secrets, keys and tokens are not given to agents"
}

rule "no-deletes" {
  priority  = 100
  condition = <<-CEL
    cel.bind(named,
      http.headers[?'x-amz-target'].orValue([]) + http.query[?'Action'].orValue([]) +
        (http.content_type.contains('form') ? http.form[?'Action'].orValue([]) : []),
      http.method == 'DELETE' ||
      named.exists(a,
        a.matches('(?i)(?:^|[.])(?:[a-z]*Delet|Terminate|Destroy|Purge|Deregister|Disable|Wipe)') ||
        a.matches('(?i)(?:^|[.])StopLogging$')) ||
      http.path.matches('(?i)/operation/(?:[a-z]*Delet|Terminate|Destroy|Purge|Deregister|Disable|Wipe)') ||
      !(http.method in ['GET', 'HEAD', 'OPTIONS']) && (
        http.host.matches('(?:^|[.])s3[.-]')
          ? 'delete' in http.query || 'x-amz-bypass-governance-retention' in http.headers
          : http.path.matches('(?i)/[a-z-]*(?:delete|terminate|destroy|purge|deregister)[a-z-]*(?:/|$)')))
  CEL
  verdict   = "deny"
  reason    = "nothing is deleted, terminated or switched off by agents"
  hint      = "ask a person to do it"
}

rule "no-permissions" {
  priority  = 100
  condition = <<-CEL
    cel.bind(named,
      http.headers[?'x-amz-target'].orValue([]) + http.query[?'Action'].orValue([]) +
        (http.content_type.contains('form') ? http.form[?'Action'].orValue([]) : []),
      http.host.matches('(?:^|[.])(?:iam|organizations|account|identitystore|sso|ram|rolesanywhere)[.-]') &&
        !named.exists(a, a.matches('(?:^|[.])(?:Get|List|Describe|Simulate|Search)[A-Z][A-Za-z]*$')) &&
        !(named.size() == 0 && http.method in ['GET', 'HEAD', 'OPTIONS']) ||
      named.exists(a,
        a.matches('(?i)(?:^|[.])(?:Put|Set|Update|Attach|Detach|Create)[a-z]*Polic(?:y|ies)') ||
        a.matches('(?i)(?:^|[.])(?:Add|Remove|Put|Grant|Revoke|BatchGrant|BatchPut)[a-z]*Permissions?$') ||
        a.matches('(?i)(?:^|[.])(?:Authorize|Revoke|ModifySecurityGroupRules|CreateGrant|RetireGrant)') ||
        a.matches('(?i)(?:^|[.])(?:Modify|Reset)[a-z]*(?:Snapshot|Image)Attribute$') ||
        a.matches('(?i)(?:^|[.])(?:Associate|Replace)IamInstanceProfile') ||
        a.matches('(?i)(?:^|[.])(?:Put|Set|Update)[a-z]*(?:PublicAccess|Acl)')) ||
      http.path.matches('(?i)/operation/[a-z]*(?:Policy|Permission|PublicAccess)') &&
        !http.path.matches('/operation/(?:Get|List|Describe)') ||
      !(http.method in ['GET', 'HEAD', 'OPTIONS']) && !http.host.matches('(?:^|[.])s3[.]') &&
        http.path.matches('(?i)/(?:[a-z-]*policy|policies|permissions?|publicAccessBlock)(?:/|$)'))
  CEL
  verdict   = "deny"
  reason    = "who may do what is not changed by agents"
}

rule "no-exposure" {
  priority  = 100
  condition = <<-CEL
    http.host.matches('(?:^|[.])s3[.-]') && !(http.method in ['GET', 'HEAD', 'OPTIONS']) && (
      ['acl', 'policy', 'publicAccessBlock', 'ownershipControls', 'website', 'cors', 'lifecycle',
       'replication', 'versioning', 'object-lock', 'retention', 'legal-hold', 'encryption', 'logging',
       'notification']
        .exists(part, part in http.query) ||
      (http.headers[?'x-amz-acl'].orValue([]) + http.query[?'x-amz-acl'].orValue([]))
        .exists(acl, !(acl in ['private', 'bucket-owner-read', 'bucket-owner-full-control'])) ||
      ['x-amz-grant-read', 'x-amz-grant-write', 'x-amz-grant-read-acp', 'x-amz-grant-write-acp',
       'x-amz-grant-full-control'].exists(grant, grant in http.headers || grant in http.query))
  CEL
  verdict   = "deny"
  reason    = "buckets are not opened to others, nor what protects them changed, by agents"
}

rule "reads" {
  condition = <<-CEL
    cel.bind(named,
      http.headers[?'x-amz-target'].orValue([]) + http.query[?'Action'].orValue([]) +
        (http.content_type.contains('form') ? http.form[?'Action'].orValue([]) : []),
      named.size() == 0 ? http.method in ['GET', 'HEAD', 'OPTIONS'] && !('upgrade' in http.headers) :
      http.method in ['GET', 'POST'] && named.all(a,
        a.matches('(?:^|[.])(?:Describe|Get|List|Head|BatchGet|Lookup|Search)[A-Z][A-Za-z0-9]*$') ||
        a.matches('^DynamoDB_[0-9]+[.](?:Query|Scan)$') || a == 'Logs_20140328.FilterLogEvents')
    ) && !http.host.matches('(?:googleapis[.]com|github[.]com|githubusercontent[.]com)$')
  CEL
  verdict   = "allow"
}

rule "writes-ask" {
  priority  = -10
  condition = "http.path != ''"
  approve   = [builtin.dashboard]
  writes    = true
  reason    = "changes in AWS are approved by a person"
}
