"""What goes wrong while people are asked, and what becomes of the action; docs/faults.md has the rows."""

import concurrent.futures
import contextlib
import json
import pathlib
import subprocess

import psycopg2
from gated import Gated
from harness import gateway, process

_ASKS = """
rule "ask" {
  endpoint  = postgres.db
  condition = "sql.verb == 'delete'"
  approve   = [builtin.dashboard]
}

rule "rest" {
  endpoint = postgres.db
  priority = -1
  verdict  = "allow"
}
"""


class Faults(Gated):
    rules = _ASKS

    def setUp(self):
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(8))
        self.state = self.gateway.folder / "state"
        self.addCleanup(self.end_all)

    def end_all(self):
        """So that an agent that still waits does not keep the next test waiting."""
        with contextlib.suppress(RuntimeError):
            for question in self.open():
                self.command("deny", question["id"])

    def command(self, *words):
        return process.run([gateway.BINARY, "approvals", *words, "--state-dir", self.state])

    def open(self):
        return json.loads(self.command("list", "--json"))

    def held(self, count=1):
        process.wait_until(lambda: len(self.open()) == count, 30, f"{count} questions")
        return [question["id"] for question in self.open()]

    def start(self, statement):
        """Runs it on its own connection; the future has its row count, or the error."""
        def run():
            try:
                with self.cursor() as cursor:
                    cursor.execute(statement)
                    return cursor.rowcount
            except psycopg2.Error as error:
                return error
        return self.agents.submit(run)

    def restart(self):
        self.gateway.child.wait(20)
        self.gateway.__enter__()

    def rows(self, number):
        return self.ask_server(f"select count(*) from orders where id = {number}")

    def fill_disk(self, is_full):
        """A file-size limit of nothing: every write to the journal fails, as on a full disk."""
        limit = f"--fsize={'0' if is_full else 'unlimited'}:unlimited"
        subprocess.run(["prlimit", "--pid", str(self.gateway.child.pid), limit], check=True)

    def can_approve(self, question):
        with contextlib.suppress(RuntimeError):
            return self.command("approve", question)

    def test_a_reload_mid_hold_makes_the_agent_ask_again(self):
        answer = self.start("delete from orders where id = 21")
        waiting, = self.held()
        status = [gateway.BINARY, "status", "--json", "--state-dir", self.state]
        version = lambda: json.loads(process.run(status))["policy_version"]
        before = version()  # Before the file is written: the gateway notices a change by itself.
        config = self.gateway.config.read_text()
        self.gateway.config.write_text(config.replace("priority = -1", "priority = -2"))
        self.gateway.child.send_signal(1)
        process.wait_until(lambda: version() != before, 60, "the reload")
        self.command("approve", waiting)
        self.assertIn("policy changed", str(answer.result(20)))
        self.assertEqual(self.rows(21), 1)

    def test_a_full_disk_when_it_would_run(self):
        answer = self.start("delete from orders where id = 22")
        waiting, = self.held()
        self.fill_disk(True)
        try:
            for size in (200_000, 5_000, 1):  # What is set aside already is used up.
                with self.assertRaisesRegex(psycopg2.Error, "not recorded"), self.cursor() as cursor:
                    while True:
                        cursor.execute("select '" + "x" * size + "'")
            with self.assertRaisesRegex(RuntimeError, "could not be recorded"):
                self.command("approve", waiting)
        finally:
            self.fill_disk(False)
        self.assertEqual(self.rows(22), 1, "an answer that is not recorded does not count")
        process.wait_until(lambda: self.can_approve(waiting), 20, "the journal")  # It looks every second.
        self.assertEqual(answer.result(20), 1)

    def test_kill_9_while_held_runs_nothing(self):
        answer = self.start("delete from orders where id = 23")
        self.held()
        self.gateway.child.kill()
        self.restart()
        self.assertIsInstance(answer.result(20), psycopg2.Error)
        self.assertEqual(self.open(), [], "a session's question ends with its session")
        self.assertEqual(self.rows(23), 1)

    def test_kill_9_mid_execution_leaves_the_verdict_on_record(self):
        answer = self.start("select pg_sleep(8), 'mid-execution'")
        process.wait_until(lambda: "mid-execution" in self.gateway.audit("export"), 20, "the record")
        self.gateway.child.kill()
        self.restart()
        self.assertIsInstance(answer.result(20), psycopg2.Error)
        self.gateway.audit("verify")
        lines = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        verdict, = [line for line in lines if line["kind"] == "judged" and "mid-execution" in line["text"]]
        self.assertEqual([line for line in lines if line.get("action") == verdict["action"] and
                          line["kind"] == "ended"], [], "how it ended nobody knows, and nobody says")

    def test_a_corrupt_index_is_built_again(self):
        with self.cursor() as cursor:
            cursor.execute("select 'findable'")
        self.gateway.audit("search", "findable")
        index, = pathlib.Path(self.state).rglob("*.db")
        index.write_bytes(b"not a database" * 1000)
        found = self.gateway.audit("search", "findable")
        self.assertIn("index built anew", found)
        self.assertIn("rest            select", found)

    def test_duplicate_clicks_and_two_approvers_at_once_run_it_once(self):
        answer = self.start("delete from orders where id = 25")
        waiting, = self.held()
        def click(_):
            try:
                return self.command("approve", waiting)
            except RuntimeError:
                return "too late"
        clicks = list(self.agents.map(click, range(8)))
        self.assertEqual(sum(": allowed" in each for each in clicks), 1, clicks)
        self.assertEqual(answer.result(20), 1)
        answers = [line for line in self.gateway.audit("export").splitlines()
                   if '"judged"' in line and "id = 25" in line]
        self.assertEqual(len(answers), 1)
