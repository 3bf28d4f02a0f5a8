"""MCP servers that are programs and call an API: the gateway is their only network, and what they ask for is
judged, lent a credential and recorded as their own."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from harness import gateway, mcp_servers, process, tool_gateway, web
from harness.web_case import needs_program

CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
}}

agent "bot" {{
  profile = profile.agents
}}

endpoint "tools" "local" {{
  listen = ["127.0.0.1:{port}"]
}}

endpoint "https" "api" {{
  hosts    = ["api.test"]
  upstream = "{web}"
  ca_cert  = "<<file:upstream-ca.pem>>"
}}

endpoint "https" "other" {{
  hosts    = ["other.test"]
  upstream = "{web}"
  ca_cert  = "<<file:upstream-ca.pem>>"
}}

endpoint "mcp" "asking" {{
  command     = ["node", "{program}"]
  folders     = ["{mcp_folder}"]
  environment = {{ API_KEY = "a-placeholder" }}
  memory      = "1GiB"
  pins        = "accept_first"
  endpoints   = [https.api]
  profile     = profile.servers
  timeout     = "5s"
}}

credential "bearer_token" "apikey" {{
  endpoint = https.api
}}

credential "passthrough" "others" {{
  endpoint = https.other
}}

credential "passthrough" "reach" {{
  endpoint = mcp.asking
}}

profile "agents" {{
  credentials = [passthrough.reach]
}}

profile "servers" {{
  credentials = [bearer_token.apikey, passthrough.others]
}}

rule "servers-read" {{
  endpoint  = https.api
  priority  = 10
  condition = "http.method == 'get' && agent.name == 'mcp.asking' && agent.profile == 'servers'"
  verdict   = "allow"
}}

rule "servers-post-is-asked" {{
  endpoint  = https.api
  condition = "http.method == 'post'"
  approve   = [builtin.dashboard]
}}

rule "nothing-is-deleted" {{
  endpoint  = https.api
  priority  = 100
  condition = "http.method == 'delete'"
  verdict   = "deny"
  reason    = "nothing is deleted by servers"
}}

rule "others" {{
  endpoint = https.other
  verdict  = "allow"
}}

rule "calls" {{
  endpoint = mcp.asking
  verdict  = "allow"
}}
"""
SECRET = "lent-to-a-server-0123456789"


class Gateway(mcp_servers.Gateway):
    def __init__(self, upstream):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port = process.free_port()
        self.config = self.folder / "gateway.hcl"
        shutil.copy(upstream.authority, self.folder / "upstream-ca.pem")
        self.config.write_text(CONFIG.format(
            folder=self.folder, port=self.port, web=upstream.url(), mcp_folder=mcp_servers.FOLDER,
            program=mcp_servers.FOLDER / "asking.mjs"))
        process.Process.__init__(
            self, [gateway.BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
            env={**os.environ, "CLAWPATROL_SECRET_APIKEY": SECRET,
                 "CLAWPATROL_SECRET_AGENT_BOT": tool_gateway.TOKENS["bot"]})


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        for program in ("bwrap", "curl"):
            needs_program(program)
        mcp_servers.everything()
        cls.web = cls.enterClassContext(web.Server())
        cls.gateway = cls.enterClassContext(Gateway(cls.web))
        process.wait_until(lambda: "asking.fetch" in cls.gateway.tools(), 60, "its tools")

    def setUp(self):
        self.web.requests.clear()
        self.seen = len(self.records())

    def records(self):
        return self.gateway.records(kind="judged", family="http")

    def fresh(self):
        return self.records()[self.seen:]

    def call(self, tool, url, **more):
        status, said = self.gateway.call("asking." + tool, {"url": url, **more})
        self.assertEqual(status, 200, said)
        self.assertNotIn(SECRET, json.dumps(said))
        return json.loads(said["result"]["content"][0]["text"]), said


class Asking(Case):
    def test_fetch_is_lent_the_credential_as_the_server_s_own(self):
        said, call = self.call("fetch", "https://api.test/echo?x=1")
        self.assertEqual(said["status"], 200, said)
        self.assertEqual(json.loads(said["body"])["path"], "/echo?x=1")
        self.assertEqual(self.web.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")
        record, = self.fresh()
        self.assertEqual((record["agent"], record["profile"], record["verdict"], record["endpoint"]),
                         ("mcp.asking", "servers", "allow", "https.api"))
        # Whose call it was for nobody can tell for sure, and so nobody says.
        self.assertNotIn("call", record)
        self.assertEqual(call["actions"], [])

    def test_curl_goes_by_the_proxy_that_it_is_told_of(self):
        said, _ = self.call("curl", "https://api.test/echo")
        self.assertTrue(said["stdout"].endswith("\n200"), said)
        self.assertEqual(self.web.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")

    def test_what_its_rules_deny_is_told_to_it(self):
        for tool in ("fetch", "curl"):
            said, _ = self.call(tool, "https://api.test/echo", method="DELETE")
            self.assertIn("nothing is deleted by servers", json.dumps(said))
        self.assertEqual([each["rule"] for each in self.fresh()], ["nothing-is-deleted"] * 2)
        self.assertEqual(self.web.requests, [])

    def test_hosts_that_it_was_not_given_are_not_there(self):
        # Its profile reaches the first, but the endpoint of the program does not name it.
        for url in ("https://other.test/", "https://1.1.1.1/", "http://169.254.169.254/latest/",
                    f"http://127.0.0.1:{self.gateway.port}/v1/tools"):
            said, _ = self.call("fetch", url)
            self.assertTrue("failed" in said or said["status"] == 403, said)
            said, _ = self.call("curl", url)
            self.assertTrue(said["stdout"].endswith(("000", "403")), said)
        self.assertEqual(self.web.requests, [])
        self.assertEqual(self.fresh(), [])

    def test_what_it_was_given_is_no_secret(self):
        status, said = self.gateway.call("asking.environment", {})
        given = json.loads(said["result"]["content"][0]["text"])
        self.assertEqual(given["API_KEY"], "a-placeholder")
        self.assertEqual(given["HTTPS_PROXY"], "http://127.0.0.1:3128")
        self.assertNotIn(SECRET, json.dumps(given))
        self.assertFalse([name for name in given if name.startswith("CLAWPATROL_SECRET")])

    def test_a_held_request_does_not_stop_the_call_s_time(self):
        status, said = self.gateway.call("asking.fetch", {"url": "https://api.test/echo", "method": "POST"})
        self.assertEqual(status, 422, said)
        self.assertIn("no answer within", said["detail"])
        for each in self.gateway.waiting():
            self.gateway.approvals("deny", each["id"])
        self.assertEqual(self.web.requests, [])

    def test_a_policy_that_gives_it_more_starts_it_anew(self):
        text = self.gateway.config.read_text()
        self.addCleanup(self.reload, text)
        self.reload(text.replace("[https.api]\n  profile", "[https.api, https.other]\n  profile"))
        process.wait_until(lambda: "failed" not in self.call_soon("https://other.test/echo"), 60, "the other")
        self.assertEqual(self.fresh()[-1]["endpoint"], "https.other")
        self.reload(text)
        process.wait_until(lambda: "failed" in self.call_soon("https://other.test/echo"), 60, "its end")

    def call_soon(self, url):
        process.wait_until(lambda: "asking.fetch" in self.gateway.tools(), 60, "its tools")
        status, said = self.gateway.call("asking.fetch", {"url": url})
        return said["result"]["content"][0]["text"] if status == 200 else "failed: between two starts"

    def reload(self, text):
        self.gateway.config.write_text(text)
        process.run([gateway.BINARY, "reload", "--state-dir", self.gateway.folder / "state"])


class Flood(Case):
    def test_connections_without_end_are_closed_and_the_gateway_serves_others(self):
        open_at_once = 0
        for _ in range(6):
            status, said = self.gateway.call("asking.flood", {"count": 120})
            self.assertEqual(status, 200, said)
            open_at_once += int(said["result"]["content"][0]["text"])
        self.assertLessEqual(open_at_once, 500)
        self.assertGreater(open_at_once, 100)
        self.assertIn("an mcp server makes too many connections", self.gateway.log())
        self.assertEqual(self.gateway.ask("GET", "/v1/tools")[0], 200)
