"""Who asks, and what RBAC lets them: tokens, client certificates, impersonation, roles as they are stored."""

from harness.kube import statuses, store

ADMIN, VIEWER = "cluster-admin-token-0123456789", "viewer-token-0123456789"

ALWAYS = "system:authenticated"


class User:
    def __init__(self, name, groups):
        self.name, self.groups = name, list(groups)

    def to_json(self):
        return {"username": self.name, "groups": self.groups}


def tokens():
    return {ADMIN: User("admin", ["system:masters"]), VIEWER: User("viewer", [])}


def _certified(peer):
    """The user of a client's certificate: its common name, and its organizations as groups."""
    if not peer:
        return None
    parts = [pair for part in peer["subject"] for pair in part]
    name = next((value for key, value in parts if key == "commonName"), "")
    return User(name, [value for key, value in parts if key == "organizationName"])


def authenticate(cluster, call):
    words = call.headers.get("Authorization", "").split(" ", 1)
    user = None
    if len(words) == 2 and words[0].lower() == "bearer":
        user = cluster.tokens.get(words[1])
        if user is None:
            raise statuses.Refused(401, "Unauthorized")
    user = user or _certified(call.peer)
    if user is None:
        if not cluster.is_anonymous_welcome:
            raise statuses.Refused(401, "Unauthorized")
        return User("system:anonymous", ["system:unauthenticated"])
    return User(user.name, user.groups + [ALWAYS])


def impersonate(cluster, call, user):
    """Who the request is to be taken for; needs the right to be them."""
    name, groups = call.headers.get("Impersonate-User"), call.headers.get_all("Impersonate-Group", [])
    if name is None:
        if groups or call.headers.get("Impersonate-Uid"):
            raise statuses.Refused(500, "Internal Server Error: requested " + str(groups)
                                   + " without impersonating a user", "InternalError")
        return user
    for plural, one in [("users", name)] + [("groups", group) for group in groups]:
        if not allows(cluster, user, Question("impersonate", "", plural, name=one)):
            raise statuses.Refused(
                403, f'{plural} "{one}" is forbidden: User "{user.name}" cannot impersonate resource '
                f'"{plural}" in API group "" at the cluster scope', details={"name": one, "kind": plural})
    return User(name, groups + [ALWAYS])


class Question:
    """May somebody do this?"""

    def __init__(self, verb, group="", resource="", **more):
        self.verb, self.group, self.resource = verb, group, resource
        self.part, self.name = more.get("part", ""), more.get("name", "")
        self.namespace, self.path = more.get("namespace", ""), more.get("path", "")


def _roles_of(cluster, user, namespace):
    """(binding, role's rules) of every binding that names the user."""
    rooms = [("clusterrolebindings.rbac.authorization.k8s.io", "")]
    if namespace:
        rooms.append(("rolebindings.rbac.authorization.k8s.io", namespace))
    for full, space in rooms:
        for binding in cluster.store.all(full, space):
            if any(_names(subject, user) for subject in binding.get("subjects") or []):
                ref = binding["roleRef"]
                role = cluster.store.objects[ref["kind"].lower() + "s.rbac.authorization.k8s.io"].get(
                    (space if ref["kind"] == "Role" else "", ref["name"]))
                yield from (role or {}).get("rules") or []


def _names(subject, user):
    if subject["kind"] == "User":
        return subject["name"] == user.name
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    return user.name == f"system:serviceaccount:{subject.get('namespace')}:{subject['name']}"


def _has(words, word):
    return "*" in words or word in words


def _permits(rule, question):
    if not _has(rule.get("verbs", []), question.verb):
        return False
    if question.path:
        return any(url == question.path or (url.endswith("*") and question.path.startswith(url[:-1]))
                   for url in rule.get("nonResourceURLs", []))
    whole = f"{question.resource}/{question.part}" if question.part else question.resource
    resources = rule.get("resources", [])
    return (_has(rule.get("apiGroups", []), question.group)
            and (_has(resources, whole) or (question.part and f"*/{question.part}" in resources))
            and (not rule.get("resourceNames") or question.name in rule["resourceNames"]))


def allows(cluster, user, question):
    if "system:masters" in user.groups:
        return True
    return any(_permits(rule, question) for rule in _roles_of(cluster, user, question.namespace))


def rules(cluster, user, namespace):
    return list(_roles_of(cluster, user, namespace))


def question_of(named):
    if not named.is_resource:
        return Question(named.verb, path=named.path)
    return Question(named.verb, named.group, named.plural, part=named.part, name=named.name,
                    namespace=named.namespace)


def authorize(cluster, call):
    named, user = call.named, call.user
    if allows(cluster, user, question_of(named)):
        return
    if not named.is_resource:
        raise statuses.forbidden(None, "", f'User "{user.name}" cannot {named.verb} path "{named.path}"')
    whole = f"{named.plural}/{named.part}" if named.part else named.plural
    where = f'in the namespace "{named.namespace}"' if named.namespace else "at the cluster scope"
    subject = named.plural + ("." + named.group if named.group else "")
    subject += f' "{named.name}"' if named.name else ""
    raise statuses.Refused(
        403, f'{subject} is forbidden: User "{user.name}" cannot {named.verb} resource "{whole}" in API '
        f'group "{named.group}" {where}', details={key: value for key, value in {
            "name": named.name, "group": named.group, "kind": named.plural}.items() if value})


# Reviews: the same questions, asked as objects.

def _of_review(spec):
    if "nonResourceAttributes" in spec:
        asked = spec["nonResourceAttributes"]
        return Question(asked.get("verb", ""), path=asked.get("path", ""))
    asked = spec.get("resourceAttributes") or {}
    return Question(asked.get("verb", ""), asked.get("group", ""), asked.get("resource", ""),
                    part=asked.get("subresource", ""), name=asked.get("name", ""),
                    namespace=asked.get("namespace", ""))


def review(cluster, call, resource, obj):
    """The answer to a SelfSubjectAccessReview and its kin."""
    spec, user = obj.get("spec") or {}, call.user
    if resource.kind == "SelfSubjectReview":
        return {**obj, "status": {"userInfo": user.to_json()}}
    if resource.kind == "TokenReview":
        found = cluster.tokens.get(spec.get("token"))
        return {**obj, "status": {"authenticated": True, "user": found.to_json()} if found else {
            "user": {}, "error": "invalid bearer token"}}
    if resource.kind == "SelfSubjectRulesReview":
        return {**obj, "status": _listed(rules(cluster, user, spec.get("namespace", "")))}
    if resource.kind in ("SubjectAccessReview", "LocalSubjectAccessReview"):
        user = User(spec.get("user", ""), spec.get("groups", []))
    if allows(cluster, user, _of_review(spec)):
        return {**obj, "status": {"allowed": True, "reason": "RBAC: allowed by a binding of the cluster"}}
    return {**obj, "status": {"allowed": False}}


def _listed(found):
    of_resources = [{"verbs": rule["verbs"], "apiGroups": rule.get("apiGroups", []),
                     "resources": rule["resources"], **({"resourceNames": rule["resourceNames"]}
                                                        if rule.get("resourceNames") else {})}
                    for rule in found if rule.get("resources")]
    of_paths = [{"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
                for rule in found if rule.get("nonResourceURLs")]
    return {"resourceRules": of_resources, "nonResourceRules": of_paths, "incomplete": False}


def _rule(verbs, groups, resources):
    return {"verbs": verbs.split(), "apiGroups": groups, "resources": resources.split()}


_READ = "get list watch"
_PAGES = {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez",
                                                "/readyz", "/openapi", "/openapi/*", "/version", "/version/"]}
_REVIEWS = "selfsubjectaccessreviews selfsubjectrulesreviews"
ROLES = {
    "cluster-admin": [_rule("*", ["*"], "*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "system:discovery": [_PAGES],
    "system:basic-user": [_rule("create", ["authorization.k8s.io"], _REVIEWS),
                          _rule("create", ["authentication.k8s.io"], "selfsubjectreviews")],
    "view": [_rule(_READ, [""], "pods pods/log pods/status services configmaps events endpoints namespaces "
                   "serviceaccounts persistentvolumeclaims replicationcontrollers resourcequotas "
                   "limitranges"),
             _rule(_READ, ["apps"], "deployments replicasets statefulsets daemonsets controllerrevisions "
                   "deployments/scale"),
             _rule(_READ, ["batch", "autoscaling", "networking.k8s.io", "policy", "discovery.k8s.io"], "*")],
}
BINDINGS = {"cluster-admin": ("cluster-admin", "Group", "system:masters"),
            "system:discovery": ("system:discovery", "Group", ALWAYS),
            "system:basic-user": ("system:basic-user", "Group", ALWAYS),
            "viewers": ("view", "User", "viewer")}


def seeds():
    """(plural, object) of the roles a new cluster has."""
    for name, listed in ROLES.items():
        yield "clusterroles", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                               "metadata": {"name": name}, "rules": listed}
    for name, (role, kind, who) in BINDINGS.items():
        yield "clusterrolebindings", {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": kind, "apiGroup": "rbac.authorization.k8s.io", "name": who}]}


def account_token(cluster, obj, namespace, name):
    """A TokenRequest for a service account, answered."""
    made = f"made-for.{namespace}.{name}.{len(cluster.tokens)}"
    cluster.tokens[made] = User(f"system:serviceaccount:{namespace}:{name}",
                                ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"])
    seconds = store.get(obj, "spec.expirationSeconds", 3600)
    spec = {"audiences": ["https://kubernetes.default.svc.cluster.local"], "expirationSeconds": seconds,
            "boundObjectRef": None, **(obj.get("spec") or {})}
    return {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": store.now()},
            "spec": spec, "status": {"token": made, "expirationTimestamp": store.now()}}
