"""HTTP requests that a person is asked about: what the person sees, and what outlives a restart."""

import concurrent.futures
import json
import socket

from harness import process
from harness.gateway import BINARY
from harness.web_case import Https

_RULES = """
rule "writes-ask" {
  endpoint  = https.api
  condition = "http.method != 'get'"
  approve   = [builtin.dashboard]
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""


class Asked(Https):
    def approvals(self, *words):
        return process.run([BINARY, "approvals", *words, "--state-dir", self.gateway.folder / "state"])

    def waiting(self):
        return json.loads(self.approvals("list", "--json"))

    def post(self, body="{\"name\": \"eve\"}", path="/echo"):
        """A request that will be held, by curl; its output says what came of it."""
        command = ["curl", "-sS", "-i", "--cacert", self.gateway.authority(), "-x",
                   f"http://127.0.0.1:{self.gateway.proxy}", "-H", "Content-Type: application/json",
                   "-d", body, f"https://api.test{path}"]
        child = process.Process(command, self.gateway.folder / f"curl-{id(body)}-{len(self.answers)}")
        self.answers.append(child)
        self.enterContext(child)
        return child

    def setUp(self):
        super().setUp()
        self.answers = []
        self.addCleanup(lambda: [self.approvals("deny", entry["id"]) for entry in self.waiting()])

    def one_waiting(self):
        process.wait_until(lambda: len(self.waiting()) == 1, 20, "the question")
        return self.waiting()[0]

    def arrived(self):
        return [request for request in self.server.requests if request["method"] == "POST"]

    def ended(self, child):
        process.wait_until(lambda: child.child.poll() is not None, 20, "the answer")
        return child.log()


class Held(Asked):
    parts = {"rules": _RULES}

    def test_a_body_that_no_rule_reads_is_shown_and_arrives_as_it_was(self):
        child = self.post()
        question = self.one_waiting()
        self.assertIn("eve", question["evidence"][0]["text"])
        self.approvals("approve", question["id"])
        self.assertIn(" 200 ", self.ended(child).splitlines()[0] + " ")
        self.assertEqual(len(self.arrived()), 1)

    def test_a_restart_asks_again_and_the_same_request_gets_the_answer_once(self):
        for stop_signal in (15, 9):
            with self.subTest(stop_signal):
                self.server.forget()
                child = self.post()
                question = self.one_waiting()
                self.gateway.child.send_signal(stop_signal)
                self.gateway.child.wait(20)
                self.ended(child)
                self.gateway.__enter__()
                again = self.one_waiting()
                self.assertEqual((again["id"], again["waits"]), (question["id"], "retry"))
                self.assertIn("held for approval", self.ended(self.post()))
                self.approvals("approve", again["id"])
                self.assertEqual(self.arrived(), [], "nothing runs by itself")
                self.assertIn(" 200 ", self.ended(self.post()).splitlines()[0] + " ")
                self.assertEqual(len(self.arrived()), 1)
                other = self.post()
                self.assertNotEqual(self.one_waiting()["id"], again["id"])
                self.approvals("deny", self.waiting()[0]["id"])
                self.assertIn("said no", self.ended(other))
                self.assertEqual(len(self.arrived()), 1)

    def test_two_hundred_wait_at_once_and_each_gets_its_own_answer(self):
        clients = []
        for number in range(200):
            client = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=60)
            self.addCleanup(client.close)
            head = f"POST /echo?{number} HTTP/1.1\r\nHost: api.test\r\nContent-Length: 0\r\n\r\n"
            client.sendall(head.encode())
            clients.append(client)
        process.wait_until(lambda: len(self.waiting()) == 200, 60, "the questions")
        ids = {question["text"].split("?")[-1]: question["id"] for question in self.waiting()}

        def answer(number):
            self.approvals("deny" if number % 2 else "approve", ids[str(number)])
        with concurrent.futures.ThreadPoolExecutor(8) as operators:
            list(operators.map(answer, range(200)))
        for number, client in enumerate(clients):
            self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 403 " if number % 2 else b"HTTP/1.1 200 "))
        self.assertEqual(len(self.arrived()), 100)


class SentAway(Asked):
    """Agents that are not kept waiting: 202, and one run when they come back."""

    parts = {"rules": """
approver "human_approver" "ops" {
  channel           = "#ops"
  timeout           = "5m"
  sync_wait_timeout = "1s"
  async_grant {
    enabled            = true
    approved_retry_ttl = "2m"
  }
}

rule "writes-ask" {
  endpoint  = https.api
  condition = "http.method != 'get'"
  approve   = [human_approver.ops]
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
""", "settings": 'public_url = "https://patrol.test"'}

    def send(self, *words, body="once"):
        return self.echo("-H", "Content-Type: text/plain", "-d", body, *words, "https://api.test/echo")

    def state_of(self, url):
        socket_path = self.gateway.folder / "state/admin.sock"
        path = url.removeprefix("https://patrol.test")
        return process.run(["curl", "-sS", "--unix-socket", socket_path, f"http://operators{path}"])

    def test_it_runs_once_when_the_agent_comes_back(self):
        sent = self.send()
        self.assertEqual(sent["state"], "pending_approval")
        named = ("-H", f"Clawpatrol-HITL-Operation: {sent['operation_id']}")
        self.assertEqual(self.send(*named)["state"], "pending_approval")
        self.assertEqual(json.loads(self.state_of(sent["status_url"]))["state"], "pending_approval")
        self.assertNotIn("pending", self.state_of(sent["status_url"][:-1]), "another token sees nothing")
        self.approvals("approve", sent["operation_id"])
        self.assertEqual(json.loads(self.state_of(sent["status_url"]))["state"], "approved_waiting_for_retry")
        self.assertEqual(self.arrived(), [], "nothing runs by itself")
        self.assertEqual(self.send(*named, body="twice")["status"], 409)
        self.assertEqual(self.send(*named)["method"], "POST")
        self.assertEqual(self.send(*named)["status"], 409)
        self.assertEqual(self.send("-H", "Clawpatrol-HITL-Operation: nonsense")["status"], 404)
        self.assertEqual([request["body"] for request in self.arrived()], [b"once"])
        process.wait_until(lambda: "upstream_succeeded" in self.state_of(sent["status_url"]), 10, "the end")

    def test_a_denial_is_told_when_it_comes_back(self):
        sent = self.send(body="no")
        self.approvals("deny", sent["operation_id"], "-m", "not today")
        back = self.send("-H", f"Clawpatrol-HITL-Operation: {sent['operation_id']}", body="no")
        self.assertEqual(back["status"], 403)
        self.assertIn("not today", back["detail"])
        self.assertEqual(self.arrived(), [])
