"""The resources of the pretended cluster, a row each, and how a path of the API names one of them."""

from dataclasses import dataclass, field

# group/version, plural, kind, scope, short names, categories, subresources.
_ROWS = """
v1 pods Pod ns po all status,log,exec,attach,portforward,eviction,binding,ephemeralcontainers,proxy
v1 services Service ns svc all status,proxy
v1 configmaps ConfigMap ns cm - -
v1 secrets Secret ns - - -
v1 events Event ns ev - -
v1 endpoints Endpoints ns ep - -
v1 serviceaccounts ServiceAccount ns sa - token
v1 persistentvolumeclaims PersistentVolumeClaim ns pvc - status
v1 replicationcontrollers ReplicationController ns rc all status,scale
v1 resourcequotas ResourceQuota ns quota - status
v1 limitranges LimitRange ns limits - -
v1 podtemplates PodTemplate ns - - -
v1 namespaces Namespace cluster ns - status,finalize
v1 nodes Node cluster no - status,proxy
v1 persistentvolumes PersistentVolume cluster pv - status
apps/v1 deployments Deployment ns deploy all status,scale
apps/v1 replicasets ReplicaSet ns rs all status,scale
apps/v1 statefulsets StatefulSet ns sts all status,scale
apps/v1 daemonsets DaemonSet ns ds all status
apps/v1 controllerrevisions ControllerRevision ns - - -
batch/v1 jobs Job ns - all status
batch/v1 cronjobs CronJob ns cj all status
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler ns hpa all status
networking.k8s.io/v1 ingresses Ingress ns ing - status
networking.k8s.io/v1 networkpolicies NetworkPolicy ns netpol - -
policy/v1 poddisruptionbudgets PodDisruptionBudget ns pdb - status
coordination.k8s.io/v1 leases Lease ns - - -
discovery.k8s.io/v1 endpointslices EndpointSlice ns - - -
storage.k8s.io/v1 storageclasses StorageClass cluster sc - -
rbac.authorization.k8s.io/v1 roles Role ns - - -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding ns - - -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster - - -
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster - - -
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest cluster csr - status,approval
{extensions} customresourcedefinitions CustomResourceDefinition cluster crd,crds api-extensions status
apiregistration.k8s.io/v1 apiservices APIService cluster - api-extensions status
{admission} mutatingwebhookconfigurations MutatingWebhookConfiguration cluster - api-extensions -
{admission} validatingwebhookconfigurations ValidatingWebhookConfiguration cluster - api-extensions -
authentication.k8s.io/v1 tokenreviews TokenReview cluster - - !
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster - - !
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster - - !
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview cluster - - !
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview cluster - - !
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview ns - - !
"""

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_CHANGED = ["get", "patch", "update"]
_PROXIED = ["create", "delete", "get", "patch", "update"]

# What a subresource is to discovery: kind, group, version (empty: the parent's), verbs.
_PARTS = {
    "status": (None, "", "", _CHANGED), "ephemeralcontainers": (None, "", "", _CHANGED),
    "approval": (None, "", "", _CHANGED), "finalize": (None, "", "", ["update"]),
    "log": (None, "", "", ["get"]),
    "scale": ("Scale", "autoscaling", "v1", _CHANGED),
    "exec": ("PodExecOptions", "", "", ["create", "get"]),
    "attach": ("PodAttachOptions", "", "", ["create", "get"]),
    "portforward": ("PodPortForwardOptions", "", "", ["create", "get"]),
    "eviction": ("Eviction", "policy", "v1", ["create"]),
    "binding": ("Binding", "", "", ["create"]),
    "token": ("TokenRequest", "authentication.k8s.io", "v1", ["create"]),
}


@dataclass
class Resource:
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short: list = field(default_factory=list)
    categories: list = field(default_factory=list)
    parts: list = field(default_factory=list)  # Subresources.
    verbs: list = field(default_factory=lambda: list(VERBS))
    singular: str = ""
    custom: dict = None  # The version's part of a CustomResourceDefinition.

    def __post_init__(self):
        self.singular = self.singular or self.kind.lower()
        self.api_version = f"{self.group}/{self.version}" if self.group else self.version
        self.full = f"{self.plural}.{self.group}" if self.group else self.plural

    def part(self, name):
        """Kind, group, version and verbs of a subresource."""
        kind, group, version, verbs = _PARTS.get(name) or (
            self.kind + "ProxyOptions", "", "", _PROXIED)
        return kind or self.kind, group, version, verbs


def _names(text):
    return [] if text == "-" else text.split(",")


def builtin():
    """The rows, as {(group, version, plural): Resource}."""
    found = {}
    rows = _ROWS.strip().format(admission="admissionregistration.k8s.io/v1",
                                extensions="apiextensions.k8s.io/v1")
    for row in rows.splitlines():
        api, plural, kind, scope, short, categories, parts = row.split()
        group, _, version = api.rpartition("/")
        resource = Resource(group, version, plural, kind, scope == "ns", _names(short), _names(categories))
        if parts == "!":
            resource.verbs = ["create"]
        else:
            resource.parts = _names(parts)
        found[group, version, plural] = resource
    return found


def custom(definition):
    """The resources that a CustomResourceDefinition serves."""
    spec = definition["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if version.get("served"):
            yield Resource(spec["group"], version["name"], names["plural"], names["kind"],
                           spec.get("scope") == "Namespaced", names.get("shortNames", []),
                           names.get("categories", []), list(version.get("subresources", {})),
                           singular=names.get("singular", ""), custom=version)


@dataclass
class Named:
    """What a path asks for, as the API server's RequestInfo reads it."""
    path: str
    verb: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    plural: str = ""
    part: str = ""
    name: str = ""
    rest: str = ""  # The inner path of a proxy.
    is_resource: bool = False


_METHODS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch",
            "DELETE": "delete"}


def named(method, path, query):
    words = [word for word in path.split("/") if word]
    found = Named(path, method.lower())
    if len(words) < 3 or words[0] not in ("api", "apis") or (words[0] == "apis" and len(words) < 4):
        return found
    found.is_resource, found.verb = True, _METHODS.get(method, "")
    found.group = words.pop(1) if words[0] == "apis" else ""
    found.version, words = words[1], words[2:]
    if words[0] in ("proxy", "watch") and len(words) > 1:
        found.verb, words = words[0], words[1:]
    if words[0] == "namespaces" and len(words) > 1:
        found.namespace = words[1]
        if len(words) > 2 and words[2] not in ("status", "finalize"):
            words = words[2:]
    found.plural, found.name, found.part = (words + ["", ""])[:3]
    found.rest = path.split(f"/{found.part}", 1)[1] if found.part == "proxy" else ""
    return _of_many(found, query)


def is_true(values):
    """Only what is not there, "false" and "0" are false: Python says `True`."""
    return bool(values) and values[0].lower() not in ("false", "0")


def _of_many(found, query):
    if found.name and found.verb != "watch":
        return found
    if found.verb == "get":
        found.verb = "watch" if is_true(query.get("watch")) else "list"
    elif found.verb == "delete":
        found.verb = "deletecollection"
    for term in ",".join(query.get("fieldSelector", [])).split(","):
        if term.startswith("metadata.name=") and found.verb in ("list", "watch") and not found.name:
            found.name = term.partition("=")[2].lstrip("=")
    return found
