"""What the server says outside its objects: version, health, discovery, OpenAPI, metrics."""

import hashlib
import json

from harness.kube import bodies, discovery, statuses

_HEALTH = ("healthz", "livez", "readyz")
_CHECKS = ("ping", "log", "etcd", "poststarthook/start-apiextensions-informers")


def _health(cluster, call, words):
    if len(words) > 1 and "/".join(words[1:]) not in _CHECKS:
        raise statuses.no_such_page()
    said = "ok"
    if "verbose" in call.query:
        said = "".join(f"[+]{one} ok\n" for one in _CHECKS) + f"{words[0]} check passed\n"
    call.answer(200, said.encode(), "text/plain; charset=utf-8", X_Content_Type_Options="nosniff")


def _discovery(cluster, call, words):
    if len(words) == 1:
        return _groups(cluster, call, words[0] == "api")
    if words[0] == "api":
        found = discovery.resource_list(cluster.resources, "", words[1]) if words[1] == "v1" else None
    elif len(words) == 2:
        found = discovery.group(cluster.resources, words[1])
    else:
        known = (words[1], words[2]) in {key[:2] for key in cluster.resources}
        found = discovery.resource_list(cluster.resources, words[1], words[2]) if known else None
    if not found or len(words) > 3:
        raise statuses.no_such_page()
    bodies.answer(call, found, bodies.accepted(call))


def _groups(cluster, call, is_legacy):
    wanted = bodies.accepted(call, ("APIGroupDiscoveryList",))
    call.fields["Vary"] = "Accept"
    if wanted.as_kind and wanted.version in ("v2", "v2beta1"):
        made = discovery.aggregated(cluster.resources, is_legacy, wanted.version)
        call.fields["ETag"] = '"' + hashlib.sha256(json.dumps(made).encode()).hexdigest().upper() + '"'
        if call.headers.get("If-None-Match") == call.fields["ETag"]:
            return call.answer_unchanged()
        kind = f"application/json;g=apidiscovery.k8s.io;v={wanted.version};as=APIGroupDiscoveryList"
        return call.answer_json(made, content_type=kind)
    bodies.answer(call, discovery.legacy() if is_legacy else discovery.group_list(cluster.resources), wanted)


def _openapi(cluster, call, words):
    if words[1:] == ["v2"]:
        if not any(kind in (call.headers.get("Accept") or "*/*") for kind in ("json", "*/*")):
            return call.answer(406, b"")
        return call.answer_json(discovery.openapi_two(cluster.resources))
    if words[1:] == ["v3"]:
        return call.answer_json(discovery.openapi_three_index(cluster.resources))
    group, version = (words[3], words[4]) if words[2:3] == ["apis"] and len(words) == 5 else ("", words[-1])
    if words[1] != "v3" or words[2] not in ("api", "apis"):
        raise statuses.no_such_page()
    found = discovery.openapi_three(cluster.resources, group, version)
    if not found:
        raise statuses.no_such_page()
    call.answer_json(found)


def _version(cluster, call, words):
    call.answer(200, json.dumps({**discovery.VERSION, **cluster.version_words}, indent=2).encode())


def _metrics(cluster, call, words):
    text = ("# HELP apiserver_request_total Counter of apiserver requests.\n"
            "# TYPE apiserver_request_total counter\n"
            f'apiserver_request_total{{code="200",verb="GET"}} {len(cluster.server.requests)}\n')
    call.answer(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")


_PAGES = {"api": _discovery, "apis": _discovery, "openapi": _openapi, "version": _version,
          "metrics": _metrics,
          **{word: _health for word in _HEALTH}}


def serve(cluster, call):
    words = [word for word in call.path.split("/") if word]
    if call.method not in ("GET", "HEAD"):
        raise statuses.method_not_allowed(None)
    if not words:
        paths = ["/api", "/api/v1", "/apis", *(f"/{word}" for word in _HEALTH), "/metrics", "/openapi/v2",
                 "/openapi/v3", "/version"]
        return call.answer(200, json.dumps({"paths": paths}, indent=2).encode())
    if words[0] not in _PAGES:
        return call.answer(404, b"404 page not found\n", "text/plain; charset=utf-8")
    return _PAGES[words[0]](cluster, call, words)
