"""The objects of the pretended cluster, every change with a number of its own, and who watches them. An
object that was put in is never changed again: whoever changes one puts in another."""

import collections
import copy
import datetime
import re
import threading
import uuid

from harness.kube import statuses

HISTORY = 20000  # Changes remembered; who watches from before them starts anew.


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def get(obj, path, default=None):
    """The value at `spec.replicas`, or the default."""
    for word in path.split("."):
        obj = obj.get(word) if isinstance(obj, dict) else None
        if obj is None:
            return default
    return obj


Change = collections.namedtuple("Change", "version what key obj before")


class Store:
    def __init__(self, start=1000):
        self.changed = threading.Condition(threading.RLock())
        self.version = start
        # By a resource's full name: {(namespace, name): object}.
        self.objects = collections.defaultdict(dict)
        self.changes = collections.deque(maxlen=HISTORY)
        self.uids = 0

    def uid(self):
        """The same in every run: what two runs print can be compared."""
        self.uids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(self.uids)))

    def find(self, resource, namespace, name):
        return self.objects[resource.full].get((namespace, name))

    def must_find(self, resource, namespace, name):
        found = self.find(resource, namespace, name)
        if found is None:
            raise statuses.not_found(resource, name)
        return found

    def all(self, full, namespace=""):
        """In the order of their keys, as etcd has them."""
        with self.changed:
            return [obj for (space, _), obj in sorted(self.objects[full].items(), key=lambda item: item[0])
                    if not namespace or space == namespace]

    def put(self, resource, obj):
        """Takes the object over, gives it the next version and tells everybody."""
        meta = obj["metadata"]
        key = meta.get("namespace", ""), meta["name"]
        with self.changed:
            before = self.objects[resource.full].get(key)
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            self.objects[resource.full][key] = obj
            self._tell("MODIFIED" if before else "ADDED", resource.full, obj, before)
        return obj

    def remove(self, resource, namespace, name):
        with self.changed:
            before = self.objects[resource.full].pop((namespace, name), None)
            if before is None:
                return None
            self.version += 1
            last = copy.deepcopy(before)
            last["metadata"]["resourceVersion"] = str(self.version)
            self._tell("DELETED", resource.full, last, before)
        return last

    def _tell(self, what, full, obj, before):
        self.changes.append(Change(self.version, what, full, obj, before))
        self.changed.notify_all()

    def oldest(self):
        """The first version somebody may watch from."""
        full = len(self.changes) == HISTORY
        return self.changes[0].version if full else 0

    def since(self, version):
        with self.changed:
            if not self.changes or self.changes[-1].version <= version:
                return []
            found = []
            for change in reversed(self.changes):
                if change.version <= version:
                    break
                found.append(change)
            return found[::-1]


# Selectors.

_TERM = re.compile(r"\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*|\s*([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)\s*"
                   r"|\s*(!?)([\w./-]+)\s*")


def label_selector(text):
    """A function of labels, from `a=b,c in (d,e),!f`."""
    tests = []
    for term in re.split(r",(?![^(]*\))", text) if text else []:
        match = _TERM.fullmatch(term)
        if match is None:
            raise statuses.bad_request(f'unable to parse requirement: found \'{term}\'')
        key, sign, value, member, how, values, negated, there = match.groups()
        if key:
            tests.append((key, [value], sign == "!="))
        elif member:
            tests.append((member, [word.strip() for word in values.split(",")], how == "notin"))
        else:
            tests.append((there, None, negated == "!"))

    def holds(labels):
        for key, values, negated in tests:
            there = key in labels and (values is None or labels[key] in values)
            if there == negated:
                return False
        return True
    return holds


def of_selector(selector):
    """The same of a LabelSelector object."""
    wanted = (selector or {}).get("matchLabels", {})
    return lambda labels: all(labels.get(key) == value for key, value in wanted.items())


_FIELDS = {"pods": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                    "status.phase", "status.podIP", "status.nominatedNodeName", "spec.hostNetwork"),
           "events": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
                      "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
                      "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
           "secrets": ("type",), "namespaces": ("status.phase",), "nodes": ("spec.unschedulable",),
           "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
           "replicasets.apps": ("status.replicas",), "jobs.batch": ("status.successful",)}


def field_selector(resource, text):
    tests = []
    for term in filter(None, (text or "").split(",")):
        match = re.fullmatch(r"([\w./-]+)(==|=|!=)(.*)", term)
        if match is None:
            raise statuses.bad_request(f'invalid selector: \'{text}\'; can\'t understand \'{term}\'')
        path, sign, value = match.groups()
        if path not in ("metadata.name", "metadata.namespace") + _FIELDS.get(resource.full, ()):
            raise statuses.bad_request(f'Unable to find "{resource.api_version}, Resource={resource.plural}" '
                                       f'that match label selector "", field selector "{text}": '
                                       f'field label not supported: {path}')
        tests.append((path, value, sign == "!="))
    return lambda obj: all((_plain(get(obj, path, "")) == value) != negated for path, value, negated in tests)


def _plain(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
