"""What the cluster serves, in the three forms clients ask for: by version, all at once, and as OpenAPI."""

import hashlib
import json

from harness.kube import schema, schema_rows

MINOR = 32
VERSION = {"major": "1", "minor": str(MINOR), "gitVersion": f"v1.{MINOR}.4", "gitTreeState": "clean",
           "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335", "buildDate": "2025-04-22T16:02:27Z",
           "goVersion": "go1.23.6", "compiler": "gc", "platform": "linux/amd64"}


def groups(resources):
    """{group: [version...]} in the order they were told."""
    found = {}
    for group, version, _ in resources:
        if version not in found.setdefault(group, []):
            found[group].append(version)
    return found


def _storage_hash(resource):
    return hashlib.sha256(resource.full.encode()).hexdigest()[:11] + "="


def resource_list(resources, group, version):
    rows = []
    for (one, other, _), resource in sorted(resources.items(), key=lambda item: item[0]):
        if (one, other) != (group, version):
            continue
        row = {"name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
               "kind": resource.kind, "verbs": resource.verbs}
        if resource.short:
            row["shortNames"] = resource.short
        if resource.categories:
            row["categories"] = resource.categories
        if "list" in resource.verbs:
            row["storageVersionHash"] = _storage_hash(resource)
        rows.append(row)
        for name in resource.parts:
            kind, of, at, verbs = resource.part(name)
            row = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced}
            if at:
                row.update(group=of, version=at)
            rows.append({**row, "kind": kind, "verbs": verbs})
    return {"kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": f"{group}/{version}" if group else version, "resources": rows}


def _group(name, versions):
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def group_list(resources):
    return {"kind": "APIGroupList", "apiVersion": "v1",
            "groups": [_group(name, versions) for name, versions in groups(resources).items() if name]}


def group(resources, name):
    versions = groups(resources).get(name)
    return versions and {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def legacy():
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [
        {"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}]}


def aggregated(resources, is_legacy, version):
    items = []
    for name, versions in groups(resources).items():
        if (name == "") == is_legacy:
            meta = {"creationTimestamp": None, **({"name": name} if name else {})}
            items.append({"metadata": meta, "versions": [_aggregated_version(resources, name, one)
                                                         for one in versions]})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {},
            "items": items}


def _aggregated_version(resources, group_name, version):
    rows = []
    for (one, other, _), resource in sorted(resources.items(), key=lambda item: item[0]):
        if (one, other) != (group_name, version):
            continue
        row = {"resource": resource.plural, "singularResource": resource.singular, "verbs": resource.verbs,
               "responseKind": {"group": resource.group, "version": version, "kind": resource.kind},
               "scope": "Namespaced" if resource.namespaced else "Cluster"}
        if resource.short:
            row["shortNames"] = resource.short
        if resource.categories:
            row["categories"] = resource.categories
        parts = []
        for name in resource.parts:
            kind, of, at, verbs = resource.part(name)
            parts.append({"subresource": name, "verbs": verbs, "responseKind": {
                "group": of if at else resource.group, "version": at or version, "kind": kind}})
        rows.append({**row, "subresources": parts} if parts else row)
    return {"version": version, "resources": rows, "freshness": "Current"}


# OpenAPI.

_WORDS = {"string": {"type": "string"}, "int": {"type": "integer", "format": "int32"},
          "bool": {"type": "boolean"}, "time": {"type": "string", "format": "date-time"},
          "intstr": {"type": "string", "format": "int-or-string"}, "any": {"type": "object"}}


def _model(name):
    """The name a type has among the schemas."""
    group_name = "apimachinery.pkg.apis.meta" if name in ("ObjectMeta", "OwnerReference", "LabelSelector",
                                                          "LabelSelectorRequirement") else "api.core"
    return f"io.k8s.{group_name}.v1.{name}"


def _kind_model(resource):
    group_name = resource.group.split(".")[0] or "core"
    return f"io.k8s.api.{group_name}.{resource.version}.{resource.kind}"


def _property(field, at, three):
    if field.type in schema.TYPES:
        inner = {"$ref": at + _model(field.type)}
        if three:
            inner = {"allOf": [inner], "default": {}}
    else:
        inner = dict(_WORDS[field.type])
    made = {"one": inner, "list": {"type": "array", "items": inner},
            "map": {"type": "object", "additionalProperties": inner}}[field.shape]
    if field.shape == "list":
        made["x-kubernetes-list-type"] = "map" if field.keys else "set" if field.is_set else "atomic"
        if field.keys:
            made["x-kubernetes-list-map-keys"] = list(field.keys)
        if field.patch_key:
            made["x-kubernetes-patch-merge-key"] = field.patch_key
        if field.patch_key or field.is_set:
            made["x-kubernetes-patch-strategy"] = "merge"
    return made


def _schema(kind, at, three):
    made = {"type": "object", "description": schema_rows.WORDS.get(kind.name, f"{kind.name} of the cluster."),
            "properties": {field.name: _property(field, at, three) for field in kind.fields.values()}}
    required = [field.name for field in kind.fields.values() if field.required]
    if required:
        made["required"] = required
    if kind.is_open:
        made["x-kubernetes-preserve-unknown-fields"] = True
    return made


def _models(resources, at, three):
    made = {_model(name): _schema(kind, at, three) for name, kind in schema.TYPES.items()
            if name not in schema.KIND_NAMES}
    for resource in resources:
        made[_kind_model(resource)] = {**_schema(schema.of_kind(resource.kind), at, three),
                                       "x-kubernetes-group-version-kind": [
                                           {"group": resource.group, "version": resource.version,
                                            "kind": resource.kind}]}
    return made


_PATCHES = ["application/json-patch+json", "application/merge-patch+json",
            "application/strategic-merge-patch+json", "application/apply-patch+yaml"]


def _operation(resource, action, three):
    made = {"operationId": f"{action}{resource.kind}", "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": resource.group, "version": resource.version,
                                                "kind": resource.kind},
            "responses": {"200": {"description": "OK"}}}
    if action in ("post", "put", "patch", "delete"):
        names = ["dryRun"] + (["fieldManager", "fieldValidation"] if action != "delete" else [])
        made["parameters"] = [
            {"name": name, "in": "query", "description": name,
             **({"schema": {"type": "string", "uniqueItems": True}} if three else {"type": "string"})}
            for name in names]
    accepted = [one for one in _PATCHES if not (resource.custom and "strategic" in one)]
    if action == "patch" and three:
        made["requestBody"] = {"content": {one: {"schema": {"type": "object"}} for one in accepted}}
    elif action == "patch":
        made["consumes"] = accepted
    return made


def paths_of(resource):
    prefix = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    if resource.namespaced:
        prefix += "/namespaces/{namespace}"
    return f"{prefix}/{resource.plural}", f"{prefix}/{resource.plural}/{{name}}"


def _paths(resources, three):
    made = {}
    for resource in resources:
        many, one = paths_of(resource)
        made[many] = {"get": _operation(resource, "list", three), "post": _operation(resource, "post", three)}
        if "patch" in resource.verbs:
            made[one] = {action: _operation(resource, action, three) for action in ("get", "put", "patch",
                                                                                    "delete")}
    return made


_TITLE = {"title": "Kubernetes", "version": VERSION["gitVersion"]}


def openapi_two(resources):
    every = list(resources.values())
    return {"swagger": "2.0", "info": _TITLE, "paths": _paths(every, False),
            "definitions": _models(every, "#/definitions/", False)}


def openapi_three(resources, group_name, version):
    some = [resource for key, resource in resources.items() if key[:2] == (group_name, version)]
    return some and {"openapi": "3.0.0", "info": _TITLE, "paths": _paths(some, True),
                     "components": {"schemas": _models(some, "#/components/schemas/", True)}}


def openapi_three_index(resources):
    found = {}
    for name, versions in groups(resources).items():
        for version in versions:
            path = f"apis/{name}/{version}" if name else f"api/{version}"
            mark = hashlib.sha256(json.dumps(openapi_three(resources, name, version)).encode()).hexdigest()
            found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={mark.upper()}"}
    return {"paths": found}
