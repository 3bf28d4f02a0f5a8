"""An agent's HTTPS: curl through the proxy and by the endpoint's own door, judged, lent the real
credential, recorded."""

import http.client
import json
import os
import pathlib
import subprocess

from harness import process
from harness.web_case import PYTHON, Https
from harness.web_gateway import SECRET


class Proxy(Https):
    @property
    def proxy(self):
        return f"http://127.0.0.1:{self.gateway.proxy}"

    def test_the_request_carries_the_real_credential_and_the_answer_does_not(self):
        seen = self.gateway.curl("-H", "Authorization: Bearer placeholder", "https://api.test/echo/x?a=b")
        self.assertEqual(self.server.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")
        self.assertEqual(self.server.requests[0]["path"], "/echo/x?a=b")
        self.assertEqual(self.server.requests[0]["headers"]["host"], "api.test")
        self.assertNotIn(SECRET, seen)
        self.assertIn("*" * len(SECRET), seen)

    def test_a_refused_request_never_arrives(self):
        body = self.gateway.curl("-X", "DELETE", "https://api.test/echo")
        self.assertEqual(json.loads(body)["rule"], "no-delete")
        self.assertEqual(json.loads(body)["status"], 403)
        self.assertEqual(self.server.requests, [])

    def test_http2_and_http1_both_work(self):
        for version in ("--http2", "--http1.1"):
            with self.subTest(version):
                self.assertEqual(self.status(version, "https://api.test/bytes/1000"), "200")

    def test_a_body_arrives_as_it_was_sent(self):
        for words in (["--data-binary", "hello"],
                      ["--data-binary", "hello", "-H", "Transfer-Encoding: chunked"],
                      ["--http2", "--data-binary", "hello"], ["-T-"]):
            with self.subTest(words):
                self.server.requests.clear()
                command = ["curl", "-sS", "--cacert", self.gateway.authority(), "-x", self.proxy, *words,
                           "https://api.test/echo"]
                subprocess.run(command, input=b"hello", check=True, stdout=subprocess.PIPE, timeout=20)
                self.assertEqual(self.server.requests[0]["body"], b"hello")

    def test_large_bodies_pass_both_ways(self):
        size = 20_000_000
        path = self.gateway.folder / "large"
        path.write_bytes(os.urandom(size))
        got = self.gateway.curl("-o", "/dev/null", "-w", "%{size_download}", f"https://api.test/bytes/{size}")
        self.assertEqual(got, str(size))
        for version in ("--http1.1", "--http2"):
            self.server.requests.clear()
            self.gateway.curl(version, "-o", "/dev/null", "-H", "Content-Type: application/octet-stream",
                              "--data-binary", f"@{path}", "https://api.test/echo")
            self.assertTrue(self.server.requests[0]["body"] == path.read_bytes())

    def test_server_sent_events_are_not_kept_back(self):
        command = ["curl", "-sSN", "--cacert", self.gateway.authority(), "-x", self.proxy,
                   "https://api.test/held"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.readline(), b"data: first\n")
            self.server.release.set()
            self.assertIn(b"data: second", child.stdout.read())

    def test_answers_without_a_body(self):
        for status in ("204", "304"):
            self.assertEqual(self.status(f"https://api.test/status/{status}"), status)
        self.assertEqual(self.status("-I", "https://api.test/bytes/1000"), "200")

    def test_cookies_and_http3_hints_stay_behind(self):
        fields = self.gateway.curl("-D-", "-o", "/dev/null", "https://api.test/cookies").lower()
        self.assertNotIn("set-cookie", fields)
        self.assertNotIn("alt-svc", fields)

    def test_an_unknown_host_is_refused_before_it_is_dialled(self):
        done = subprocess.run(["curl", "-sS", "-x", self.proxy, "https://other.test/"], capture_output=True,
                              text=True, check=False, timeout=20)
        self.assertIn("403", done.stderr)

    def test_plain_http_through_the_proxy_reaches_the_endpoint_by_tls(self):
        self.assertEqual(self.echo("http://api.test/echo")["method"], "GET")

    def test_socks5(self):
        self.gateway.authority()
        seen = process.run(["curl", "-sS", "--cacert", self.gateway.authority(), "-x",
                            f"socks5h://127.0.0.1:{self.gateway.proxy}", "https://api.test/echo"])
        self.assertEqual(json.loads(seen)["method"], "GET")

    def test_a_cut_answer_is_seen_to_be_cut(self):
        with self.assertRaisesRegex(RuntimeError, "curl: "):
            self.gateway.curl("https://api.test/cut")

    def test_a_path_is_sent_as_it_was_judged(self):
        self.gateway.curl("--path-as-is", "https://api.test/a/./b/../c//d")
        self.assertEqual(self.server.requests[0]["path"], "/a/c/d")

    def test_what_ran_and_what_was_refused_is_on_record(self):
        self.gateway.curl("https://api.test/echo/recorded")
        self.gateway.curl("-X", "DELETE", "https://api.test/echo/kept")
        text = self.gateway.audit("tail", "--json")
        self.assertIn("/echo/recorded", text)
        self.assertIn("/echo/kept", text)
        self.assertNotIn(SECRET, text)
        self.gateway.audit("verify")


class OwnDoor(Https):
    def test_a_base_url_is_enough(self):
        seen = json.loads(process.run(["curl", "-sS", f"http://127.0.0.1:{self.gateway.port}/echo?x=1"]))
        self.assertEqual(seen["path"], "/echo?x=1")
        self.assertEqual(self.server.requests[0]["headers"]["host"], "api.test")
        self.assertEqual(self.server.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")


class Reload(Https):
    """A connection that is open while the policy changes is held to the new one."""

    def test_a_new_rule_reads_bodies_on_a_connection_that_is_there(self):
        agent = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=20)
        self.addCleanup(agent.close)

        def ask(body):
            agent.request("POST", "/echo", body, {"Content-Type": "text/plain"})
            answer = agent.getresponse()
            answer.read()
            return answer.status

        self.assertEqual(ask("drop it"), 200)
        before = self.gateway.log().count("policy reloaded")
        config = self.gateway.config
        config.write_text(config.read_text().replace("http.method == 'delete'", "http.body.contains('drop')"))
        process.wait_until(lambda: self.gateway.log().count("policy reloaded") > before, 10, "the new policy")
        self.assertEqual([ask("drop it"), ask("keep it")], [403, 200])


class OwnTlsDoor(Https):
    parts = {"endpoint": 'listen_tls = "required"\n  tls_cert = "auto"'}

    def test_it_shows_a_leaf_of_our_authority(self):
        for version in ("--http1.1", "--http2"):
            seen = json.loads(process.run(["curl", "-sS", version, "--cacert", self.gateway.authority(),
                                           f"https://localhost:{self.gateway.port}/echo"]))
            self.assertEqual(seen["method"], "GET")
        seen = json.loads(process.run(["curl", "-sS", "--cacert", self.gateway.authority(),
                                       f"https://127.0.0.1:{self.gateway.port}/echo"]))
        self.assertEqual(seen["method"], "GET")


class Sockets(Https):
    parts = {"rules": """
rule "no-secrets" {
  endpoint  = https.api
  priority  = 100
  condition = "has(ws.text) && ws.text.contains('drop')"
  verdict   = "deny"
  reason    = "not by this door"
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""}

    def talk(self, *messages):
        script = pathlib.Path(__file__).with_name("socket_client.py")
        return process.run([PYTHON, script, str(self.gateway.port), *messages])

    def test_messages_are_judged_one_by_one(self):
        self.assertEqual(self.talk("hello", "again").split("\n")[:2], ["hello", "again"])
        self.assertIn("1008", self.talk("hello", "drop it"))
        self.assertNotIn(b"drop it", self.server.messages)
