"""kubectl against a cluster, straight and through the gateway: every command prints the same, what policy
refuses prints why, and what streams is not kept back."""

import json
import os
import re
import unittest

from harness import process
from harness.gateway import BINARY
from harness.kube import access, store
from harness.kube_case import DIRECT, DOOR, PROXY, Kubernetes, normal
from harness.kube_gateway import RULES, KubeGateway

APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: app}}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
      - {name: one, image: "registry.test/one:1", ports: [{containerPort: 80}]}
      - {name: two, image: "registry.test/two:1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: "1"}
"""

BIRDS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: birds.zoo.test}
spec:
  group: zoo.test
  scope: Namespaced
  names: {plural: birds, singular: bird, kind: Bird, shortNames: [bd]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


# A watch that starts where its list ended.
SETTINGS = ["get", "cm", "-w", "--field-selector", "metadata.name=settings"]


class Reading(Kubernetes):
    def test_get(self):
        self.same(["get", "all", "-A"], ["get", "pods", "-o", "wide", "--show-labels"],
                  ["get", "pods", "-l", "app=box", "-o", "yaml"], ["get", "deploy,rs,svc,cm"],
                  ["get", "pods", "--field-selector", "metadata.name=box", "-o",
                   "jsonpath={.items[*].metadata.name}"],
                  ["get", "nodes", "-o", "json"], ["get", "pods", "--sort-by=.metadata.name"],
                  ["get", "pod", "nope"], ["get", "nothing"], ["get", "ns", "--chunk-size=2"])

    def test_describe(self):
        self.same(["describe", "pod", "box"], ["describe", "deploy", "web"], ["describe", "svc", "web"],
                  ["describe", "node", "node-1"], ["describe", "cm", "kube-root-ca.crt"])

    def test_discovery(self):
        self.same(["api-resources"], ["api-resources", "--verbs=delete", "-o", "name"], ["api-versions"],
                  ["version"], ["cluster-info"], ["explain", "deployment.spec.template.spec.containers"],
                  ["get", "--raw", "/healthz"], ["get", "--raw", "/readyz?verbose"],
                  ["get", "--raw", "/version"],
                  ["get", "--raw", "/nope"], ["get", "--raw", "/openapi/v3"])

    def test_access(self):
        self.same(["auth", "can-i", "create", "pods"], ["auth", "can-i", "--list"], ["auth", "whoami"],
                  ["auth", "can-i", "delete", "pods", "--as", "viewer"], ["get", "pods", "--as", "viewer"],
                  ["delete", "pod", "box", "--as", "viewer"])

    def test_there_is_no_top(self):
        pods, nodes = self.same(["top", "pods"], ["top", "nodes"])
        self.assertIn("Metrics API not available", pods.err)
        self.assertEqual((pods.code, nodes.code), (1, 1))

    def test_proxies_inside_the_cluster(self):
        service, *_ = self.same(
            ["get", "--raw", "/api/v1/namespaces/default/services/web:80/proxy/a%20b/c?d=e"],
            ["get", "--raw", "/api/v1/namespaces/default/pods/box/proxy/"],
            ["get", "--raw", "/api/v1/nodes/node-1/proxy/metrics"])
        self.assertEqual(json.loads(service.out)["query"], "d=e")

    def test_kubectl_proxy(self):
        for way in self.configs:
            port = process.free_port()
            child = self.begin(way, "proxy", f"--port={port}")
            self.line(child)
            said = self.command(way, "curl", "-sS",
                                f"http://127.0.0.1:{port}/api/v1/namespaces/default/pods/box")
            self.assertEqual(json.loads(said.out)["metadata"]["name"], "box")

    def test_events(self):
        self.same(["get", "events", "--field-selector", "involvedObject.name=box"])


class Writing(Kubernetes):
    def changed(self, name, old, new):
        path = os.path.join(self.folder, name)
        text = open(path, encoding="utf-8").read().replace(old, new)
        return self.write("new-" + name, text)

    def test_apply(self):
        first = self.write("app.yaml", APP)
        second = self.changed("app.yaml", "one:1", "one:2")
        seen = self.same(["apply", "-f", first], ["apply", "-f", first], ["diff", "-f", second],
                         ["apply", "--dry-run=server", "-f", second], ["apply", "-f", second],
                         ["rollout", "status", "deploy", "app"],
                         ["get", "deploy", "app", "-o", "jsonpath={.spec.template.spec.containers[*].image}"],
                         ["delete", "-f", second], ["get", "deploy", "app"])
        self.assertIn("image: registry.test/one:2", seen[2].out)
        self.assertEqual(seen[6].out, "registry.test/one:2 registry.test/two:1")

    def test_apply_on_the_server(self):
        first = self.write("app.yaml", APP)
        second = self.changed("app.yaml", "one:1", "one:2")
        seen = self.same(["apply", "--server-side", "-f", first], ["apply", "--server-side", "-f", second],
                         ["apply", "--server-side", "--field-manager=other", "-f", first],
                         ["diff", "--server-side", "--field-manager=other", "--force-conflicts", "-f", first],
                         ["apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f",
                          first],
                         ["get", "deploy", "app", "--show-managed-fields", "-o", "json"])
        self.assertIn("Apply failed with 1 conflict", seen[2].err)
        owners = [one["manager"] for one in json.loads(seen[5].out)["metadata"]["managedFields"]]
        self.assertEqual(owners[:2], ["kubectl", "other"])

    def test_what_is_wrong_is_said(self):
        unknown = self.write("unknown.yaml", APP.replace("image:", "imag:", 1))
        nameless = self.write("pod.yaml",
                              "---\n{apiVersion: v1, kind: Pod, metadata: {name: Bad_Name}, spec: {}}")
        self.same(["apply", "-f", unknown], ["apply", "--validate=warn", "-f", unknown],
                  ["apply", "--server-side", "-f", unknown], ["create", "-f", nameless],
                  ["create", "ns", "team"], ["delete", "cm", "nope"], ["create", "cm", "x", "-n", "nowhere"])

    def test_create(self):
        """kubectl's own typed requests are protobuf."""
        self.same(["create", "cm", "a", "--from-literal=x=1"], ["create", "deploy", "hello", "--image=x"],
                  ["create", "secret", "generic", "s", "--from-literal=a=b"], ["create", "ns", "room"],
                  ["create", "role", "r", "--verb=get", "--resource=pods"],
                  ["create", "rolebinding", "rb", "--role=r", "--user=u"], ["create", "sa", "robot"],
                  ["create", "job", "j", "--image=x"], ["create", "quota", "q", "--hard=pods=3"],
                  ["run", "once", "--image=x", "--restart=Never"], ["expose", "pod", "box", "--port=80"],
                  ["get", "cm,deploy,role,rolebinding,sa,quota", "-o", "wide"])
        kinds = {one["headers"].get("content-type") for one in self.server.requests
                 if one["method"] == "POST"}
        self.assertTrue({"application/json", "application/vnd.kubernetes.protobuf"} & kinds, kinds)

    def test_change(self):
        self.same(["label", "pod", "box", "x=y"], ["annotate", "pod", "box", "n=m"],
                  ["patch", "pod", "box", "--type=json", "-p",
                   '[{"op":"replace","path":"/metadata/labels/x","value":"z"}]'],
                  ["patch", "cm", "settings", "--type=merge", "-p", '{"data":{"size":null,"new":"1"}}'],
                  ["patch", "deploy", "web", "-p",
                   '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"i:2"}]}}}}'],
                  ["set", "image", "deploy", "web", "web=i:3"], ["scale", "deploy", "web", "--replicas=3"],
                  ["get", "pod", "box", "-o", "jsonpath={.metadata.labels}"],
                  ["get", "cm", "settings", "-o", "jsonpath={.data}"],
                  ["get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"])

    def test_rollout(self):
        """How far a rollout has come when it is asked for is the controllers' affair; how it ends is not."""
        commands = (["rollout", "restart", "deploy", "web"], ["rollout", "status", "deploy", "web"],
                    ["rollout", "history", "deploy", "web"], ["rollout", "undo", "deploy", "web"],
                    ["rollout", "status", "deploy", "web"], ["get", "deploy", "web"])
        seen = {}
        for way in self.configs:
            self.server.reset()
            said = [self.good(way, *words, "--timeout=20s") if words[1] == "status"
                    else self.good(way, *words)
                    for words in commands]
            seen[way] = [normal(text).splitlines()[-1] if "status" in words else normal(text)
                         for words, text in zip(commands, said)]
            self.assertEqual(seen[way], seen[DIRECT], way)
        self.assertEqual(seen[DIRECT][1], 'deployment "web" successfully rolled out')

    def test_delete(self):
        self.same(["delete", "pod", "box"], ["delete", "pod", "nope"], ["delete", "pods", "-l", "app=pair"],
                  ["delete", "cm", "--all"], ["delete", "deploy", "web", "--dry-run=server"],
                  ["delete", "deploy", "web", "--cascade=orphan"], ["get", "rs,cm,deploy"],
                  ["delete", "svc", "web", "--wait=false"])

    def test_nodes(self):
        self.same(["cordon", "node-1"], ["get", "nodes"],
                  ["drain", "node-1", "--force", "--ignore-daemonsets", "--pod-selector=app=pair"],
                  ["uncordon", "node-1"], ["get", "pods"])
        self.assertIn(("create", "pods/eviction", "default", "pair"), self.server.seen())

    def test_odd_ones(self):
        """Subresources with a life of their own."""
        self.same(["create", "token", "default"],
                  ["debug", "box", "--image=x", "--target=main", "-c", "dbg", "--attach=false"],
                  ["get", "pod", "box", "-o", "jsonpath={.spec.ephemeralContainers[0].name}"],
                  ["certificate", "approve", "nobody"], ["wait", "--for=condition=Ready", "pod/box"])

    def test_definitions(self):
        birds, owl = self.write("birds.yaml", BIRDS), self.write(
            "owl.yaml", "---\n{apiVersion: zoo.test/v1, kind: Bird, metadata: {name: owl}, spec: {wings: 2}}")
        thin = self.write("thin.yaml",
                          "---\n{apiVersion: zoo.test/v1, kind: Bird, metadata: {name: owl}, spec: {}}")
        self.same(["apply", "-f", birds], ["apply", "-f", owl], ["apply", "-f", thin], ["get", "bd"],
                  ["get", "bird", "owl", "-o", "jsonpath={.spec}"], ["delete", "crd", "birds.zoo.test"])


class Streaming(Kubernetes):
    def test_logs(self):
        def settle():
            log = self.server.cluster.pods.of(self.server.cluster.find("pods", "box")).log("main")
            log.add(*(f"line {number}" for number in range(2000)))
            log.end()

        whole, tail, *_ = self.same(["logs", "box"], ["logs", "box", "--tail=2"], ["logs", "-f", "box"],
                                    ["logs", "pair"], ["logs", "pair", "-c", "three"],
                                    ["logs", "box", "--previous"], ["logs", "box", "--limit-bytes=13"],
                                    ["logs", "nope"], settle=settle)
        self.assertEqual(len(whole.out.splitlines()), 2000)
        self.assertEqual(tail.out, "line 1998\nline 1999\n")

    def test_logs_are_followed_line_by_line(self):
        for way in self.configs:
            self.server.reset()
            log = self.server.cluster.pods.of(self.server.cluster.find("pods", "box")).log("main")
            child = self.begin(way, "logs", "-f", "box")
            for number in range(5):
                log.add(f"line {number}")
                self.assertEqual(self.line(child), b"line %d\n" % number, way)
            log.end()
            self.assertEqual(child.stdout.read(), b"", way)
            self.assertEqual(child.wait(20), 0, way)

    def test_a_watch_shows_each_change_when_it_is_made(self):
        for way in self.configs:
            self.server.reset()
            child = self.begin(way, *SETTINGS, "--output-watch-events", "-o",
                               "jsonpath={.type} {.object.data.size}{\"\\n\"}")
            self.assertEqual(self.line(child), b"ADDED 3\n", way)
            for number in range(10, 15):
                self.set_size(number)
                self.assertEqual(self.line(child), b"MODIFIED %d\n" % number, way)

    def set_size(self, size):
        cluster = self.server.cluster
        live = cluster.find("configmaps", "settings")
        cluster.store.put(cluster.by_plural("configmaps"), {
            **live, "data": {"size": str(size)}, "metadata": dict(live["metadata"])})

    def test_a_long_watch_takes_no_memory(self):
        self.needs_gateway()
        child = self.begin(PROXY, *SETTINGS, "-o", "jsonpath={.data.size}{\"\\n\"}")
        self.line(child)
        filler = "x" * 60000

        def turn(first, last):
            cluster = self.server.cluster
            for number in range(first, last):
                live = cluster.find("configmaps", "settings")
                cluster.store.put(cluster.by_plural("configmaps"), {
                    **live, "data": {"size": str(number), "filler": filler},
                    "metadata": dict(live["metadata"])})
                self.assertEqual(self.line(child), b"%d\n" % number)

        turn(10, 110)
        before = self.gateway.memory_kib()
        turn(110, 450)
        self.assertLess(self.gateway.memory_kib() - before, 12 * 1024, "20 MB of events have passed")

    def test_bookmarks_pass(self):
        path = ("/api/v1/namespaces/default/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=0"
                "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1")
        for way in self.configs:
            self.server.reset()
            events = [json.loads(line) for line in self.good(way, "get", "--raw", path).splitlines()]
            self.assertEqual([one["type"] for one in events], ["ADDED", "ADDED", "BOOKMARK"], way)
            marks = events[-1]["object"]["metadata"]["annotations"]
            self.assertEqual(marks, {"k8s.io/initial-events-end": "true"})

    def test_what_is_too_old_is_said(self):
        self.server.cluster.forget_history()
        gone, = self.same(["get", "--raw", "/api/v1/pods?watch=true&resourceVersion=1&timeoutSeconds=1"],
                          settle=lambda: self.server.cluster.forget_history())
        self.assertIn('"code":410', gone.out)

    def fill(self, count, size):
        cluster, filler = self.server.cluster, "x" * size
        for number in range(count):
            cluster.store.put(cluster.by_plural("configmaps"), {
                "apiVersion": "v1", "kind": "ConfigMap", "data": {"filler": filler},
                "metadata": {"name": f"big-{number:04}", "namespace": "team", "uid": cluster.store.uid(),
                             "creationTimestamp": store.now()}})

    def test_large_lists(self):
        for way in self.configs:
            self.server.reset()
            self.fill(50, 1024 * 1024)
            before = self.gateway.memory_kib() if way != DIRECT else 0
            said = self.good(way, "get", "--raw", "/api/v1/namespaces/team/configmaps", seconds=120)
            self.assertGreater(len(said), 50 * 1024 * 1024)
            self.assertEqual(len(json.loads(said)["items"]), 50 + 1, way)
            if way != DIRECT:
                self.assertLess(self.gateway.memory_kib() - before, 32 * 1024, way)

    def test_pages(self):
        seen = self.same(["get", "cm", "-n", "team", "--chunk-size=7", "-o", "name"],
                         settle=lambda: self.fill(40, 100))
        self.assertEqual(len(seen[0].out.splitlines()), 41)


class Judged(Kubernetes):
    def setUp(self):
        super().setUp()
        self.needs_gateway()

    def records(self):
        return [json.loads(line) for line in self.gateway.audit("export").splitlines()]

    def test_a_refusal_is_printed_as_the_servers_own(self):
        said = self.refused("get", "secrets", because="secrets stay in the cluster")
        self.assertIn("Error from server (Forbidden)", said)
        self.assertIn("Error from server (Forbidden)",
                      self.refused("delete", "ns", "team", because="namespaces stay"))
        self.refused("get", "secret", "keys", "-o", "yaml", because="secrets stay in the cluster")
        self.assertEqual([one for one in self.server.seen() if one[1] == "secrets"], [])
        self.assertNotIn(("delete", "namespaces", "", "team"), self.server.seen())

    def test_a_refusal_is_a_status(self):
        said = self.kubectl(DOOR, "get", "--raw", "/api/v1/namespaces/default/secrets/keys", "-v=8")
        self.assertIn("Forbidden", said.err)
        self.assertIn("no-secrets", said.err)

    def test_all_namespaces_and_watches_are_the_same_question(self):
        for words in (["get", "secrets", "-A"], ["get", "secrets", "-w"],
                      ["get", "--raw", "/api/v1/watch/secrets"],
                      ["get", "--raw", "/api/v1/namespaces/default/secrets?watch=1"],
                      ["get", "--raw", "/api/v1/namespaces/default/%73ecrets"],
                      ["get", "--raw", "/api/v1/namespaces/default/pods/../secrets"],
                      ["get", "--raw", "/api/v1//namespaces/default/secrets"]):
            for way in self.through():
                done = self.kubectl(way, *words)
                self.assertNotEqual(done.code, 0, words)
                self.assertNotIn("keys", done.out + done.err)
        self.assertEqual([one for one in self.server.seen() if "secrets" in one[1]], [])

    def test_the_agents_own_authorization_does_not_get_there(self):
        for way in self.through():
            self.server.requests.clear()
            self.good(way, "get", "pods", "--token", "the-agents-own")
            self.assertTrue(self.server.requests)
            for one in self.server.requests:
                self.assertEqual(one["headers"]["authorization"], f"Bearer {access.ADMIN}")
                self.assertNotIn("the-agents-own", json.dumps(one["headers"]))

    def test_the_key_is_in_no_answer(self):
        for way in self.through():
            said = self.kubectl(way, "get", "pods", "-v=9")
            self.assertNotIn(access.ADMIN, said.out + said.err)
        self.assertNotIn(access.ADMIN.encode(), self.gateway.written())

    def test_impersonation_gets_there(self):
        self.good(DOOR, "get", "pods", "--as", "viewer", "--as-group", "team-a")
        asked = self.server.requests[-1]["headers"]
        self.assertEqual((asked["impersonate-user"], asked["impersonate-group"]), ("viewer", "team-a"))

    def test_the_record_has_the_servers_audit_id(self):
        self.good(DOOR, "get", "cm", "settings", "-o", "name")
        sent = next(one for one in self.server.requests if "/configmaps/settings" in one["path"])
        self.assertIn(sent["audit_id"], self.gateway.audit("export"))

    def test_the_record_names_the_object(self):
        self.good(DOOR, "delete", "pod", "box", "--dry-run=server")
        exported = self.gateway.audit("export")
        self.assertTrue(re.search(r"pods.*box|box.*pods", exported))

    def test_a_dry_run_changes_nothing(self):
        self.good(DOOR, "delete", "pod", "box", "--dry-run=server")
        self.assertIsNotNone(self.server.cluster.find("pods", "box"))

    def test_no_faults_in_the_log(self):
        self.good(DOOR, "get", "pods")
        self.assertNotRegex(self.gateway.log(), "(?i)sanitizer|runtime error|fatal")


class Tokens(Kubernetes):
    """Agents that show a token: kubeconfig gives it to them, and to nobody else."""
    parts = {"token": "true", "more": 'agent "helper" { profile = profile.agents }\n'}

    @classmethod
    def prepare(cls):
        key = cls.server.folder / "vault.key"
        key.write_text("11" * 32)
        key.chmod(0o600)
        cls.parts = {**cls.parts, "settings": f'vault {{ key_file = "{key}" }}'}

    @classmethod
    def give_kubeconfigs(cls):
        cls.gateway.token("helper")
        process.run([BINARY, "reload", "--state-dir", cls.gateway.folder / "state"])
        cls.configs[DOOR] = cls.gateway.kubeconfig(DOOR, "--agent", "helper")
        cls.configs[PROXY] = cls.gateway.kubeconfig(PROXY, "--agent", "helper")

    def test_kubectl_shows_it(self):
        self.same(["get", "pods"], ["get", "pod", "nope"])
        for one in self.server.requests:
            self.assertEqual(one["headers"]["authorization"], f"Bearer {access.ADMIN}")

    def test_without_it_nobody_comes_in(self):
        self.needs_gateway()
        port = self.gateway.port
        authority = self.gateway.authority()
        self.configs["stranger"] = self.server.kubeconfig("guessed", port=port, authority=authority)
        self.addCleanup(self.configs.pop, "stranger")
        self.server.requests.clear()
        done = self.kubectl("stranger", "get", "pods")
        self.assertNotEqual(done.code, 0)
        self.assertEqual(self.server.requests, [])

    def test_the_file_is_for_its_agent_alone(self):
        self.needs_gateway()
        for way in self.through():
            self.assertEqual(os.stat(self.configs[way]).st_mode & 0o777, 0o600)


class ReadAs(Kubernetes):
    """Reads are sent as somebody who can only read."""
    parts = {"endpoint": 'read_as_user = "viewer"'}

    def test_reads_are_sent_as_the_reader(self):
        self.needs_gateway()
        self.good(DOOR, "get", "pods")
        asked = self.server.requests[-1]["headers"]
        self.assertEqual(asked["impersonate-user"], "viewer")

    def test_what_the_reader_may_not_see_nobody_sees(self):
        self.needs_gateway()
        self.refused("get", "nodes", because='User "viewer" cannot list resource "nodes"')

    def test_writes_are_sent_as_the_credential(self):
        self.needs_gateway()
        self.good(DOOR, "create", "cm", "made", "--from-literal=a=b")
        wrote = next(one for one in self.server.requests if one["method"] == "POST")
        self.assertNotIn("impersonate-user", wrote["headers"])

    def test_an_agents_own_impersonation_is_refused(self):
        self.needs_gateway()
        for words in (["get", "pods"], ["delete", "pod", "box"]):
            done = self.kubectl(DOOR, *words, "--as", "admin", "--as-group", "system:masters")
            self.assertNotEqual(done.code, 0, done.out)
        self.assertIsNotNone(self.server.cluster.find("pods", "box"))


class Certificate(Kubernetes):
    """A client's certificate as the credential, HTTP/1.1 only."""
    http2 = False

    def test_the_server_sees_who_comes(self):
        config = self.server.kubeconfig("", **{"client-certificate": str(self.server.folder / "client.crt"),
                                               "client-key": str(self.server.folder / "client.key")})
        self.configs["certified"] = config
        self.addCleanup(self.configs.pop, "certified")
        done = self.kubectl("certified", "get", "pods")
        self.assertIn('User "certified" cannot list resource "pods"', done.err)

    def test_everything_without_http2(self):
        self.same(["get", "all", "-A"], ["create", "cm", "a", "--from-literal=x=1"],
                  ["exec", "box", "--", "echo", "a"])


class Unverified(Kubernetes):
    """A server that cannot prove who it is gets nothing."""

    def test_a_stranger_in_the_servers_place(self):
        self.needs_gateway()

        class Wrong:
            port, authority = self.server.port, self.gateway.authority()

        with KubeGateway(Wrong) as wrong:
            self.configs["wrong"] = wrong.kubeconfig(DOOR)
            self.addCleanup(self.configs.pop, "wrong")
            self.server.requests.clear()
            done = self.kubectl("wrong", "get", "pods")
        self.assertNotEqual(done.code, 0)
        self.assertEqual(self.server.requests, [])


class Objects(Kubernetes):
    """A rule on the object in a body: JSON and YAML are judged; with protobuf, which kubectl's typed commands
    send, it cannot be decided and refuses."""
    parts = {"rules": RULES + """
rule "no-privilege" {
  endpoint  = kubernetes.prod
  priority  = 90
  condition = <<-CEL
    k8s.verb == 'create' && k8s.resource == 'configmaps' && k8s.object.metadata.name == 'forbidden'
  CEL
  verdict   = "deny"
  reason    = "not that name"
}
"""}

    def written(self, name):
        return self.write(f"{name}.yaml",
                          f"---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}")

    def test_an_object_is_judged(self):
        self.needs_gateway()
        self.refused("create", "-f", self.written("forbidden"), because="not that name")
        self.refused("apply", "-f", self.written("forbidden"), because="not that name")
        self.good(DOOR, "create", "-f", self.written("welcome"))
        self.assertIsNotNone(self.server.cluster.find("configmaps", "welcome"))

    def test_what_cannot_be_read_is_refused(self):
        self.needs_gateway()
        for way in self.through():
            done = self.kubectl(way, "create", "cm", "forbidden")
            self.assertNotEqual(done.code, 0, done.out)
            self.assertIn("a part of the action that it reads is not known", done.err)
            self.assertIn("send the object as JSON or YAML", done.err)
        self.assertIsNone(self.server.cluster.find("configmaps", "forbidden"))


class Guarded(Kubernetes):
    """The pack as it comes, with what kubectl really sends."""
    parts = {"endpoint": 'use = ["kubernetes-guarded"]', "rules": "", "settings": 'approval_timeout = "1s"'}

    def setUp(self):
        super().setUp()
        self.needs_gateway()

    def refused(self, why, *words):
        for way in self.through():
            done = self.kubectl(way, *words)
            self.assertNotEqual(done.code, 0, words)
            self.assertIn(why, done.err, words)

    def test_what_looks_passes(self):
        for words in (["get", "pods", "-A"], ["describe", "deploy", "web"], ["logs", "box"],
                      ["api-resources"], ["auth", "can-i", "create", "pods"],
                      ["diff", "-f", self.manifest()]):
            for way in self.through():
                self.assertEqual(self.kubectl(way, *words).err, "", words)

    def manifest(self):
        return self.write("same.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")

    def test_small_repairs_pass(self):
        for way in self.through():
            self.good(way, "rollout", "restart", "deploy/web")
            self.server.reset()
            self.good(way, "delete", "pod", "box", "--wait=false")
            self.server.reset()

    def test_writes_ask(self):
        self.refused("did not answer in time", "create", "deployment", "x", "--image=y")
        self.refused("did not answer in time", "scale", "deploy/web", "--replicas=3")
        self.refused("did not answer in time", "exec", "box", "--", "ls")

    def test_the_rest_is_refused(self):
        self.refused("not given to agents", "get", "secrets")
        self.refused("not changed by agents", "delete", "ns", "default")
        self.refused("not changed by agents", "create", "clusterrole", "x", "--verb=get", "--resource=pods")
        self.refused("whole collections", "delete", "--raw", "/api/v1/namespaces/default/pods")
        self.refused("agents act as themselves", "--as=root", "get", "pods")
        self.refused("nobody judges what is said there", "get", "--raw", "/api/v1/nodes/node-1/proxy/")


if __name__ == "__main__":
    unittest.main()
