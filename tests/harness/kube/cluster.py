"""The cluster behind the server: its objects, what it serves, who may come in, and what is there when a test
begins. `seed` makes the same cluster every time, down to names and uids."""

import copy

from harness.kube import access, admission, controllers, kinds, pods, store, streams, tables

AGE_DAYS = 400  # Of what is there from the start: prints the same during any test.


def _container(name, image, **more):
    return {"name": name, "image": image, **more}


def _pod(name, *containers, labels=None, namespace="default"):
    return {"kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {"app": name}},
            "spec": {"containers": list(containers), "nodeName": "node-1"}}


def deployment(name, replicas=2, image="registry.test/web:1"):
    return {"kind": "Deployment", "apiVersion": "apps/v1",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [_container("web", image, ports=[{"containerPort": 80}])]}}}}


def _node(name):
    return {"kind": "Node", "apiVersion": "v1",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name,
                                                  "node-role.kubernetes.io/worker": ""}},
            "spec": {"podCIDR": "10.244.0.0/24"},
            "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                                       "message": "kubelet is posting ready status"}],
                       "addresses": [{"type": "InternalIP", "address": "192.168.1.10"},
                                     {"type": "Hostname", "address": name}],
                       "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"},
                       "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"},
                       "nodeInfo": {"kubeletVersion": "v1.32.4", "osImage": "Test Linux",
                                    "architecture": "amd64",
                                    "kernelVersion": "6.1.0", "containerRuntimeVersion": "containerd://1.7.0",
                                    "operatingSystem": "linux", "kubeProxyVersion": "v1.32.4",
                                    "machineID": "",
                                    "systemUUID": "", "bootID": ""}}}


def _seeds():
    for name in ("default", "kube-system", "kube-public", "team"):
        yield "namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
    yield "nodes", _node("node-1")
    yield from access.seeds()
    yield "pods", _pod("box", _container("main", "registry.test/box:1"))
    yield "pods", _pod("pair", _container("one", "registry.test/box:1"),
                       _container("two", "registry.test/box:2"))
    yield "pods", _pod("dns", _container("dns", "registry.test/dns:1"), namespace="kube-system")
    yield "deployments", deployment("web")
    yield "services", {"kind": "Service", "apiVersion": "v1",
                       "metadata": {"name": "web", "namespace": "default"},
                       "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}}
    yield "configmaps", {"kind": "ConfigMap", "apiVersion": "v1", "data": {"colour": "blue", "size": "3"},
                         "metadata": {"name": "settings", "namespace": "default"}}
    yield "secrets", {"kind": "Secret", "apiVersion": "v1",
                      "stringData": {"password": "planted-in-the-cluster"},
                      "metadata": {"name": "keys", "namespace": "default"}}


class Cluster:
    watch_seconds = 3000
    bookmark_seconds = 60
    is_anonymous_welcome = False

    def __init__(self, server):
        self.server, self.is_closing = server, False
        self.store, self.resources = store.Store(), kinds.builtin()
        self.tokens, self.pages = access.tokens(), {}
        self.version_words = {}
        self.authority = server.authority.read_text()
        self.counts = {}
        self.forgotten = 0
        self.pods, self.streams = pods.Pods(), streams
        self.stamp = None  # What the clock says while the cluster is made.
        self.controllers = controllers.Controllers(self)
        self._seed()
        self.controllers.start()

    def by_full(self, full):
        return next((one for one in self.resources.values() if one.full == full), None)

    def by_plural(self, plural):
        return next(one for one in self.resources.values() if one.plural == plural)

    def _seed(self):
        self.stamp = tables.days_ago(AGE_DAYS)
        for plural, obj in _seeds():
            self.put(plural, obj)
        self.controllers.settle()
        self.stamp = None

    def now(self):
        return self.stamp or store.now()

    def put(self, plural, obj):
        """Stores an object as if somebody had made it, filled in."""
        obj, resource = copy.deepcopy(obj), self.by_plural(plural)
        obj["metadata"].update(uid=self.store.uid(), creationTimestamp=self.now())
        if resource.group in ("apps", "batch"):
            obj["metadata"]["generation"] = 1
        admission.fill(resource, obj, self)
        return self.store.put(resource, obj)

    def find(self, plural, name, namespace="default"):
        """An object for a test to look at, or None."""
        resource = self.by_plural(plural)
        return self.store.find(resource, namespace if resource.namespaced else "", name)

    def define(self, definition):
        for resource in kinds.custom(definition):
            self.resources[resource.group, resource.version, resource.plural] = resource

    def undefine(self, definition):
        for resource in kinds.custom(definition):
            self.resources.pop((resource.group, resource.version, resource.plural), None)
            self.store.objects.pop(resource.full, None)

    def _count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    def address(self, net):
        return f"{net}.{self._count(net) + 1}"

    def suffix(self):
        """Five letters as generated names have them, the same in every run."""
        number, letters = self._count("suffix") * 7919, "bcdfghjklmnpqrstvwxz2456789"
        made = ""
        for _ in range(5):
            number, at = divmod(number * 31 + 17, len(letters))
            made += letters[at]
        return made

    def oldest(self):
        return max(self.store.oldest(), self.forgotten)

    def forget_history(self):
        """As if etcd had been compacted now: who watches from before starts anew, and pages are gone."""
        self.forgotten = self.store.version + 2
        self.pages.clear()

    def close(self):
        self.is_closing = True
        self.pods.close()
        with self.store.changed:
            self.store.changed.notify_all()
