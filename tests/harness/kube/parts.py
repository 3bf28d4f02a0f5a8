"""Subresources: status and scale, logs, evictions, bindings, tokens, approvals, proxies. Exec and its like
are streams.py's."""

import copy
import json

from harness.kube import access, bodies, lists, patches, rest, statuses, store


def _scale_of(obj):
    labels = store.get(obj, "spec.selector.matchLabels", {})
    meta = {name: obj["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion",
                                                     "creationTimestamp") if name in obj["metadata"]}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
            "spec": {"replicas": store.get(obj, "spec.replicas", 0)},
            "status": {"replicas": store.get(obj, "status.replicas", 0),
                       "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items()))}}


def _scale(cluster, call, resource):
    named = call.named
    live = cluster.store.must_find(resource, named.namespace, named.name)
    if named.verb == "get":
        return bodies.answer(call, _scale_of(live), bodies.accepted(call))
    if named.verb == "patch":
        scale = patches.merge(_scale_of(live), bodies.decode(call, (rest.MERGE, rest.STRATEGIC, rest.JSON)))
    elif named.verb == "update":
        scale = bodies.decode(call)
        given = store.get(scale, "metadata.resourceVersion")
        if given and given != live["metadata"]["resourceVersion"]:
            raise statuses.conflict(resource, named.name, statuses.MODIFIED)
    else:
        raise statuses.method_not_allowed(resource)
    changed = copy.deepcopy(live)
    changed["spec"]["replicas"] = store.get(scale, "spec.replicas", 0)
    changed["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
    bodies.answer(call, _scale_of(rest.replace(cluster, call, resource, changed)), bodies.accepted(call))


def _ordinary(cluster, call, resource):
    """Status, ephemeral containers, finalize, approval: the object by another door."""
    named = call.named
    if named.verb == "get":
        return bodies.answer_object(call, resource,
                                    cluster.store.must_find(resource, named.namespace, named.name))
    if named.verb == "update":
        obj = rest.update(cluster, call, resource)
    elif named.verb == "patch":
        obj, _ = rest.patch(cluster, call, resource)
    else:
        raise statuses.method_not_allowed(resource)
    bodies.answer_object(call, resource, obj)


def _approval(cluster, call, resource):
    if call.named.verb == "update":
        given = bodies.decode(call)
        live = cluster.store.must_find(resource, "", call.named.name)
        if any(one["type"] == "Approved" for one in store.get(given, "status.conditions", [])):
            given["status"]["certificate"] = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
        obj = {**live, "status": given["status"], "metadata": dict(live["metadata"])}
        return bodies.answer_object(call, resource, cluster.store.put(resource, obj))
    _ordinary(cluster, call, resource)


def _eviction(cluster, call, resource):
    named, eviction = call.named, bodies.decode(call)
    live = cluster.store.must_find(resource, named.namespace, named.name)
    options = eviction.get("deleteOptions") or {}
    if options.get("dryRun"):
        call.query["dryRun"] = options["dryRun"]
    for budget in cluster.store.all("poddisruptionbudgets.policy", named.namespace):
        labels = store.get(live, "metadata.labels", {})
        if store.of_selector(budget["spec"].get("selector"))(labels) and budget["spec"].get("minAvailable"):
            raise statuses.Refused(429, "Cannot evict pod as it would violate the pod's disruption budget.",
                                   details={"causes": [{"reason": "DisruptionBudget", "message":
                                                        f"The disruption budget {budget['metadata']['name']} "
                                                        "needs more healthy pods"}]})
    call.body = json.dumps(options).encode()
    rest.delete(cluster, call, resource)
    call.answer_json(_success(), 201)


def _success():
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _binding(cluster, call, resource):
    named, binding = call.named, bodies.decode(call)
    live = cluster.store.must_find(resource, named.namespace, named.name)
    if live["spec"].get("nodeName"):
        raise statuses.conflict(resource, named.name, f'pod {named.name} is already assigned to node '
                                f'"{live["spec"]["nodeName"]}"')
    bound = copy.deepcopy(live)
    bound["spec"]["nodeName"] = binding["target"]["name"]
    if not rest.is_dry(call):
        cluster.store.put(resource, bound)
    call.answer_json(_success(), 201)


def _token(cluster, call, resource):
    named = call.named
    cluster.store.must_find(resource, named.namespace, named.name)
    asked = bodies.decode(call)
    bodies.answer(call, access.account_token(cluster, asked, named.namespace, named.name),
                  bodies.accepted(call), 201)


def container_of(pod, wanted):
    """The container a request is about; with many, it has to say which."""
    spec = pod["spec"]
    names = [one["name"] for one in spec["containers"] + spec.get("ephemeralContainers", [])]
    name = pod["metadata"]["name"]
    if not wanted and len(spec["containers"]) > 1:
        marked = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
        if marked not in names:
            raise statuses.bad_request(f"a container name must be specified for pod {name}, choose one of: "
                                       f"[{' '.join(names)}]")
        wanted = marked
    wanted = wanted or names[0]
    if wanted not in names:
        raise statuses.bad_request(f"container {wanted} is not valid for pod {name}")
    return wanted


def _log(cluster, call, resource):
    named = call.named
    pod = cluster.store.must_find(resource, named.namespace, named.name)
    container = container_of(pod, call.first("container"))
    if call.is_set("previous"):
        raise statuses.bad_request(
            f'previous terminated container "{container}" in pod "{named.name}" not found')
    log = cluster.pods.of(pod).log(container)
    tail, at = call.first("tailLines"), 0
    if tail:
        at = max(0, len(log.lines) - int(tail))
    left = int(call.first("limitBytes") or 0) or None
    call.begin(200, {"Content-Type": "text/plain"})
    while not (call.is_gone() or cluster.is_closing):
        lines, ended = log.since(at, 0.2 if call.is_set("follow") else 0)
        at += len(lines)
        stamped = call.is_set("timestamps")
        text = "".join((f"{when} " if stamped else "") + line + "\n" for when, line in lines)
        data = text.encode()[:left]
        call.write(data)
        if left is not None:
            left -= len(data)
        if not call.is_set("follow") or ended or left == 0:
            break
    call.end()


def _proxy(cluster, call, resource):
    """What is behind says what it was asked."""
    named = call.named
    scheme, _, rest_of = named.name.rpartition(":") if named.name.count(":") > 1 else ("", "", named.name)
    name = (scheme.partition(":")[2] or rest_of).partition(":")[0] if scheme else rest_of.partition(":")[0]
    cluster.store.must_find(resource, named.namespace, name)
    hidden = ("authorization", "x-forwarded-for", "impersonate-user", "user-agent", "accept-encoding")
    seen = {"proxied": resource.plural, "name": named.name, "method": call.method, "path": named.rest or "/",
            "query": call.target.partition("?")[2], "body": call.body.decode("latin-1"),
            "headers": {key.lower(): value for key, value in call.headers.items()
                        if key.lower() not in hidden and key.lower() in ("content-type", "x-inner")}}
    call.answer_json(seen)


_PARTS = {"status": _ordinary, "ephemeralcontainers": _ordinary, "finalize": _ordinary, "approval": _approval,
          "scale": _scale, "eviction": _eviction, "binding": _binding, "token": _token, "log": _log,
          "proxy": _proxy}
_ONLY = {"eviction": "create", "binding": "create", "token": "create", "log": "get"}


def serve(cluster, call, resource):
    part = call.named.part
    if part not in resource.parts:
        raise statuses.no_such_page()
    if _ONLY.get(part, call.named.verb) != call.named.verb:
        raise statuses.method_not_allowed(resource)
    if part in ("exec", "attach", "portforward"):
        return cluster.streams.serve(cluster, call, resource)
    return _PARTS[part](cluster, call, resource)


def serve_object(cluster, call, resource):
    """The verbs on objects themselves."""
    verb = call.named.verb
    if verb not in resource.verbs:
        raise statuses.method_not_allowed(resource)
    if resource.verbs == ["create"]:
        if resource.namespaced and not call.named.namespace:
            raise statuses.method_not_allowed(resource)
        return bodies.answer(call, access.review(cluster, call, resource, bodies.decode(call)),
                             bodies.accepted(call), 201)
    if verb in ("create", "deletecollection") and resource.namespaced and not call.named.namespace:
        raise statuses.method_not_allowed(resource)
    if verb == "list":
        return lists.answer_list(cluster, call, resource)
    if verb == "watch":
        return lists.Watch(cluster, call, resource).run()
    if verb == "deletecollection":
        return lists.delete_all(cluster, call, resource)
    return _one_object(cluster, call, resource)


def _one_object(cluster, call, resource):
    named = call.named
    if named.verb == "get":
        return bodies.answer_object(call, resource,
                                    cluster.store.must_find(resource, named.namespace, named.name))
    if named.verb == "create":
        if named.name:
            raise statuses.method_not_allowed(resource)
        with cluster.store.changed:
            made = rest.create(cluster, call, resource)
        return bodies.answer_object(call, resource, made, 201)
    if not named.name:
        raise statuses.method_not_allowed(resource)
    if named.verb == "delete":
        found = rest.delete(cluster, call, resource)
        if found["kind"] == "Status":
            return bodies.answer(call, found, bodies.accepted(call))
        return bodies.answer_object(call, resource, found)
    obj, is_new = rest.patch(cluster, call, resource) if named.verb == "patch" else (
        rest.update(cluster, call, resource), False)
    return bodies.answer_object(call, resource, obj, 201 if is_new else 200)
