"""The documentation's agent in plain Python where it is not to wait on its connection: put off, it asks how
its operation stands, and sends its call again when somebody has answered."""

import os
import subprocess
import sys
import threading

from test_story import EXAMPLE, example
from test_tools import RULES, Tools
from harness import process, tool_gateway


PAGE = process.ROOT / "docs/agents/python.md"


class Page(Tools):
    def test_the_pages_first_lines_run(self):
        lines = PAGE.read_text().partition("```python\n")[2].partition("```")[0]
        for sql, said in ((None, ""), ("drop table orders", "describe the change in your report")):
            script = lines.replace("select count(*) from orders", sql) if sql else lines
            out = process.run([sys.executable, "-c", script], env={
                **os.environ, "PYTHONPATH": str(EXAMPLE.parent),
                "CLAWPATROL_TOKEN": tool_gateway.TOKENS["bot"],
                "TOOL_PROXY_URL": f"http://127.0.0.1:{self.gateway.port}"})
            self.assertIn(said, out)
        sessions = {record["session"] for record in self.gateway.records(kind="judged", family="tool")}
        self.assertEqual(sessions, {"bot/alert-4711"})


class PutOff(Tools):
    rules = """
approver "human_approver" "ops" {
  channel           = "builtin"
  sync_wait_timeout = "10ms"
  async_grant {
    enabled = true
  }
}
""" + RULES.replace("builtin.dashboard", "human_approver.ops")

    def begin(self, sql):
        """The program as its first lines say, and the question that comes of it."""
        program = subprocess.Popen(
            [sys.executable, EXAMPLE, "postgres.query", f'{{"sql": "{sql}"}}', "it", "is", "old"], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={
                **os.environ, "TOOL_PROXY_URL": f"http://127.0.0.1:{self.gateway.port}",
                "CLAWPATROL_TOKEN": tool_gateway.TOKENS["bot"]})
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        question = self.gateway.one_waiting()
        self.assertEqual(question["agent_says"], "it is old")
        return program, question["id"]


    def test_what_is_allowed_runs_when_it_comes_back(self):
        program, question = self.begin("delete from orders where id = 9")
        self.gateway.approvals("approve", question)
        out, errors = program.communicate(timeout=60)
        self.assertEqual((program.returncode, errors), (0, ""))
        self.assertIn('"command": "DELETE 1"', out)

    def test_what_is_denied_is_told_with_the_reason(self):
        program, question = self.begin("delete from orders where id = 10")
        self.gateway.approvals("deny", question, "--comment", "look at its invoices first")
        out, errors = program.communicate(timeout=60)
        self.assertEqual((program.returncode, out), (1, ""))
        self.assertRegex(errors, "^denied: .*look at its invoices first")

    def test_it_is_put_off_and_a_key_runs_it_once(self):
        agent = example().Gateway(f"http://127.0.0.1:{self.gateway.port}", tool_gateway.TOKENS["bot"])
        put_off, decided = threading.Event(), agent._decided
        agent._decided = lambda held: put_off.set() or decided(held)
        sql = {"sql": "delete from orders where id = 12"}
        call = lambda: agent.call("postgres.query", sql, key="alert-12")
        outcome = self.later(call)
        self.assertTrue(put_off.wait(20), "it was not put off")
        self.gateway.approvals("approve", self.gateway.one_waiting()["id"])
        self.assertEqual(outcome()["command"], "DELETE 1")
        self.assertEqual(call()["command"], "DELETE 1", "what it answered, not a second run")
        self.assertEqual(self.gateway.waiting(), [])
