"""A night on call: an alert arrives, and an agent that has nothing but the tool endpoint looks around, is
held where a person should look too, and is refused where nobody should. It is the documentation's agent."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.request

from harness import gateway, operators, postgres, process, tool_gateway, web, web_github
from harness.gateway import BINARY
from harness.kube import access
from harness.kube.server import Server

EXAMPLE = pathlib.Path(__file__).parents[2] / "docs" / "examples" / "tool_agent.py"
GITHUB = "github-secret-0123456789abcdef"

CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  admin {{
    listen = "127.0.0.1:{admin}"
  }}
}}

agent "bot" {{
  profile = profile.oncall
}}

endpoint "tools" "local" {{
  listen = ["127.0.0.1:{port}"]
}}

endpoint "kubernetes" "prod" {{
  server  = "127.0.0.1:{kube}"
  ca_cert = "<<file:kube-ca.pem>>"
}}

endpoint "postgres" "db" {{
  host    = "127.0.0.1:{postgres}"
  sslmode = "require"
  use     = ["postgres-guarded"]
}}

endpoint "https" "github" {{
  hosts    = ["api.github.com"]
  upstream = "{web}"
  ca_cert  = "<<file:upstream-ca.pem>>"
  use      = ["github-guarded"]
}}

credential "bearer_token" "cluster" {{
  endpoint = kubernetes.prod
}}

credential "postgres_credential" "db" {{
  endpoint = postgres.db
  user     = "scram_user"
  database = "{database}"
}}

credential "bearer_token" "github" {{
  endpoint = https.github
}}

profile "oncall" {{
  credentials = [bearer_token.cluster, postgres_credential.db, bearer_token.github]
}}

rule "calls" {{
  endpoint = tools.local
  verdict  = "allow"
}}

rule "looks" {{
  endpoint  = kubernetes.prod
  condition = "k8s.verb in ['get', 'list', 'watch'] && k8s.resource != 'secrets'"
  verdict   = "allow"
}}

rule "restarts-ask" {{
  endpoint  = kubernetes.prod
  priority  = -10
  condition = "k8s.verb == 'delete' && k8s.resource == 'pods'"
  approve   = [builtin.dashboard]
  reason    = "a person looks before a pod goes"
}}
"""


def example():
    spec = importlib.util.spec_from_file_location("tool_agent", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class StoryGateway(tool_gateway.ToolGateway):
    def __init__(self, database, github, cluster):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port, self.admin = process.free_port(), process.free_port()
        self.config = self.folder / "gateway.hcl"
        shutil.copy(github.authority, self.folder / "upstream-ca.pem")
        shutil.copy(cluster.authority, self.folder / "kube-ca.pem")
        self.config.write_text(CONFIG.format(
            folder=self.folder, port=self.port, admin=self.admin, kube=cluster.port, postgres=database.port,
            web=github.url(), database=postgres.DATABASE))
        process.Process.__init__(
            self, [BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
            env={**os.environ, "CLAWPATROL_SECRET_DB": postgres.PASSWORD,
                 "CLAWPATROL_SECRET_GITHUB": GITHUB, "CLAWPATROL_SECRET_CLUSTER": access.ADMIN,
                 "CLAWPATROL_SECRET_AGENT_BOT": tool_gateway.TOKENS["bot"]})


class Story(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.github = cls.enterClassContext(web.Server(routes=web_github.ROUTES))
        cls.cluster = cls.enterClassContext(Server())
        cls.gateway = cls.enterClassContext(StoryGateway(cls.database, cls.github, cls.cluster))
        cls.tool_agent = example()
        cls.agent = cls.tool_agent.Gateway(f"http://127.0.0.1:{cls.gateway.port}",
                                           tool_gateway.TOKENS["bot"], session="alert-4711")

    def kubectl(self, line, why):
        """By the tool, where kubectl is installed; what it prints."""
        said = self.agent.call("kubectl", {"command": f"kubectl {line}"}, why)
        self.assertEqual(said["exit_code"], 0, said)
        return said["stdout"]

    def http(self, method, path, why):
        """The same without it: by a request."""
        url = f"https://127.0.0.1:{self.cluster.port}/api/v1/namespaces/default/pods{path}"
        said = self.agent.call("http.request", {"method": method, "url": url}, why)
        self.assertEqual(said["status"], 200, said)
        return said["body"]

    def look(self, why):
        said = self.kubectl("get pods -o json", why) if self.has_kubectl else self.http("GET", "", why)
        return [each["metadata"]["name"] for each in json.loads(said)["items"]]

    def delete(self, pod, why):
        if self.has_kubectl:
            return self.kubectl(f"delete pod {pod} --wait=false", why)
        return self.http("DELETE", f"/{pod}", why)

    def start_pod(self, name):
        """One that hangs, made by somebody else: straight at the cluster."""
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
        request = urllib.request.Request(
            f"{self.cluster.url()}/api/v1/namespaces/default/pods", data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {access.ADMIN}", "Content-Type": "application/json"})
        context = ssl.create_default_context(cafile=str(self.cluster.authority))
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            self.assertEqual(answer.status, 201)

    def operator(self):
        """Somebody on call who has just made an account, in the dashboard's own words."""
        ann = operators.Operator(self.gateway.admin)
        self.assertEqual(ann.first(re.search(r"/#/first/(\S+)", self.gateway.log())[1]).status, 200)
        return ann

    def test_a_night_on_call(self):
        ann = self.operator()
        self.start_pod("web-1")
        alert = {"title": "checkout is slow"}

        # It looks: at the cluster and at the database.
        self.has_kubectl = "kubectl" in {each["name"] for each in self.agent.tools()}
        pod = "web-1"
        self.assertIn(pod, self.look(f"alert: {alert['title']}"))
        rows = self.agent.call("postgres.query", {"sql": "select count(*) from orders"}, "is it the orders?")
        self.assertEqual(len(rows["rows"]), 1)

        # It wants a pod gone: that waits, and a person says yes in the dashboard.
        outcome = []
        wants = threading.Thread(target=lambda: outcome.append(
            self.delete(pod, f"{pod} hangs since the alert")), daemon=True)
        wants.start()
        process.wait_until(lambda: self.gateway.waiting(), 20, "the question")
        question, = self.gateway.waiting()
        shown = ann.get(f"/api/v1/approvals/{question['id']}").json
        self.assertIn(pod, json.dumps(shown))
        self.assertIn("hangs since the alert", json.dumps(shown))
        self.assertEqual(self.cluster.seen("delete"), [])
        self.assertEqual(ann.post(f"/api/v1/approvals/{question['id']}/allow", {}).status, 200)
        wants.join(30)
        self.assertEqual(len(outcome), 1)
        self.assertEqual([seen[2:] for seen in self.cluster.seen("delete")], [("default", pod)])

        # It goes too far, twice, and is told why and what to do instead.
        with self.assertRaises(self.tool_agent.Denied) as told:
            self.agent.call("postgres.query", {"sql": "drop table orders"}, "start afresh")
        self.assertEqual(told.exception.rule, "postgres-guarded/no-ddl")
        self.assertIn("migration", told.exception.hint)
        with self.assertRaises(self.tool_agent.Denied) as told:
            self.agent.call("github.request", {"method": "DELETE", "url": "/repos/acme/shop"}, "clean up")
        self.assertEqual(told.exception.rule, "github-guarded/no-repository-removal")
        self.assertEqual(self.github.requests, [])

        # The dashboard has all of it by the name that the calls went by, though that is no connection.
        session = ann.get("/api/v1/sessions/bot%2Falert-4711").json
        self.assertEqual((session.get("agent"), session.get("actions")), ("bot", 5), session)
        self.assertEqual(session["latest"], session["timeline"][-1]["time"])
        self.assertEqual(ann.get("/api/v1/sessions/bot%2Fnothing").status, 404)

        self.check_record(pod)

    def check_record(self, pod):
        """Who did what, why, and who let it happen; and no secret anywhere."""
        judged = self.gateway.records(kind="judged", session="bot/alert-4711")
        cluster = "kubectl" if self.has_kubectl else "http.request"
        self.assertEqual([(each["verdict"], each["tool"]) for each in judged if each["family"] == "tool"],
                         [("allow", cluster), ("allow", "postgres.query"), ("allow", cluster),
                          ("allow", "postgres.query"), ("allow", "github.request")])
        deleted, = [each for each in self.gateway.records(kind="judged", family="k8s")
                    if each.get("rule") == "restarts-ask"]
        self.assertEqual((deleted["verdict"], deleted["approver"]), ("allow", "ann"))
        self.assertIn(pod, deleted["text"])
        refused = [each["rule"] for each in self.gateway.records(kind="judged", verdict="deny")]
        self.assertEqual(len(refused), 2, refused)
        written = self.gateway.written()
        for secret in (GITHUB, postgres.PASSWORD, access.ADMIN):
            self.assertNotIn(secret.encode(), written)


class Example(Story):
    """The example as a program, as its documentation says to run it."""

    def run_example(self, *words):
        environment = {**os.environ, "TOOL_PROXY_URL": f"http://127.0.0.1:{self.gateway.port}",
                       "CLAWPATROL_TOKEN": tool_gateway.TOKENS["bot"]}
        return subprocess.run(["/usr/bin/python3", EXAMPLE, *words], env=environment, capture_output=True,
                              text=True, check=False, timeout=30)

    def test_a_night_on_call(self):
        done = self.run_example("postgres.query", '{"sql": "select 1 as one"}', "is it up?")
        self.assertEqual((done.returncode, json.loads(done.stdout)["rows"]), (0, [[1]]), done.stderr)
        done = self.run_example("postgres.query", '{"sql": "drop table orders"}')
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-ddl", done.stderr)
        self.assertIn("migration", done.stderr)


if __name__ == "__main__":
    unittest.main()
