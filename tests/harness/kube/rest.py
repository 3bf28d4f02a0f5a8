"""The verbs on objects: create, get, update, patch, delete. Lists and watches are lists.py's."""

import copy

from harness.kube import admission, bodies, fields, patches, schema, statuses, store

JSON, MERGE = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"

# Whose generation counts changes of the spec.
_COUNTED = ("apps", "batch", "networking.k8s.io", "policy", "apiextensions.k8s.io")


def is_dry(call):
    words = call.query.get("dryRun", [])
    for word in words:
        if word != "All":
            raise statuses.invalid_option("dryRun", word, ("All",))
    return bool(words)


def manager_of(call):
    given = call.first("fieldManager")
    return given or (call.headers.get("User-Agent") or "unknown").partition("/")[0]


def new_object(cluster, call, resource, obj=None):
    """The body of a create, checked and filled in; not stored."""
    obj = bodies.decode(call) if obj is None else obj
    namespace = call.named.namespace
    expected = f"{resource.group}/{resource.version}" if resource.group else resource.version
    obj.setdefault("apiVersion", expected)
    obj.setdefault("kind", resource.kind)
    if obj["apiVersion"] != expected:
        raise statuses.bad_request(f"the API version in the data ({obj['apiVersion']}) does not match the "
                                   f"expected API version ({expected})")
    if obj["kind"] != resource.kind:
        raise statuses.bad_request(f"{obj['kind']} in version \"{resource.version}\" cannot be handled as a "
                                   f"{resource.kind}: no kind \"{obj['kind']}\" is registered")
    meta = obj["metadata"] = obj.get("metadata") or {}
    if resource.namespaced:
        if meta.setdefault("namespace", namespace) != namespace:
            raise statuses.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request")
    bodies.strictly(call, resource.kind, obj, expected)
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"] + cluster.suffix()
    _must_have_room(cluster, resource, namespace, meta.get("name", ""))
    return obj


def _must_have_room(cluster, resource, namespace, name):
    if not resource.namespaced:
        return
    room = cluster.store.objects["namespaces"].get(("", namespace))
    if room is None:
        raise statuses.Refused(404, f'namespaces "{namespace}" not found',
                               details={"name": namespace, "kind": "namespaces"})
    if store.get(room, "status.phase") == "Terminating":
        raise statuses.forbidden(resource, name, f"unable to create new content in namespace {namespace} "
                                 "because it is being terminated")


def _born(cluster, resource, obj):
    meta = obj["metadata"]
    for name in ("resourceVersion", "deletionTimestamp", "selfLink"):
        meta.pop(name, None)
    meta["uid"] = cluster.store.uid()
    meta["creationTimestamp"] = meta.get("creationTimestamp") or store.now()
    if resource.group in _COUNTED or resource.custom:
        meta["generation"] = 1
    if "status" in resource.parts and resource.full not in ("pods", "nodes", "namespaces"):
        obj.pop("status", None)
    admission.fill(resource, obj, cluster)
    admission.validate(resource, obj)


def _store(cluster, call, resource, obj):
    if is_dry(call):
        obj["metadata"].setdefault("resourceVersion", str(cluster.store.version))
        return obj
    made = cluster.store.put(resource, obj)
    if resource.kind == "CustomResourceDefinition":
        cluster.define(made)
    return made


def create(cluster, call, resource, obj=None):
    obj = new_object(cluster, call, resource, obj)
    meta = obj["metadata"]
    if not call.body or not meta.get("managedFields"):
        meta.pop("managedFields", None)
    meta.pop("creationTimestamp", None)
    _born(cluster, resource, obj)
    if cluster.store.find(resource, meta.get("namespace", ""), meta["name"]):
        raise statuses.already_exists(resource, meta["name"])
    if resource.kind == "CertificateSigningRequest":
        obj["spec"].update(username=call.user.name, groups=call.user.groups)
    kept = fields.Fields(None)
    kept.changed(None, obj, manager_of(call), "", schema.of_kind(resource.kind))
    return _store(cluster, call, resource, obj)


def _kept_meta(live, obj):
    """What a request cannot change of an object that is there."""
    meta = obj.setdefault("metadata", {})
    if meta.get("uid") and meta["uid"] != live["metadata"]["uid"]:
        return False
    for name in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
                 "name", "namespace"):
        if name in live["metadata"]:
            meta[name] = live["metadata"][name]
        else:
            meta.pop(name, None)
    return True


def _changed(cluster, call, resource, live, obj):
    """Puts a changed object in the place of the live one, if anything is different."""
    named = call.named
    version = store.get(obj, "metadata.resourceVersion", "")
    if version and version != live["metadata"]["resourceVersion"]:
        raise statuses.conflict(resource, named.name, statuses.MODIFIED)
    if not _kept_meta(live, obj):
        raise statuses.conflict(resource, named.name, "Precondition failed: UID in precondition: "
                                f"{obj['metadata']['uid']}, UID in object meta: {live['metadata']['uid']}")
    obj["apiVersion"], obj["kind"] = live["apiVersion"], live["kind"]
    if named.part == "status":
        obj = {**live, "status": obj.get("status"), "metadata": {
            **live["metadata"], "managedFields": obj["metadata"].get("managedFields", [])}}
    elif "status" in resource.parts and named.part == "":
        obj["status"] = live.get("status", {})
    admission.fill(resource, obj, cluster)
    if named.part in ("", "scale"):
        admission.validate(resource, obj, live)
    if "generation" in live["metadata"] and obj.get("spec") != live.get("spec"):
        obj["metadata"]["generation"] = live["metadata"]["generation"] + 1
    return obj


def _finish(cluster, call, resource, live, obj):
    obj["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
    if obj == live:
        return live
    stored = _store(cluster, call, resource, obj)
    if stored["metadata"].get("deletionTimestamp") and not is_dry(call):
        cluster.controllers.maybe_gone(resource, stored)
    return stored


def update(cluster, call, resource):
    obj = bodies.decode(call)
    bodies.strictly(call, resource.kind, obj, resource.api_version)
    return replace(cluster, call, resource, obj)


def replace(cluster, call, resource, obj):
    """An update whose object is at hand."""
    named = call.named
    with cluster.store.changed:
        live = cluster.store.must_find(resource, named.namespace, named.name)
        given = store.get(obj, "metadata.name", "")
        if given and given != named.name:
            raise statuses.bad_request(f"the name of the object ({given}) does not match the name on the URL "
                                       f"({named.name})")
        obj = _changed(cluster, call, resource, live, copy.deepcopy(obj))
        obj["metadata"]["managedFields"] = store.get(live, "metadata.managedFields", [])
        part = named.part if named.part in ("status", "scale") else ""
        fields.Fields(live).changed(live, obj, manager_of(call), part, schema.of_kind(resource.kind))
        return _finish(cluster, call, resource, live, obj)


def patched(live, call, resource):
    """What a patch that is no apply makes of an object."""
    how, _ = bodies.media_type(call.headers.get("Content-Type", ""))
    patch = bodies.decode(call, (JSON, MERGE, STRATEGIC))
    if how == JSON:
        return patches.json_patch(live, patch)
    if how == MERGE:
        return copy.deepcopy(patches.merge(live, patch))
    return copy.deepcopy(patches.strategic(live, patch, schema.of_kind(resource.kind)))


def patch(cluster, call, resource):
    """The object and whether it is new."""
    how, _ = bodies.media_type(call.headers.get("Content-Type", ""))
    known = [JSON, MERGE, APPLY] if resource.custom else [JSON, MERGE, STRATEGIC, APPLY]
    if how not in known:
        raise statuses.unsupported_patch(known)
    if how == APPLY:
        return apply(cluster, call, resource)
    named = call.named
    with cluster.store.changed:
        live = cluster.store.must_find(resource, named.namespace, named.name)
        obj = patched(live, call, resource)
        bodies.strictly(call, resource.kind, obj, resource.api_version)
        claimed = store.get(obj, "metadata.managedFields")
        obj = _changed(cluster, call, resource, live, obj)
        if claimed != store.get(live, "metadata.managedFields"):
            live = {**live, "metadata": {**live["metadata"], "managedFields": claimed or []}}
        part = named.part if named.part in ("status", "scale") else ""
        fields.Fields(live).changed(live, obj, manager_of(call), part, schema.of_kind(resource.kind))
        return _finish(cluster, call, resource, live, obj), False


def apply(cluster, call, resource):
    config = bodies.decode(call, (APPLY,))
    named, manager = call.named, call.first("fieldManager")
    if not manager:
        raise statuses.Refused(
            422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for '
            "apply patch", "Invalid")
    if store.get(config, "metadata.managedFields"):
        raise statuses.bad_request("metadata.managedFields must be nil")
    given = store.get(config, "metadata.name", named.name)
    if given != named.name:
        raise statuses.bad_request(f"the name of the object ({given}) does not match the name on the URL "
                                   f"({named.name})")
    config.setdefault("metadata", {}).pop("creationTimestamp", None)
    _typed(resource, config, named)
    with cluster.store.changed:
        live = cluster.store.find(resource, named.namespace, named.name)
        who = manager, call.is_set("force"), named.part
        kept, kind = fields.Fields(live), schema.of_kind(resource.kind)
        if live is None:
            return _applied_anew(cluster, call, resource, config, (kept, who, kind)), True
        if store.get(config, "metadata.resourceVersion", live["metadata"]["resourceVersion"]) != (
                live["metadata"]["resourceVersion"]):
            raise statuses.conflict(resource, named.name, statuses.MODIFIED)
        obj = kept.applied(live, config, who, kind)
        owners = obj["metadata"]["managedFields"]
        obj = _changed(cluster, call, resource, live, obj)
        obj["metadata"]["managedFields"] = owners
        return _finish(cluster, call, resource, live, obj), False


def _typed(resource, config, named):
    found = schema.check(resource.kind, config)
    if found.unknown or found.wrong:
        where = f"{named.namespace}/{named.name}" if named.namespace else f"/{named.name}"
        what = f".{found.unknown[0]}: field not declared in schema" if found.unknown else found.wrong
        raise statuses.Refused(500, f"failed to create typed patch object ({where}; {resource.api_version}, "
                               f"Kind={resource.kind}): {what}", "")


def _applied_anew(cluster, call, resource, config, how):
    kept, who, kind = how
    config["metadata"]["name"] = call.named.name
    obj = new_object(cluster, call, resource, copy.deepcopy(config))
    empty = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": {}}
    made = kept.applied(empty, obj, who, kind)
    owners = made["metadata"].pop("managedFields")
    _born(cluster, resource, made)
    made["metadata"]["managedFields"] = owners
    return _store(cluster, call, resource, made)


# Deletes.

def _delete_options(call):
    options = bodies.decode(call) if call.body else {}
    for name in ("gracePeriodSeconds", "propagationPolicy", "dryRun"):
        if name in call.query:
            options[name] = call.query[name] if name == "dryRun" else call.first(name)
    if options.get("dryRun"):
        call.query["dryRun"] = options["dryRun"]
    return options


def delete(cluster, call, resource, name=None):
    """What answers: the object while it goes, or a Status."""
    options = _delete_options(call)
    named = call.named
    with cluster.store.changed:
        live = cluster.store.must_find(resource, named.namespace, name or named.name)
        _check_preconditions(resource, live, options.get("preconditions") or {})
        if is_dry(call):
            return live if resource.full == "pods" else statuses.deleted(resource, live)
        return cluster.controllers.delete(resource, live, options)


def _check_preconditions(resource, live, wanted):
    for field, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        if wanted.get(field, live["metadata"][field]) != live["metadata"][field]:
            raise statuses.conflict(
                resource, live["metadata"]["name"], f"Precondition failed: {word} in precondition: "
                f"{wanted[field]}, {word} in object meta: {live['metadata'][field]}")
