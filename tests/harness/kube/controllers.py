"""What works in a cluster beside the API server, as far as clients can tell: deployments become pods that
run, what is deleted takes along what it owned, namespaces are emptied. Runs when an object has changed, in
the thread of the controllers."""

import copy
import hashlib
import json
import threading

from harness.kube import statuses, store

HASH, REVISION = "pod-template-hash", "deployment.kubernetes.io/revision"


def owner(obj):
    return next((one for one in obj["metadata"].get("ownerReferences") or [] if one.get("controller")), None)


def _owned(obj, kind):
    return {"apiVersion": obj["apiVersion"], "kind": kind, "name": obj["metadata"]["name"],
            "uid": obj["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}


def condition(when, kind, status, reason="", message=""):
    return {"type": kind, "status": status, "lastTransitionTime": when,
            **({"lastUpdateTime": when} if kind in ("Available", "Progressing") else {}),
            **({"reason": reason, "message": message} if reason else {})}


class Controllers:
    def __init__(self, cluster):
        self.cluster, self.store = cluster, cluster.store
        self.seen = self.store.version
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()

    def _run(self):
        while not self.cluster.is_closing and self.cluster.store is self.store:
            with self.store.changed:
                if self.store.version == self.seen:
                    self.store.changed.wait(0.2)
                    continue
                changes, self.seen = self.store.since(self.seen), self.store.version
                for change in changes:
                    self._on(change)

    def settle(self):
        """Until there is nothing left to do; for seeds."""
        while self.store.version != self.seen:
            changes, self.seen = self.store.since(self.seen), self.store.version
            for change in changes:
                self._on(change)

    def _on(self, change):
        act = {"deployments.apps": self._deployment, "replicasets.apps": self._replica_set, "pods": self._pod,
               "namespaces": self._namespace}.get(change.key)
        resource = self.cluster.by_full(change.key)
        if resource is None:
            return
        key = change.obj["metadata"].get("namespace", ""), change.obj["metadata"]["name"]
        if change.what == "DELETED":
            self._collect(change.obj)
            if change.key == "pods" and owner(change.obj):
                self._again("replicasets.apps", key[0], owner(change.obj)["name"], self._replica_set)
        live = self.store.objects[change.key].get(key)
        if act and live:
            act(live)
        if change.key == "replicasets.apps" and owner(change.obj):
            self._again("deployments.apps", key[0], owner(change.obj)["name"], self._deployment)
        if change.key == "pods" and owner(change.obj):
            self._again("replicasets.apps", key[0], owner(change.obj)["name"], self._replica_set)

    def _again(self, full, namespace, name, act):
        live = self.store.objects[full].get((namespace, name))
        if live:
            act(live)

    def _put(self, full, obj):
        return self.store.put(self.cluster.by_full(full), obj)

    def _status(self, full, live, status):
        if live.get("status") != status:
            self._put(full, {**live, "status": status, "metadata": dict(live["metadata"])})

    def event(self, obj, reason, message, kind="Normal", component="kubelet"):
        meta = obj["metadata"]
        when, namespace = self.cluster.now(), meta.get("namespace", "default")
        name = f"{meta['name']}.{self.store.version:016x}"
        self._put("events", {
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": name, "namespace": namespace, "uid": self.store.uid(),
                         "creationTimestamp": when},
            "involvedObject": {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": meta["name"],
                               "namespace": namespace, "uid": meta["uid"],
                               "resourceVersion": meta["resourceVersion"]},
            "reason": reason, "message": message, "type": kind, "count": 1, "firstTimestamp": when,
            "lastTimestamp": when, "source": {"component": component}, "eventTime": None,
            "reportingComponent": component, "reportingInstance": ""})

    # Deployments.

    def _deployment(self, live):
        if live["metadata"].get("deletionTimestamp"):
            return
        sets = [one for one in self.store.all("replicasets.apps", live["metadata"]["namespace"])
                if (owner(one) or {}).get("uid") == live["metadata"]["uid"]]
        mark = hashlib.sha256(json.dumps(live["spec"]["template"], sort_keys=True).encode()).hexdigest()[:10]
        current = next((one for one in sets if one["metadata"]["labels"].get(HASH) == mark), None)
        revisions = [int(one["metadata"]["annotations"][REVISION]) for one in sets] or [0]
        if current is None:
            current = self._new_set(live, mark, max(revisions) + 1)
        elif int(current["metadata"]["annotations"][REVISION]) < max(revisions):
            current = copy.deepcopy(current)
            current["metadata"]["annotations"][REVISION] = str(max(revisions) + 1)
            self._put("replicasets.apps", current)
        self._scale_sets(live, current, sets)
        self._deployment_status(live, current, sets)

    def _new_set(self, live, mark, revision):
        template = copy.deepcopy(live["spec"]["template"])
        template["metadata"].setdefault("labels", {})[HASH] = mark
        meta = live["metadata"]
        labels = template["metadata"]["labels"]
        made = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
            "name": f"{meta['name']}-{mark}", "namespace": meta["namespace"], "labels": dict(labels),
            "annotations": {REVISION: str(revision), "deployment.kubernetes.io/desired-replicas":
                            str(live["spec"]["replicas"])},
            "ownerReferences": [_owned(live, "Deployment")], "uid": self.store.uid(),
            "creationTimestamp": self.cluster.now(), "generation": 1},
            "spec": {"replicas": live["spec"]["replicas"], "template": template, "selector": {
                "matchLabels": {**live["spec"]["selector"].get("matchLabels", {}), HASH: mark}}},
            "status": {"replicas": 0}}
        self._put("replicasets.apps", made)
        self.event(live, "ScalingReplicaSet", f"Scaled up replica set {made['metadata']['name']} from 0 to "
                   f"{live['spec']['replicas']}", component="deployment-controller")
        return made

    def _scale_sets(self, live, current, sets):
        ready = current.get("status", {}).get("readyReplicas", 0)
        for one in sets + ([current] if current not in sets else []):
            is_current = one["metadata"]["name"] == current["metadata"]["name"]
            wanted = live["spec"]["replicas"] if is_current else max(0, one["spec"]["replicas"] - ready)
            if not is_current and ready < live["spec"]["replicas"]:
                continue  # Old pods stay until the new ones are there.
            latest = self.store.objects["replicasets.apps"].get(
                (live["metadata"]["namespace"], one["metadata"]["name"]))
            if latest and latest["spec"]["replicas"] != (wanted if is_current else 0):
                changed = copy.deepcopy(latest)
                changed["spec"]["replicas"] = wanted if is_current else 0
                changed["metadata"]["generation"] += 1
                self._put("replicasets.apps", changed)

    def _deployment_status(self, live, current, sets):
        space = live["metadata"]["namespace"]
        names = {one["metadata"]["name"] for one in sets} | {current["metadata"]["name"]}
        latest = [self.store.objects["replicasets.apps"][space, name] for name in sorted(names)]
        new = next(one for one in latest if one["metadata"]["name"] == current["metadata"]["name"])
        total = sum(one["status"].get("replicas", 0) for one in latest)
        ready = sum(one["status"].get("readyReplicas", 0) for one in latest)
        status = {"observedGeneration": live["metadata"]["generation"], "replicas": total,
                  "updatedReplicas": new["status"].get("replicas", 0), "readyReplicas": ready,
                  "availableReplicas": ready}
        if live["spec"]["replicas"] > ready:
            status["unavailableReplicas"] = live["spec"]["replicas"] - ready
        done = ready >= live["spec"]["replicas"]
        wanted = [("Available", str(done), f"MinimumReplicas{'Available' if done else 'Unavailable'}",
                   f"Deployment {'has' if done else 'does not have'} minimum availability."),
                  ("Progressing", "True", "NewReplicaSetAvailable",
                   f'ReplicaSet "{new["metadata"]["name"]}" has successfully progressed.')]
        before = {one["type"]: one for one in live.get("status", {}).get("conditions", [])}
        status["conditions"] = [self._kept(before, one) for one in wanted]
        status = {name: value for name, value in status.items() if value != 0 or name == "observedGeneration"}
        live = self.store.objects["deployments.apps"][space, live["metadata"]["name"]]
        revision = new["metadata"]["annotations"][REVISION]
        if live["metadata"].get("annotations", {}).get(REVISION) != revision:
            live = copy.deepcopy(live)
            live["metadata"].setdefault("annotations", {})[REVISION] = revision
            live["status"] = {}
        self._status("deployments.apps", live, status)

    def _kept(self, before, wanted):
        """A condition keeps its time while it says the same."""
        kind, is_so, _, words = wanted
        old = before.get(kind)
        if old and (old["status"], old["message"]) == (is_so, words):
            return old
        return condition(self.cluster.now(), *wanted)

    # Replica sets and pods.

    def _replica_set(self, live):
        if live["metadata"].get("deletionTimestamp"):
            return
        space, uid = live["metadata"]["namespace"], live["metadata"]["uid"]
        pods = [pod for pod in self.store.all("pods", space) if (owner(pod) or {}).get("uid") == uid
                and not pod["metadata"].get("deletionTimestamp")]
        for _ in range(live["spec"]["replicas"] - len(pods)):
            pods.append(self._new_pod(live))
        for pod in pods[live["spec"]["replicas"]:]:
            self._bury(pod)
        pods = pods[:live["spec"]["replicas"]]
        ready = sum(pod["status"].get("phase") == "Running" for pod in pods)
        status = {"replicas": len(pods), "observedGeneration": live["metadata"].get("generation", 1)}
        if ready:
            status.update(fullyLabeledReplicas=len(pods), readyReplicas=ready, availableReplicas=ready)
        live = self.store.objects["replicasets.apps"].get((space, live["metadata"]["name"]))
        if live:
            self._status("replicasets.apps", live, status)

    def _new_pod(self, live):
        template = copy.deepcopy(live["spec"]["template"])
        meta = live["metadata"]
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {
            **{name: value for name, value in template["metadata"].items() if value},
            "name": f"{meta['name']}-{self.cluster.suffix()}", "generateName": meta["name"] + "-",
            "namespace": meta["namespace"], "ownerReferences": [_owned(live, "ReplicaSet")],
            "uid": self.store.uid(), "creationTimestamp": self.cluster.now()},
            "spec": {**template["spec"], "serviceAccountName": "default"},
            "status": {"phase": "Pending", "qosClass": "BestEffort"}}
        self.event(live, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}",
                   component="replicaset-controller")
        return self._put("pods", pod)

    def _pod(self, live):
        """The kubelet: what is scheduled runs at once, what is to end has ended."""
        if live["metadata"].get("deletionTimestamp"):
            if not live["metadata"].get("finalizers"):
                self.cluster.pods.forget(live)
                self.store.remove(self.cluster.by_full("pods"), live["metadata"]["namespace"],
                                  live["metadata"]["name"])
            return
        if live["status"].get("phase") == "Pending":
            running = copy.deepcopy(live)
            running["spec"].setdefault("nodeName", "node-1")
            running["status"] = self._running(running)
            self._put("pods", running)
            self.event(running, "Scheduled", f"Successfully assigned {live['metadata']['namespace']}/"
                       f"{live['metadata']['name']} to node-1", component="default-scheduler")
            self.event(running, "Started", f"Started container {live['spec']['containers'][0]['name']}")
        elif len(live["spec"].get("ephemeralContainers", [])) != len(
                live["status"].get("ephemeralContainerStatuses", [])):
            self._put("pods", {**live, "metadata": dict(live["metadata"]), "status": {
                **live["status"], "ephemeralContainerStatuses": [
                    _container_status(one, self.cluster.now())
                    for one in live["spec"]["ephemeralContainers"]]}})

    def _running(self, pod):
        when, address = self.cluster.now(), self.cluster.address("10.244.0")
        return {"phase": "Running", "hostIP": "192.168.1.10", "hostIPs": [{"ip": "192.168.1.10"}],
                "podIP": address, "podIPs": [{"ip": address}], "startTime": when, "qosClass": "BestEffort",
                "conditions": [condition(when, kind, "True") for kind in (
                    "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")],
                "containerStatuses": [_container_status(one, when) for one in pod["spec"]["containers"]]}

    def _bury(self, pod):
        going = copy.deepcopy(pod)
        going["metadata"]["deletionTimestamp"] = self.cluster.now()
        self._put("pods", going)

    # Deletion.

    def delete(self, resource, live, options):
        meta = live["metadata"]
        grace = options.get("gracePeriodSeconds")
        if options.get("propagationPolicy") == "Orphan":
            self._orphan(live)
        is_pod = resource.full == "pods"
        if is_pod and grace is None:
            grace = live["spec"].get("terminationGracePeriodSeconds", 30)
        if meta.get("finalizers") or resource.full == "namespaces" or (is_pod and int(grace)):
            going = copy.deepcopy(live)
            going["metadata"].setdefault("deletionTimestamp", self.cluster.now())
            going["metadata"]["deletionGracePeriodSeconds"] = int(grace or 0)
            if resource.full == "namespaces":
                going["status"] = {"phase": "Terminating"}
            return self.store.put(resource, going)
        if is_pod:
            self.cluster.pods.forget(live)
        last = self.store.remove(resource, meta.get("namespace", ""), meta["name"])
        if resource.kind == "CustomResourceDefinition":
            self.cluster.undefine(live)
        return last if is_pod else statuses.deleted(resource, live)

    def maybe_gone(self, resource, live):
        """Its last finalizer may be off."""
        meta = live["metadata"]
        if not meta.get("finalizers") and resource.full not in ("pods", "namespaces"):
            self.store.remove(resource, meta.get("namespace", ""), meta["name"])

    def _dependents(self, live):
        uid = live["metadata"]["uid"]
        for full, found in list(self.store.objects.items()):
            for obj in list(found.values()):
                if any(one.get("uid") == uid for one in obj["metadata"].get("ownerReferences") or []):
                    yield full, obj

    def _collect(self, gone):
        for full, obj in self._dependents(gone):
            self.delete(self.cluster.by_full(full), obj, {})

    def _orphan(self, live):
        for full, obj in self._dependents(live):
            freed = copy.deepcopy(obj)
            freed["metadata"].pop("ownerReferences")
            self._put(full, freed)

    def _namespace(self, live):
        name = live["metadata"]["name"]
        if live["metadata"].get("deletionTimestamp"):
            for full, found in list(self.store.objects.items()):
                for space, one in list(found):
                    if space == name:
                        self.store.remove(self.cluster.by_full(full), space, one)
            self.store.remove(self.cluster.by_full("namespaces"), "", name)
        elif (name, "default") not in self.store.objects["serviceaccounts"]:
            for full, kind, one, more in (
                    ("serviceaccounts", "ServiceAccount", "default", {}),
                    ("configmaps", "ConfigMap", "kube-root-ca.crt",
                     {"data": {"ca.crt": self.cluster.authority}})):
                self._put(full, {"apiVersion": "v1", "kind": kind, **more, "metadata": {
                    "name": one, "namespace": name, "uid": self.store.uid(),
                    "creationTimestamp": live["metadata"]["creationTimestamp"]}})


def _container_status(one, when):
    return {"name": one["name"], "image": one.get("image", ""), "imageID": "sha256:" + "0" * 64,
            "ready": True,
            "restartCount": 0, "started": True, "state": {"running": {"startedAt": when}}, "lastState": {},
            "containerID": "containerd://" + "1" * 64}
