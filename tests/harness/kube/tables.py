"""Objects as rows of a Table, which is how kubectl prints them."""

import datetime

from harness.kube import store

# Columns by resource: name, type, whether only `-o wide` shows it (1). The functions below give the cells.
_COLUMNS = {
    "pods": "Name Ready Status Restarts Age IP:1 Node:1 Nominated_Node:1 Readiness_Gates:1",
    "deployments.apps": "Name Ready Up-to-date:int Available:int Age Containers:1 Images:1 Selector:1",
    "replicasets.apps": "Name Desired:int Current:int Ready:int Age Containers:1 Images:1 Selector:1",
    "services": "Name Type Cluster-IP External-IP Port(s) Age Selector:1",
    "configmaps": "Name Data:int Age",
    "secrets": "Name Type Data:int Age",
    "namespaces": "Name Status Age",
    "nodes": "Name Status Roles Age Version Internal-IP:1 External-IP:1 OS-Image:1 Kernel-Version:1 "
             "Container-Runtime:1",
    "events": "Last_Seen Type Reason Object Subobject:1 Source:1 Message First_Seen:1 Count:1 Name:1",
    "serviceaccounts": "Name Secrets:int Age",
    "roles.rbac.authorization.k8s.io": "Name Created_At",
    "clusterroles.rbac.authorization.k8s.io": "Name Created_At",
    "rolebindings.rbac.authorization.k8s.io": "Name Role Age Users:1 Groups:1 ServiceAccounts:1",
    "clusterrolebindings.rbac.authorization.k8s.io": "Name Role Age Users:1 Groups:1 ServiceAccounts:1",
    "customresourcedefinitions.apiextensions.k8s.io": "Name Created_At",
    "certificatesigningrequests.certificates.k8s.io": "Name Age SignerName Requestor RequestedDuration "
                                                      "Condition",
}


def human(seconds):
    """An age as kubectl says it."""
    seconds = max(0, int(seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    return f"{days // 365}y{days % 365}d" if days < 2920 and days % 365 else f"{days // 365}y"


def _since(stamp):
    if not stamp:
        return "<unknown>"
    then = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return human((datetime.datetime.now(datetime.timezone.utc) - then).total_seconds())


def age(obj):
    return _since(obj["metadata"].get("creationTimestamp"))


def _containers(spec):
    made = store.get(spec, "template.spec.containers", [])
    return [",".join(one["name"] for one in made), ",".join(one["image"] for one in made)]


def _selector(labels):
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def _pod(obj):
    status, spec = obj.get("status", {}), obj["spec"]
    states = status.get("containerStatuses", [])
    word = status.get("reason") or status.get("phase", "Unknown")
    if obj["metadata"].get("deletionTimestamp"):
        word = "Terminating"
    return [obj["metadata"]["name"], f"{sum(one['ready'] for one in states)}/{len(spec['containers'])}", word,
            str(sum(one["restartCount"] for one in states)), age(obj), status.get("podIP", "<none>"),
            spec.get("nodeName", "<none>"), "<none>", "<none>"]


def _deployment(obj):
    status, spec = obj.get("status", {}), obj["spec"]
    return [obj["metadata"]["name"], f"{status.get('readyReplicas', 0)}/{spec['replicas']}",
            status.get("updatedReplicas", 0), status.get("availableReplicas", 0), age(obj),
            *_containers(spec), _selector(spec["selector"].get("matchLabels"))]


def _replica_set(obj):
    status, spec = obj.get("status", {}), obj["spec"]
    return [obj["metadata"]["name"], spec["replicas"], status.get("replicas", 0),
            status.get("readyReplicas", 0),
            age(obj), *_containers(spec), _selector(spec["selector"].get("matchLabels"))]


def _node_port(port):
    return f":{port['nodePort']}" if "nodePort" in port else ""


def _service(obj):
    spec = obj["spec"]
    ports = ",".join(f"{one['port']}{_node_port(one)}/{one['protocol']}" for one in spec.get("ports", []))
    return [obj["metadata"]["name"], spec["type"], spec.get("clusterIP", "<none>"),
            spec.get("externalName", "<none>"), ports or "<none>", age(obj), _selector(spec.get("selector"))]


def _config_map(obj):
    return [obj["metadata"]["name"], len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), age(obj)]


def _secret(obj):
    return [obj["metadata"]["name"], obj.get("type", "Opaque"), len(obj.get("data") or {}), age(obj)]


def _namespace(obj):
    return [obj["metadata"]["name"], store.get(obj, "status.phase", ""), age(obj)]


def _node(obj):
    status = obj["status"]
    ready = next((one["status"] for one in status["conditions"] if one["type"] == "Ready"), "Unknown")
    word = "Ready" if ready == "True" else "NotReady"
    if store.get(obj, "spec.unschedulable"):
        word += ",SchedulingDisabled"
    roles = [key.partition("/")[2] for key in obj["metadata"].get("labels", {})
             if key.startswith("node-role.kubernetes.io/")]
    known = status["nodeInfo"]
    address = next((one["address"] for one in status["addresses"] if one["type"] == "InternalIP"), "<none>")
    return [obj["metadata"]["name"], word, ",".join(roles) or "<none>", age(obj), known["kubeletVersion"],
            address, "<none>", known["osImage"], known["kernelVersion"], known["containerRuntimeVersion"]]


def _event(obj):
    about = obj["involvedObject"]
    return [_since(obj.get("lastTimestamp")), obj.get("type"), obj.get("reason"),
            f"{about.get('kind', '').lower()}/{about.get('name', '')}", about.get("fieldPath", ""),
            store.get(obj, "source.component", ""), (obj.get("message") or "").strip(),
            _since(obj.get("firstTimestamp")), obj.get("count", 1), obj["metadata"]["name"]]


def _service_account(obj):
    return [obj["metadata"]["name"], len(obj.get("secrets") or []), age(obj)]


def _created(obj):
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]


def _binding(obj):
    by = {"User": [], "Group": [], "ServiceAccount": []}
    for one in obj.get("subjects") or []:
        by[one["kind"]].append(f"{one['namespace']}/{one['name']}" if "namespace" in one else one["name"])
    return [obj["metadata"]["name"], f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}", age(obj),
            *(", ".join(names) for names in by.values())]


def _request(obj):
    status, spec = obj.get("status", {}), obj["spec"]
    words = [one["type"] for one in status.get("conditions", [])] or ["Pending"]
    if status.get("certificate"):
        words.append("Issued")
    seconds = spec.get("expirationSeconds")
    return [obj["metadata"]["name"], age(obj), spec["signerName"], spec.get("username", ""),
            human(seconds) if seconds else "<none>", ",".join(words)]


_CELLS = {
    "pods": _pod, "deployments.apps": _deployment, "replicasets.apps": _replica_set, "services": _service,
    "configmaps": _config_map, "secrets": _secret, "namespaces": _namespace, "nodes": _node, "events": _event,
    "serviceaccounts": _service_account, "roles.rbac.authorization.k8s.io": _created,
    "clusterroles.rbac.authorization.k8s.io": _created,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "customresourcedefinitions.apiextensions.k8s.io": _created,
    "certificatesigningrequests.certificates.k8s.io": _request,
}


def _definitions(resource):
    if resource.custom:
        return [{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}] + [
            {"name": one["name"], "type": one["type"], "format": "", "description": "",
             "priority": one.get("priority", 0)} for one in _printed(resource)]
    found = []
    for word in _COLUMNS.get(resource.full, "Name Age").split():
        name, _, more = word.partition(":")
        found.append({"name": name.replace("_", " "), "type": "integer" if more == "int" else "string",
                      "format": "name" if name == "Name" else "", "description": "",
                      "priority": int(more == "1")})
    return found


def _printed(resource):
    return resource.custom.get("additionalPrinterColumns") or [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]


def _cells(resource, obj):
    if resource.custom:
        found = [obj["metadata"]["name"]]
        for column in _printed(resource):
            value = store.get(obj, column["jsonPath"].lstrip("."), "")
            found.append(_since(value) if column["type"] == "date" else value)
        return found
    if resource.full in _CELLS:
        return _CELLS[resource.full](obj)
    return [obj["metadata"]["name"], age(obj)]


def partial(obj, kind="PartialObjectMetadata"):
    return {"kind": kind, "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def table(resource, objects, meta, include="Metadata", header=True):
    rows = []
    for obj in objects:
        row = {"cells": _cells(resource, obj)}
        if include != "None":
            row["object"] = obj if include == "Object" else partial(obj)
        else:
            row["object"] = None
        rows.append(row)
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
            "columnDefinitions": _definitions(resource) if header else [], "rows": rows}


def days_ago(days):
    """A time so long past that every age of a test's run prints the same."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days, hours=1)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")

