"""What the API server makes of an object before it stores it: defaults, and what may not be."""

import base64
import re

from harness.kube import statuses, store

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_WORDS = ("a lowercase RFC 1123 {} must consist of lower case alphanumeric characters{} '-'{}, and "
                "must start and end with an alphanumeric character (e.g. '{}', regex used for "
                "validation is '{}')")
_SUBDOMAIN_WORDS = _LABEL_WORDS.format("subdomain", ",", " or '.'", "example.com",
                                       r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SHORT_WORDS = _LABEL_WORDS.format("label", " or", "", "my-name', or '123-abc",
                                   "[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def _default(obj, **defaults):
    for name, value in defaults.items():
        obj.setdefault(name, value)


def _pod_spec(spec):
    _default(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst",
             securityContext={}, schedulerName="default-scheduler")
    if "serviceAccountName" in spec:
        _default(spec, serviceAccount=spec["serviceAccountName"])
    for one in spec.get("containers", []) + spec.get("initContainers", []) + spec.get("ephemeralContainers",
                                                                                      []):
        tagged = re.search(r":(?!latest$)[\w.-]+$|@", one.get("image", ""))
        _default(one, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File",
                 imagePullPolicy="IfNotPresent" if tagged else "Always")
        if one not in spec.get("ephemeralContainers", []):
            _default(one, resources={})
        for port in one.get("ports", []):
            _default(port, protocol="TCP")


def _pod(obj, cluster):
    spec = obj.setdefault("spec", {})
    _pod_spec(spec)
    _default(spec, serviceAccountName="default", serviceAccount="default", enableServiceLinks=True,
             preemptionPolicy="PreemptLowerPriority", priority=0)
    obj.setdefault("status", {"phase": "Pending", "qosClass": "BestEffort"})


def _template(obj):
    template = obj["spec"].setdefault("template", {})
    template.setdefault("metadata", {})
    template["metadata"].setdefault("creationTimestamp", None)
    _pod_spec(template.setdefault("spec", {}))


def _deployment(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    rolling = {"maxUnavailable": "25%", "maxSurge": "25%"}
    strategy = spec.setdefault("strategy", {})
    _default(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy["rollingUpdate"] = {**rolling, **(strategy.get("rollingUpdate") or {})}
    _template(obj)
    obj.setdefault("status", {})


def _replica_set(obj, cluster):
    _default(obj.setdefault("spec", {}), replicas=1)
    _template(obj)
    obj.setdefault("status", {"replicas": 0})


def _service(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, type="ClusterIP", sessionAffinity="None", internalTrafficPolicy="Cluster")
    if spec["type"] != "ExternalName":
        if "clusterIP" not in spec:
            spec["clusterIP"] = cluster.address("10.96.0")
        _default(spec, clusterIPs=[spec["clusterIP"]], ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack")
    for port in spec.get("ports", []):
        _default(port, protocol="TCP", targetPort=port.get("port"))
    obj.setdefault("status", {"loadBalancer": {}})


def _namespace(obj, cluster):
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {"phase": "Active"})


def _secret(obj, cluster):
    obj.setdefault("type", "Opaque")
    for name, text in obj.pop("stringData", {}).items():
        obj.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _definition(obj, cluster):
    names = obj.setdefault("spec", {}).setdefault("names", {})
    _default(names, singular=names.get("kind", "").lower(), listKind=names.get("kind", "") + "List")
    obj["spec"].setdefault("conversion", {"strategy": "None"})
    obj.setdefault("status", {
        "conditions": [{"type": kind, "status": "True", "reason": reason, "message": words,
                        "lastTransitionTime": store.now()} for kind, reason, words in (
                            ("NamesAccepted", "NoConflicts", "no conflicts found"),
                            ("Established", "InitialNamesAccepted", "the initial names have been accepted"))],
        "acceptedNames": names,
        "storedVersions": [one["name"] for one in obj["spec"].get("versions", []) if one.get("storage")]})


def _request(obj, cluster):
    obj.setdefault("status", {})


_DEFAULTS = {"pods": _pod, "deployments.apps": _deployment, "replicasets.apps": _replica_set,
             "services": _service, "namespaces": _namespace, "secrets": _secret,
             "customresourcedefinitions.apiextensions.k8s.io": _definition,
             "certificatesigningrequests.certificates.k8s.io": _request}


def fill(resource, obj, cluster):
    """Puts in what was left out. The object is the caller's to change."""
    if resource.full in _DEFAULTS:
        _DEFAULTS[resource.full](obj, cluster)


def _required(obj, path):
    return [] if store.get(obj, path) not in (None, "", [], {}) else [
        (path, "FieldValueRequired", "Required value")]


def _pod_causes(spec, path):
    causes = _required({"spec": spec}, "spec.containers") if spec is not None else []
    causes = [(path + ".containers", reason, words) for _, reason, words in causes]
    seen = set()
    for number, one in enumerate((spec or {}).get("containers") or []):
        where = f"{path}.containers[{number}]"
        if not one.get("image"):
            causes.append((where + ".image", "FieldValueRequired", "Required value"))
        if not one.get("name"):
            causes.append((where + ".name", "FieldValueRequired", "Required value"))
        elif not _LABEL.fullmatch(one["name"]):
            causes.append((where + ".name", "FieldValueInvalid",
                           f'Invalid value: "{one["name"]}": {_SHORT_WORDS}'))
        if one.get("name") in seen:
            causes.append((where + ".name", "FieldValueDuplicate", f'Duplicate value: "{one["name"]}"'))
        seen.add(one.get("name"))
    return causes


def _workload_causes(obj, before):
    spec = obj.get("spec") or {}
    causes = _required(obj, "spec.selector")
    labels = store.get(spec, "template.metadata.labels", {})
    if not causes and not store.of_selector(spec["selector"])(labels):
        causes.append(("spec.template.metadata.labels", "FieldValueInvalid",
                       f"Invalid value: {_go_map(labels)}: `selector` does not match template `labels`"))
    if before and store.get(before, "spec.selector") != spec.get("selector"):
        causes.append(("spec.selector", "FieldValueInvalid",
                       f"Invalid value: {_go_selector(spec.get('selector'))}: field is immutable"))
    if isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        causes.append(("spec.replicas", "FieldValueInvalid",
                       f"Invalid value: {spec['replicas']}: must be greater than or equal to 0"))
    return causes + _pod_causes(store.get(spec, "template.spec", {}), "spec.template.spec")


def _go_map(labels):
    return "map[string]string{" + ", ".join(f'"{key}":"{value}"' for key,
                                            value in sorted(labels.items())) + "}"


def _go_selector(selector):
    labels = _go_map((selector or {}).get("matchLabels", {}))
    return f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}"


_ROLES = ("roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io",
          "rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io")


def validate(resource, obj, before=None):
    meta = obj["metadata"]
    causes, name = [], meta.get("name", "")
    if not name:
        causes.append(("metadata.name", "FieldValueRequired",
                       "Required value: name or generateName is required"))
    else:
        short = resource.full in ("namespaces", "services")
        if resource.full not in _ROLES and not (_LABEL if short else _SUBDOMAIN).fullmatch(name):
            causes.append(("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": '
                           + (_SHORT_WORDS if short else _SUBDOMAIN_WORDS)))
    if resource.full == "pods":
        causes += _pod_causes(obj.get("spec"), "spec")
    elif resource.full in ("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps"):
        causes += _workload_causes(obj, before)
    elif resource.full == "services" and not (obj.get("spec") or {}).get("ports"):
        if store.get(obj, "spec.type") != "ExternalName" and store.get(obj, "spec.clusterIP") != "None":
            causes.append(("spec.ports", "FieldValueRequired", "Required value"))
    elif resource.full in ("configmaps", "secrets") and before and before.get("immutable"):
        if before.get("data") != obj.get("data"):
            causes.append(("data", "FieldValueForbidden",
                           "Forbidden: field is immutable when `immutable` is set"))
    if causes:
        raise statuses.invalid(resource, name, causes)
