"""Calls that are none: no rule sees them, nothing runs, and who tries leaves a trace. By REST and by MCP."""

import json
import re
import unittest

from harness import gateway, mcp, postgres, process, tool_gateway, web
from harness.mcp import request
from harness.web_case import needs_program
from test_tools import RULES, Tools

TOOLS = """
tool "command" "echo" {
  command   = ["echo", "-n"]
  allow     = ["hello *"]
  endpoints = [https.api]
}
"""

DENIED = re.compile(r'(?m)^claw_actions_total\{endpoint="tools\.local",protocol="tools",rule="",'
                    r'verdict="deny"\} (\d+)')
UNREAD = re.compile(r'(?m)^claw_policy_refusals_total\{cause="backstop_unparsed"\} (\d+)')


class Refused(Tools):
    rules = TOOLS + RULES
    endpoint = "calls_per_agent = 3"

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        needs_program("bwrap")
        cls.metrics = process.free_port()
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.web = cls.enterClassContext(web.Server())
        cls.gateway = cls.enterClassContext(tool_gateway.ToolGateway(
            cls.database, cls.web, cls.rules, cls.endpoint,
            f'admin {{\n  metrics = "127.0.0.1:{cls.metrics}"\n}}'))

    def search(self, *words):
        found = self.gateway.audit("search", "--json", "--kind", "judged", "--verdict", "deny", "-n", "10000",
                                   *words)
        return [json.loads(line) for line in found.splitlines()]

    def counted(self, pattern):
        text = process.run(["curl", "-sS", f"http://127.0.0.1:{self.metrics}/metrics"])
        found = pattern.search(text)
        return int(found[1]) if found else 0

    def one(self, session):
        """The refusal on record of that session, in all the forms it can be found by."""
        [record] = [each for each in self.search("agent=bot") if each["session"] == f"bot/{session}"]
        self.assertEqual((record["family"], record["endpoint"], record["agent"]),
                         ("tool", "tools.local", "bot"))
        self.assertEqual(record["reason"], record["not_understood"])
        self.assertNotIn("rule", record)
        self.assertEqual(self.gateway.records(kind="ended", action=record["action"]), [])
        return record

    def test_wrong_arguments(self):
        status, said = self.gateway.call("postgres.query", {"sq": "select 1", "parameters": ["4711"]},
                                         session="wrong", reasoning="to see")
        self.assertEqual((status, said["pointer"]), (400, "/arguments/sq"))
        record = self.one("wrong")
        self.assertIn("(/arguments/sq)", record["reason"])
        self.assertEqual((record["tool"], record["reasoning"]), ("postgres.query", "to see"))
        self.assertIn('"sq":"select 1"', record["text"])
        self.assertNotIn("4711", record["text"], "values are not where values of calls are not")
        self.assertIn(record["action"], [each["action"] for each in self.search("tool.name=postgres.query")])

    def test_words_that_the_policy_does_not_have(self):
        status, said = self.gateway.call("echo", {"args": ["--help"]}, session="flags")
        self.assertEqual(status, 400, said)
        record = self.one("flags")
        self.assertIn("the policy does not allow these words", record["reason"])
        self.assertIn('{"args":["--help"]}', record["text"])

    def test_tools_that_are_not_there(self):
        status, said = self.gateway.call("shell", {"command": "id", "api_token": "hunter2-hunter2"},
                                         session="unknown")
        self.assertEqual(status, 404, said)
        record = self.one("unknown")
        self.assertIn("has no tool `shell`", record["reason"])
        self.assertIn('"command":"id"', record["text"])
        self.assertNotIn("hunter2", json.dumps(record))

    def test_too_long(self):
        status, _ = self.gateway.call("postgres.query", {"sql": "x" * 1_060_000}, session="long")
        self.assertEqual(status, 413)
        record = self.one("long")
        self.assertIn("at most", record["reason"])
        self.assertIn('"bytes":1060000', record["text"])
        self.assertLess(len(json.dumps(record)), 4096)

    def test_what_is_no_call_at_all(self):
        before = len(self.search())
        for body in ("{", "[]", '{"arguments":{},"agent":"other"}', '{"session":1}', "[" * 1000):
            status, said = self.gateway.ask("POST", "/v1/tools/postgres.query", body)
            self.assertEqual(status, 400, said)
        self.assertEqual(len(self.search()), before + 5)

    def test_too_many_at_once_are_counted_and_not_all_written(self):
        held = [self.later(lambda: self.gateway.query("delete from accounts where id = 1", agent="other"))
                for _ in range(3)]
        process.wait_until(lambda: len(self.gateway.waiting()) == 3, 20, "three questions")
        denied = self.counted(DENIED)
        for number in range(150):
            status, _ = self.gateway.query(f"select {number}", agent="other", session="flood")
            self.assertEqual(status, 429)
        process.wait_until(lambda: self.counted(DENIED) >= denied + 150, 20, "all of them counted")
        self.assertGreaterEqual(self.counted(UNREAD), 150)
        written = [each for each in self.search("agent=other") if each["session"] == "other/flood"]
        self.assertLess(len(written), 60, "a flood is not a record each")
        stands_for = sum(int(each["detail"].split()[2]) for each in written if "detail" in each)
        self.assertEqual(len(written) + stands_for, 150)
        self.deny_all()
        for each in held:
            each()

    def test_by_mcp(self):
        raw = mcp.Raw(self.gateway, "bot")
        raw.initialize()

        def call(session, params):
            params["_meta"] = {"clawpatrol/session": session}
            return raw.send(request("tools/call", params))[1]
        said = call("mcp-wrong", {"name": "postgres.query", "arguments": {"sq": "select 1"}})
        self.assertTrue(said["result"]["isError"], said)
        self.assertIn("/arguments/sq", self.one("mcp-wrong")["reason"])
        said = call("mcp-unknown", {"name": "shell", "arguments": {}})
        self.assertEqual(said["error"]["code"], -32602, said)
        self.assertEqual(self.one("mcp-unknown")["tool"], "shell")
        said = call("mcp-shape", {"name": "postgres.query", "arguments": []})
        self.assertEqual(said["error"]["code"], -32602, said)
        self.assertIn("`arguments` is an object", self.one("mcp-shape")["reason"])
        said = call("mcp-flags", {"name": "echo", "arguments": {"args": ["-e", "x"]}})
        self.assertIn("does not allow these words", self.one("mcp-flags")["reason"])


if __name__ == "__main__":
    unittest.main()
