"""Lists and watches: selectors, pages, tables, bookmarks, and what has been forgotten."""

import base64
import json
import time

from harness.kube import bodies, proto, rest, statuses, store, tables


def _gone(words="The resourceVersion for the provided list is too old."):
    return statuses.Refused(410, words)


def _selected(cluster, call, resource):
    labels = store.label_selector(call.first("labelSelector"))
    matches = store.field_selector(resource, call.first("fieldSelector"))
    namespace = call.named.namespace
    name = call.named.name if call.named.verb in ("watch", "list") else ""

    def holds(obj):
        meta = obj["metadata"]
        return ((not namespace or meta.get("namespace") == namespace) and (not name or meta["name"] == name)
                and labels(meta.get("labels") or {}) and matches(obj))
    return holds


def _number(text, name):
    if not text:
        return 0
    if not text.isdigit():
        raise statuses.bad_request(f'invalid {name}: "{text}": strconv.ParseInt: invalid syntax')
    return int(text)


def _page(cluster, call, found, version):
    """One page of the list and the metadata that tells of the rest."""
    limit, token = _number(call.first("limit"), "limit"), call.first("continue")
    start = 0
    if token:
        try:
            said = json.loads(base64.urlsafe_b64decode(token + "=="))
            version, start = said["rv"], said["at"]
            found = cluster.pages[version]
        except (ValueError, KeyError):
            raise _gone("The provided continue parameter is too old to display a consistent list result. You "
                        "can start a new list without the continue parameter, or use the continue token in "
                        "this response to retrieve the remainder of the results.") from None
    meta = {"resourceVersion": str(version)}
    if limit and len(found) > start + limit:
        cluster.pages[version] = found
        token = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "at": start + limit}).encode()
        meta.update({"continue": base64.urlsafe_b64encode(token).decode().rstrip("="),
                     "remainingItemCount": len(found) - start - limit})
    return found[start:start + limit if limit else None], meta


def answer_list(cluster, call, resource):
    wanted, holds = bodies.accepted(call), _selected(cluster, call, resource)
    version = call.first("resourceVersion")
    if _number(version, "resourceVersion") > cluster.store.version:
        raise statuses.Refused(504,
                               f"Too large resource version: {version}, current: {cluster.store.version}",
                               "Timeout", {"causes": [{"reason": "ResourceVersionTooLarge",
                                                       "message": "Too large resource version"}],
                                           "retryAfterSeconds": 1})
    with cluster.store.changed:
        found = [obj for obj in cluster.store.all(resource.full, call.named.namespace) if holds(obj)]
        items, meta = _page(cluster, call, found, cluster.store.version)
    if wanted.as_kind == "Table":
        made = tables.table(resource, items, meta, call.first("includeObject", "Metadata"))
    elif wanted.as_kind:
        made = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
                "items": [tables.partial(obj) for obj in items]}
    else:
        made = {"kind": resource.kind + "List", "apiVersion": resource.api_version, "metadata": meta,
                "items": [_bare(obj, resource) for obj in items]}
    bodies.answer(call, made, wanted)


def _bare(obj, resource):
    """An item of a list of a built-in kind does not say its kind again."""
    if resource.custom:
        return obj
    return {name: value for name, value in obj.items() if name not in ("apiVersion", "kind")}


def delete_all(cluster, call, resource):
    holds = _selected(cluster, call, resource)
    rest._delete_options(call)
    found = [obj for obj in cluster.store.all(resource.full, call.named.namespace) if holds(obj)]
    for obj in found:
        call.named.namespace = obj["metadata"].get("namespace", "")
        try:
            rest.delete(cluster, call, resource, obj["metadata"]["name"])
        except statuses.Refused as refused:
            if refused.status["code"] != 404:
                raise
    bodies.answer(call, {"kind": resource.kind + "List", "apiVersion": resource.api_version,
                         "metadata": {"resourceVersion": str(cluster.store.version)},
                         "items": [_bare(obj, resource) for obj in found]}, bodies.accepted(call))


class Watch:
    def __init__(self, cluster, call, resource):
        self.cluster, self.call, self.resource = cluster, call, resource
        self.wanted, self.holds = bodies.accepted(call), _selected(cluster, call, resource)
        self.is_first = True
        seconds = _number(call.first("timeoutSeconds"), "timeoutSeconds") or cluster.watch_seconds
        self.deadline = time.monotonic() + seconds
        self.bookmarks = call.is_set("allowWatchBookmarks")
        self.next_bookmark = time.monotonic() + cluster.bookmark_seconds

    def run(self):
        content = "application/json" if not self.wanted.as_kind else (
            f"application/json;as={self.wanted.as_kind};v={self.wanted.version};g=meta.k8s.io")
        self.is_proto = self.wanted.is_proto and proto.knows(self.resource.kind)
        if self.is_proto:
            content = proto.MEDIA_TYPE + ";stream=watch"
        self.call.begin(200, {"Content-Type": content})
        try:
            self._run()
        except statuses.Refused as refused:
            self._say("ERROR", refused.status)
        self.call.end()

    def _run(self):
        version = self._start()
        while time.monotonic() < self.deadline and not self.cluster.is_closing:
            with self.cluster.store.changed:
                changes = self.cluster.store.since(version)
                if not changes:
                    self.cluster.store.changed.wait(0.2)
                    changes = self.cluster.store.since(version)
                version = max(version, self.cluster.store.version if not changes else changes[-1].version)
            for change in changes:
                self._on(change)
            if self.call.is_gone():
                return
            if self.bookmarks and time.monotonic() > self.next_bookmark:
                self._bookmark(version)
                self.next_bookmark = time.monotonic() + self.cluster.bookmark_seconds

    def _start(self):
        """Where to watch from; says first what is there, if that is wanted."""
        asked = self.call.first("resourceVersion")
        initial = self.call.is_set("sendInitialEvents")
        if initial and self.call.first("resourceVersionMatch") != "NotOlderThan":
            raise statuses.Refused(
                422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided", "Invalid")
        with self.cluster.store.changed:
            version = self.cluster.store.version
            there = self.cluster.store.all(self.resource.full, self.call.named.namespace)
            oldest = self.cluster.oldest()
        if asked in ("", "0") or initial:
            for obj in there:
                if self.holds(obj) and (initial or asked in ("", "0")):
                    self._say("ADDED", obj)
            if initial and self.bookmarks:
                self._bookmark(version, {"k8s.io/initial-events-end": "true"})
            return version
        version = _number(asked, "resourceVersion")
        if version + 1 < oldest:
            raise _gone(f"too old resource version: {version} ({oldest})")
        return version

    def _on(self, change):
        if change.key != self.resource.full:
            return
        is_in, was_in = self.holds(change.obj), change.before is not None and self.holds(change.before)
        if change.what == "DELETED":
            if was_in:
                self._say("DELETED", change.obj)
        elif is_in:
            self._say("MODIFIED" if was_in else "ADDED", change.obj)
        elif was_in:
            self._say("DELETED", change.obj)

    def _bookmark(self, version, annotations=None):
        meta = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        self._say("BOOKMARK", {"kind": self.resource.kind, "apiVersion": self.resource.api_version,
                               "metadata": meta})

    def _say(self, what, obj):
        if what == "BOOKMARK" and self.wanted.as_kind == "Table":
            obj = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [], "rows": [],
                   "metadata": {"resourceVersion": obj["metadata"]["resourceVersion"]}}
        elif what != "ERROR" and self.wanted.as_kind == "Table":
            meta = {"resourceVersion": obj["metadata"]["resourceVersion"]}
            obj = tables.table(self.resource, [obj], meta, self.call.first("includeObject", "Metadata"),
                               self.is_first)
            self.is_first = False
        elif what != "ERROR" and self.wanted.as_kind:
            obj = tables.partial(obj)
        if self.is_proto:
            return self.call.write(proto.encode_event(what, obj))
        self.call.write(json.dumps({"type": what, "object": obj}, separators=(",", ":")).encode() + b"\n")
