# For an agent that works on GitHub, by its API, GraphQL or git: it reads, and asks before it changes. What
# takes a repository away, opens it, or changes who may do what is refused. PACK_REPOSITORIES stands for the
# endpoint's `repositories`, as a regular expression; `?/?` is no repository, and fits only where all are
# meant.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood || http.override != ''"
  verdict   = "deny"
  reason    = "this request cannot be read completely"
  hint      = "send one plain request, without method overrides"
}

rule "other-repositories" {
  priority  = 150
  condition = <<-CEL
    !'?/?'.matches('^(?:PACK_REPOSITORIES)$') && (
      http.host.matches('^(?:api|uploads)[.]') || http.path.startsWith('/api/')
        ? http.path.matches('^(?:/api/v3)?/(?:repos|repositories|networks)/') &&
          !http.path.matches('(?i)^(?:/api/v3)?/(?:repos|networks)/(?:PACK_REPOSITORIES)(?:/|$)')
        : !http.path.matches('(?i)^/(?:PACK_REPOSITORIES)(?:[.]git)?(?:/|$)')
    )
  CEL
  verdict   = "deny"
  reason    = "this agent works on the repositories its endpoint names, and on no others"
}

rule "no-secret-values" {
  priority  = 100
  condition = <<-CEL
    http.path.matches('(?i)/secret-scanning/alerts') ||
    http.path.matches('(?i)/(?:registration-token|remove-token|generate-jitconfig|access_tokens)/?$') ||
    http.path.matches('(?i)^(?:/api/v3)?/(?:applications|app|app-manifests)/.*(?:token|conversions|hook)')
  CEL
  verdict   = "deny"
  reason    = "the answer would hold a secret"
}

rule "no-repository-removal" {
  priority  = 100
  condition = <<-CEL
    http.method == 'DELETE' && (
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos/[^/]+/[^/]+|repositories/[^/]+)/?$') ||
      http.path.matches('(?i)/packages/') || http.path.matches('(?i)/orgs/[^/]+/?$'))
  CEL
  verdict   = "deny"
  reason    = "repositories and packages are not deleted by agents"
}

rule "no-exposure" {
  priority  = 100
  condition = <<-CEL
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) && (
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos/[^/]+/[^/]+|repositories/[^/]+)/transfer/?$') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos/[^/]+/[^/]+|repositories/[^/]+)/?$') && (
        http.body_json.size() == 0 ||
        ['visibility', 'private', 'archived', 'default_branch', 'security_and_analysis', 'allow_forking']
          .exists(key, key in http.body_json || key in http.query)))
  CEL
  verdict   = "deny"
  reason    = "who owns and who sees a repository is not changed by agents"
  hint      = "ask the repository's owner"
}

rule "no-protection" {
  priority  = 100
  condition = <<-CEL
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) &&
    (http.path.matches('(?i)/(?:branches/.+/protection|tags/protection|rulesets)(?:/|$)') ||
     http.path.matches('(?i)/environments/[^/]+/?$') ||
     http.path.matches('(?i)/environments/.+/deployment') ||
     http.path.matches('(?i)/(?:vulnerability-alerts|automated-security-fixes|interaction-limits)(?:/|$)') ||
     http.path.matches('(?i)/(?:private-vulnerability-reporting|code-scanning/default-setup)(?:/|$)') ||
     http.path.matches('(?i)/secret-scanning/push-protection-bypasses/?$') ||
     http.path.matches('(?i)/(?:actions/permissions|actions/oidc|code-security)(?:/|$)'))
  CEL
  verdict   = "deny"
  reason    = "branch protection, rulesets and security settings are not changed by agents"
}

rule "no-secrets" {
  priority  = 100
  condition = <<-CEL
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) &&
    http.path.matches('(?i)/(?:actions|agents|dependabot|codespaces|environments/.+)/secrets(?:/|$)')
  CEL
  verdict   = "deny"
  reason    = "secrets are not changed by agents"
}

rule "no-access" {
  priority  = 100
  condition = <<-CEL
    !(http.method in ['GET', 'HEAD', 'OPTIONS']) && (
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos/[^/]+/[^/]+|repositories/[^/]+)/(?:keys|hooks)(?:/|$)') ||
      http.path.matches('(?i)/(?:collaborators|invitations|actions/runners)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos/[^/]+/[^/]+|repositories/[^/]+)/teams(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:orgs|organizations)/') &&
        !http.path.matches('(?i)/orgs/[^/]+/repos/?$') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:enterprises?|teams|scim|apps?|applications)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:admin|setup|manage|authorizations|user/?$)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/user/(?:keys|gpg_keys|ssh_signing_keys|emails?)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/user/(?:memberships|installations|migrations|blocks)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/user/(?:repository_invitations|interaction-limits)(?:/|$)'))
  CEL
  verdict   = "deny"
  reason    = "keys, webhooks, members and settings of accounts are not changed by agents"
}

rule "no-force-push" {
  priority  = 100
  condition = <<-CEL
    http.method in ['PATCH', 'PUT', 'POST'] && http.path.matches('(?i)/git/refs/.+') &&
    (http.body_json.size() == 0 || 'force' in http.query ||
     'force' in http.body_json && http.body_json.force != false)
  CEL
  verdict   = "deny"
  reason    = "history that others have is not rewritten by agents"
  hint      = "push a new branch"
}

rule "no-graphql-harm" {
  priority  = 100
  condition = <<-CEL
    http.path.matches('(?i)/graphql/?$') && http.method != 'OPTIONS' && (
      !(http.graphql.operation in ['query', 'mutation']) || 'query' in http.query ||
      http.graphql.operation == 'mutation' && http.graphql.fields.exists(field,
        field.matches('(?i)protection|ruleset|transfer|archiverepository|deleterepository|visibility') ||
        field.matches('(?i)collaborator|enterprise|organization|team|saml|ipallow|sponsor') ||
        field.matches('(?i)verifiabledomain') ||
        field.matches('(?i)recoverycode|deploykey|publickey|secret|token|environment|vulnerabilityalert') ||
        field.matches('(?i)migrat|package|updaterefs?$')))
  CEL
  verdict   = "deny"
  reason    = "this mutation changes who may do what, or cannot be seen to be harmless"
  hint      = "use the REST API, whose requests show what they change"
}

rule "graphql-reads" {
  condition = <<-CEL
    http.path.matches('^(?:/api)?/graphql/?$') && http.method == 'POST' &&
    http.graphql.operation == 'query' &&
    '?/?'.matches('^(?:PACK_REPOSITORIES)$') &&
    !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws|googleapis[.]com)$')
  CEL
  verdict   = "allow"
}

rule "reads" {
  condition = <<-CEL
    http.method in ['GET', 'HEAD', 'OPTIONS'] && !('upgrade' in http.headers) && (
      '?/?'.matches('^(?:PACK_REPOSITORIES)$') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:repos|networks)/(?:PACK_REPOSITORIES)(?:/|$)') ||
      http.path.matches('(?i)^(?:/api/v3)?/(?:rate_limit|user|meta|zen|versions|emojis|licenses)?/?$') ||
      !http.host.matches('^(?:api|uploads)[.]') && !http.path.startsWith('/api/') &&
        http.path.matches('(?i)^/(?:PACK_REPOSITORIES)(?:[.]git)?(?:/|$)')
    ) && !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws|googleapis[.]com)$')
  CEL
  verdict   = "allow"
}

rule "git-fetch" {
  condition = <<-CEL
    http.method == 'POST' && (
      http.path.matches('(?i)^/(?:PACK_REPOSITORIES)(?:[.]git)?/git-upload-pack$') ||
      http.path.matches('(?i)^/(?:PACK_REPOSITORIES)(?:[.]git)?/info/lfs/objects/batch$') &&
        'operation' in http.body_json && http.body_json.operation == 'download'
    ) && !http.host.matches('(?:amazonaws[.]com|amazonaws[.]com[.]cn|api[.]aws|googleapis[.]com)$')
  CEL
  verdict   = "allow"
}

rule "git-push-asks" {
  priority  = -5
  condition = "http.path.endsWith('/git-receive-pack')"
  approve   = [builtin.dashboard]
  reason    = "what a push changes cannot be seen from outside: a person looks at it"
}

rule "writes-ask" {
  priority  = -10
  condition = "http.path != ''"
  approve   = [builtin.dashboard]
  reason    = "changes on GitHub are approved by a person"
}
