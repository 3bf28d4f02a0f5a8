# For an agent that looks after workloads and asks before it changes them: what only looks passes, but not
# secrets; a pod is deleted and a workload restarted without asking, and pods whose names begin with `debug-`
# are the agent's own. What the cluster itself stands on (namespaces, roles, definitions, webhooks, nodes) is
# refused, as are terminals and ways round the API server. The rest waits for a person.

rule "unreadable" {
  priority  = 200
  condition = "!action.understood || http.override != ''"
  verdict   = "deny"
  reason    = "this request cannot be read completely"
  hint      = "send one plain request, its object as JSON or YAML"
}

# Groups, uids and extras without a user are not understood.
rule "no-impersonation" {
  priority  = 150
  condition = "k8s.impersonate_user != ''"
  verdict   = "deny"
  reason    = "agents act as themselves"
  hint      = "leave out --as and --as-group"
}

# A patch or a deletion may answer with the whole object: those read secrets too.
rule "no-secrets" {
  priority  = 100
  condition = <<-CEL
    k8s.resource.matches('^secrets(?:/|$)') && k8s.verb != 'create' || k8s.resource.endsWith('/token')
  CEL
  verdict   = "deny"
  reason    = "secrets and tokens are not given to agents"
  hint      = "ask a person for what you need of it"
}

rule "no-proxies" {
  priority  = 100
  condition = <<-CEL
    k8s.verb == 'proxy' || k8s.resource in ['nodes/proxy', 'services/proxy']
  CEL
  verdict   = "deny"
  reason    = "a node or service is not reached through the API server: nobody judges what is said there"
}

rule "no-terminals" {
  priority  = 100
  condition = "k8s.exec.tty"
  verdict   = "deny"
  reason    = "agents have no terminals: what is typed in one cannot be judged before it runs"
  hint      = "run one command, without --tty"
}

rule "no-foundations" {
  priority  = 100
  condition = <<-CEL
    !(k8s.verb in ['get', 'list', 'watch']) && k8s.non_resource_path == '' && (
      k8s.api_group == '' && k8s.resource.matches('^(?:namespaces|nodes)(?:/|$)') ||
      k8s.api_group in ['rbac.authorization.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io',
                        'admissionregistration.k8s.io', 'certificates.k8s.io'])
  CEL
  verdict   = "deny"
  reason    = "namespaces, nodes, roles, definitions, webhooks and certificates are not changed by agents"
  hint      = "ask a person to do it"
}

rule "no-sweeps" {
  priority  = 100
  condition = "k8s.verb == 'deletecollection'"
  verdict   = "deny"
  reason    = "agents do not delete whole collections"
  hint      = "delete one object at a time, by its name"
}

rule "reads" {
  condition = <<-CEL
    k8s.verb in ['get', 'list', 'watch'] && k8s.resource != '' && (
      !k8s.resource.contains('/') || k8s.resource.matches('^[a-z0-9.-]+/(?:status|scale)$') ||
      k8s.resource in ['pods/log', 'pods/ephemeralcontainers', 'pods/resize'])
  CEL
  verdict   = "allow"
}

rule "discovery" {
  condition = <<-CEL
    k8s.verb in ['get', 'head'] && (
      k8s.non_resource_path.matches('^/(?:api(?:/v1)?|apis(?:/[a-z0-9.-]+){0,2}|version)/?$') ||
      k8s.non_resource_path.matches('^/(?:openapi/v[23]|healthz|livez|readyz)(?:/[a-z0-9./-]*)?$'))
  CEL
  verdict   = "allow"
}

rule "other-paths" {
  condition = "k8s.non_resource_path != ''"
  verdict   = "deny"
  reason    = "only discovery, the version and health are read beside resources"
}

rule "access-reviews" {
  condition = <<-CEL
    k8s.verb == 'create' && (
      k8s.api_group == 'authorization.k8s.io' && k8s.resource in
        ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews',
         'localsubjectaccessreviews'] ||
      k8s.api_group == 'authentication.k8s.io' && k8s.resource == 'selfsubjectreviews')
  CEL
  verdict   = "allow"
}

# Servers that extend the API may not know what a dry run is, and what leads into a pod never does.
rule "dry-runs" {
  condition = <<-CEL
    k8s.verb in ['create', 'update', 'patch', 'delete'] && k8s.dry_run &&
    k8s.resource.matches('^[a-z]+(?:/scale|/status)?$') &&
    k8s.api_group in ['', 'apps', 'batch', 'autoscaling', 'networking.k8s.io', 'policy']
  CEL
  verdict   = "allow"
}

# Nothing in it that is not listed here: no volume, no other account, no token, no right over the node, no
# label by which a service would send it traffic.
rule "debug-pod" {
  condition = <<-CEL
    k8s.verb == 'create' && k8s.resource == 'pods' && k8s.api_group == '' &&
    type(k8s.object) == map && cel.bind(pod, k8s.object,
      'metadata' in pod && 'spec' in pod &&
      pod.metadata.all(key, key in ['name', 'namespace', 'labels', 'creationTimestamp']) &&
      'name' in pod.metadata && pod.metadata.name.startsWith('debug-') &&
      (!('labels' in pod.metadata) ||
        pod.metadata.labels.all(label, pod.metadata.labels[label].startsWith('debug-'))) &&
      pod.spec.all(key, key in
        ['containers', 'restartPolicy', 'dnsPolicy', 'automountServiceAccountToken',
         'activeDeadlineSeconds', 'terminationGracePeriodSeconds']) &&
      'containers' in pod.spec && 'automountServiceAccountToken' in pod.spec &&
      pod.spec.automountServiceAccountToken == false &&
      pod.spec.containers.all(container,
        container.all(key, key in
          ['name', 'image', 'imagePullPolicy', 'command', 'args', 'env', 'resources', 'workingDir', 'stdin',
           'stdinOnce', 'terminationMessagePath', 'terminationMessagePolicy']) &&
        (!('env' in container) || container.env.all(one, one.all(key, key in ['name', 'value'])))))
  CEL
  verdict   = "allow"
}

rule "into-debug-pods" {
  condition = <<-CEL
    k8s.verb == 'create' && k8s.api_group == '' && k8s.name.startsWith('debug-') &&
    k8s.resource in ['pods/exec', 'pods/attach', 'pods/portforward']
  CEL
  verdict   = "allow"
}

# At once, that is without the time a pod is given to end, two of one name may run beside each other.
rule "one-pod" {
  condition = <<-CEL
    k8s.verb == 'delete' && k8s.resource == 'pods' && k8s.api_group == '' && k8s.name != '' &&
    !k8s.namespace.startsWith('kube-') && !('gracePeriodSeconds' in k8s.param_values) &&
    type(k8s.object) == map &&
    (!('gracePeriodSeconds' in k8s.object) || k8s.object.gracePeriodSeconds != 0)
  CEL
  verdict   = "allow"
}

# As `kubectl rollout restart` does it: one annotation of the pods to come, and nothing else.
rule "rollout-restart" {
  condition = <<-CEL
    k8s.verb == 'patch' && k8s.api_group == 'apps' && k8s.name != '' &&
    k8s.resource in ['deployments', 'statefulsets', 'daemonsets'] &&
    !k8s.namespace.startsWith('kube-') &&
    type(k8s.object) == map && k8s.object.size() == 1 && 'spec' in k8s.object &&
    type(k8s.object.spec) == map && k8s.object.spec.size() == 1 && 'template' in k8s.object.spec &&
    cel.bind(pod, k8s.object.spec.template,
      type(pod) == map && pod.size() == 1 && 'metadata' in pod &&
      type(pod.metadata) == map && pod.metadata.size() == 1 && 'annotations' in pod.metadata &&
      type(pod.metadata.annotations) == map && pod.metadata.annotations.size() == 1 &&
      'kubectl.kubernetes.io/restartedAt' in pod.metadata.annotations)
  CEL
  verdict   = "allow"
}

rule "writes-ask" {
  priority  = -10
  condition = "k8s.verb != ''"
  approve   = [builtin.dashboard]
  reason    = "changes in a cluster are approved by a person"
}
