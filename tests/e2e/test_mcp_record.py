"""What was done with MCP servers, looked back at: searched, replayed, tried with another policy, made into
rules, and counted."""

import json
import re
import subprocess
import unittest

from harness import gateway, mcp, mcp_servers, process

CONFIG = """
endpoint "mcp" "scripted" {{
  url        = "http://127.0.0.1:{port}/mcp"
  pins       = "accept_first"
  reads_only = ["look_*"]
  destroys   = ["drop_*"]
}}

credential "bearer_token" "mcpkey" {{
  endpoint = mcp.scripted
}}

profile "agents" {{
  credentials = [bearer_token.mcpkey]
}}

rule "not-the-vault" {{
  endpoint  = mcp.scripted
  priority  = 100
  condition = "mcp.text.contains('vault')"
  verdict   = "deny"
  reason    = "the vault is nobody's"
}}

rule "all" {{
  endpoint = mcp.scripted
  verdict  = "allow"
}}
"""


class Record(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        server = cls.enterClassContext(mcp_servers.Server())
        server.tools = [mcp_servers.tool(name, "Does it.") for name in ("look_up", "write", "drop_it")]
        cls.gateway = cls.enterClassContext(mcp_servers.Gateway(CONFIG.format(port=server.port)))
        process.wait_until(lambda: "scripted.write" in cls.gateway.tools(), 30, "its tools")
        calls = [("look_up", {"what": "orders"}, 200), ("look_up", {"what": "users"}, 200),
                 ("write", {"to": "orders", "text": "it's \"done\"\n"}, 200),
                 ("drop_it", {"what": ["a", {"b": 1}]}, 200), ("look_up", {"what": "the vault"}, 403)]
        for name, arguments, status in calls:
            answered, said = cls.gateway.call("scripted." + name, arguments, session="night")
            assert answered == status, said
        client = mcp.Raw(cls.gateway)
        client.initialize()

    def run_verb(self, *words, code=0):
        done = subprocess.run([gateway.BINARY, *map(str, words),
                               "--state-dir", self.gateway.folder / "state"], capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_they_are_found_by_what_they_are(self):
        found = [json.loads(line) for line in
                 self.run_verb("audit", "search", "family=mcp", "verdict=deny", "--json").splitlines()]
        self.assertEqual([(each["mcp_tool"], each["rule"]) for each in found], [("look_up", "not-the-vault")])
        text = self.run_verb("audit", "search", "--endpoint", "mcp.scripted")
        self.assertIn('scripted write: {"to":"orders"', text)

    def test_a_session_is_replayed(self):
        judged = self.gateway.records(kind="judged", family="mcp")
        text = self.run_verb("replay", judged[0]["session"])
        for each in ("look_up", "write", "drop_it", "not-the-vault", "the vault"):
            self.assertIn(each, text)

    def simulated(self, change, code):
        candidate = self.gateway.folder / "candidate.hcl"
        candidate.write_text(change(self.gateway.config.read_text()))
        return json.loads(self.run_verb("simulate", candidate, "--json", "--since", "7d", code=code))

    def test_another_policy_is_tried_with_them(self):
        same = self.simulated(lambda text: text, code=0)
        self.assertEqual((same["actions"], same["changed"]), (5, 0), same)

        def stricter(text):
            return text + """
rule "orders-ask" {
  endpoint  = mcp.scripted
  priority  = 50
  condition = "(has(mcp.args.to) && mcp.args.to == 'orders') || action.destructive"
  approve   = [builtin.dashboard]
}
"""
        outcome = self.simulated(stricter, code=1)
        self.assertEqual(outcome["changed"], 2, outcome)
        self.assertEqual({change["rule_would"] for change in outcome["changes"]}, {"orders-ask"}, outcome)
        looser = self.simulated(lambda text: text.replace("contains('vault')", "contains('nothing')"), code=1)
        self.assertEqual(looser["changed"], 1, looser)

    def test_rules_are_proposed_for_them(self):
        for language in ([], ["--yaml"]):
            text = self.run_verb("suggest", "--enforced", *language)
            self.assertIn("mcp-scripted-tools-call", text)
            self.assertIn("mcp-scripted-ask-tools-call", text)
        text = self.run_verb("suggest", "--enforced")
        self.assertRegex(text, r'mcp\.tool == \\"look_up\\"')
        self.assertIn("nobody has said that it only reads", text)
        self.assertIn("it destroys", text)
        # The proposal is a policy: with it, what was read is read, and the rest asks.
        kept = self.gateway.config.read_text().split('rule "all"')[0]
        outcome = self.simulated(lambda _: kept + text, code=1)
        self.assertEqual({(each["was"], each["would"]) for each in outcome["changes"]},
                         {("allow", "approve")}, outcome)
        self.assertEqual(outcome["changed"], 2, outcome)

    def metrics(self):
        return process.run(["curl", "-sS", "--fail", "--unix-socket",
                            self.gateway.folder / "state/admin.sock", "http://operators/metrics"])

    def test_they_are_counted(self):
        text = self.metrics()
        labels = r'\{credential="mcpkey",endpoint="mcp\.scripted"'
        self.assertRegex(text, rf"claw_mcp_server_up{labels}\}} 1")
        self.assertRegex(text, rf"claw_mcp_server_starts_total{labels}\}} 1")
        self.assertRegex(text, rf'claw_mcp_definitions{labels},state="open"\}} 3')
        self.assertRegex(text, rf'claw_mcp_definitions{labels},state="held"\}} 0')
        self.assertRegex(text, rf'claw_mcp_requests_total{labels},method="tools/call",outcome="ok"\}} 4')
        self.assertRegex(text, rf"claw_mcp_request_seconds_count{labels}\}} [1-9]")
        self.assertFalse(re.search("look_up|orders", text))

    def test_the_status_names_them(self):
        self.assertIn("mcp server  mcp.scripted by mcpkey  up, 3 open, 0 held", self.run_verb("status"))
        told = json.loads(self.run_verb("status", "--json"))["mcp_servers"]
        self.assertEqual(told, [{"endpoint": "mcp.scripted", "credential": "mcpkey", "up": True, "open": 3,
                                 "held": 0}])


class Gone(unittest.TestCase):
    def test_a_server_that_leaves_the_policy_is_no_alert(self):
        if not gateway.BINARY.exists():
            self.skipTest(f"no gateway at {gateway.BINARY}")
        server = self.enterContext(mcp_servers.Server())
        at = self.enterContext(mcp_servers.Gateway(CONFIG.format(port=server.port)))

        def is_up(value):
            text = process.run(["curl", "-sS", "--unix-socket", at.folder / "state/admin.sock",
                                "http://operators/metrics"])
            return re.search(rf'claw_mcp_server_up\{{[^}}]*mcp\.scripted"\}} {value}\b', text)
        process.wait_until(lambda: is_up(1), 30, "the server")
        text = at.config.read_text()
        text = text[:text.index('endpoint "mcp"')]
        at.config.write_text(text + 'profile "agents" {\n  credentials = []\n}\n')
        process.run([gateway.BINARY, "reload", "--state-dir", at.folder / "state"])
        process.wait_until(lambda: is_up(-1), 20, "a server that the policy has no more")


if __name__ == "__main__":
    unittest.main()
