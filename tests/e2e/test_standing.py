"""What agents did before, over protocols, connections and restarts: labels, budgets, and what both ask."""

import concurrent.futures
import contextlib
import json
import os
import unittest
import urllib.request

import psycopg2
from harness import gateway, postgres, process, web

_RULES = """
endpoint "https" "tracker" {{
  hosts         = ["tracker.test"]
  upstream      = "{upstream}"
  listen        = "127.0.0.1:{port}"
  require_token = false
  profile       = "readers"
}}

credential "bearer_token" "key" {{
  endpoint = https.tracker
}}

profile "readers" {{
  credentials = [bearer_token.key]
}}

rule "issues-are-written-by-strangers" {{
  endpoint  = https.tracker
  condition = "http.path.startsWith('/issues')"
  label     = ["untrusted-input"]
}}

rule "tracker" {{
  endpoint = https.tracker
  verdict  = "allow"
}}

rule "ask-after-strangers" {{
  endpoint  = postgres.db
  priority  = 10
  condition = "sql.verb != 'select' && 'untrusted-input' in session.labels"
  approve   = [builtin.dashboard]
  reason    = "it has read what strangers wrote"
}}

rule "rest" {{
  endpoint = postgres.db
  verdict  = "allow"
}}

budget "rows" {{
  per          = "day"
  rows_written = 20
  approve      = [builtin.dashboard]
}}

budget "drops" {{
  per         = "hour"
  destructive = 1
}}
"""


class Standing(unittest.TestCase):
    def setUp(self):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        os.environ["CLAWPATROL_SECRET_KEY"] = "tracker-secret"
        # First, so that it is left last: what is still held ends with the gateway.
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(32))
        self.server = self.enterContext(postgres.Postgres())
        self.tracker = self.enterContext(web.Server(tls=False))
        self.port = process.free_port()
        rules = _RULES.format(upstream=self.tracker.url(), port=self.port)
        self.gateway = self.enterContext(gateway.Gateway(self.server, rules))

    def read(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read()

    def run_sql(self, statement):
        """How many rows, or the SQLSTATE; on a connection of its own."""
        try:
            with contextlib.closing(psycopg2.connect(self.gateway.dsn())) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    return cursor.rowcount
        except psycopg2.Error as error:
            return error.pgcode

    def write(self, rows, ended):
        """An update whose end is on record too, which is written once the agent has its answer."""
        self.assertEqual(self.run_sql(self.update(rows)), rows)
        found = lambda: self.gateway.audit("search", "--kind", "ended", "--json").splitlines()
        process.wait_until(lambda: len(found()) >= ended, 20, "its end")

    def approvals(self, *words):
        state = self.gateway.folder / "state"
        return process.run([gateway.BINARY, "approvals", *words, "--state-dir", state])

    def waiting(self, count=1):
        found = []

        def enough():
            found[:] = json.loads(self.approvals("list", "--json"))
            return len(found) == count

        process.wait_until(enough, 20, f"{count} held actions")
        return found

    def restart(self):
        self.gateway.child.kill()
        self.gateway.child.wait()
        self.gateway.__enter__()

    def update(self, rows):
        return f"update orders set id = id where id in (select id from orders order by id limit {rows})"

    def test_after_an_issue_was_read_writes_need_a_person(self):
        self.assertEqual(self.run_sql(self.update(1)), 1)
        self.read("/version")
        self.assertEqual(self.run_sql(self.update(1)), 1)
        self.read("/issues/7")
        held = self.agents.submit(self.run_sql, self.update(1))
        question = self.waiting()[0]
        self.assertEqual(question["reason"], "it has read what strangers wrote")
        self.approvals("approve", question["id"])
        self.assertEqual(held.result(30), 1)
        self.assertEqual(self.run_sql("select 1"), 1)
        records = [json.loads(line) for line in self.gateway.audit("search", "--json").splitlines()]
        self.assertIn(["untrusted-input"], [each.get("labels") for each in records])

    def test_a_label_is_not_shed_by_killing_the_gateway(self):
        self.read("/issues/7")
        self.restart()
        self.agents.submit(self.run_sql, self.update(1))
        self.assertEqual(self.waiting()[0]["rule"], "ask-after-strangers")
        self.restart()
        self.agents.submit(self.run_sql, self.update(1))
        self.waiting()

    def test_rows_are_counted_over_connections_and_kills(self):
        self.write(15, ended=1)
        self.restart()
        self.write(6, ended=2)
        held = self.agents.submit(self.run_sql, self.update(1))
        question = self.waiting()[0]
        self.assertEqual(question["reason"], "budget `rows`: 21 of 20 rows written this day")
        self.restart()
        self.assertNotEqual(held.result(30), 1)
        self.agents.submit(self.run_sql, self.update(1))
        self.assertEqual(self.waiting()[0]["reason"], "budget `rows`: 21 of 20 rows written this day")

    def test_a_batch_and_many_at_once_do_not_get_past_a_budget(self):
        self.assertEqual(self.run_sql("create temp table a(); create temp table b(); drop table a, b"), -1)
        self.assertEqual(self.run_sql("drop table if exists c"), "42501")
        self.assertEqual(self.run_sql("begin; truncate orders; rollback"), "42501")
        slow = "with w as (update orders set id = id where false returning 1) select pg_sleep(30)"
        running = [self.agents.submit(self.run_sql, slow) for _ in range(14)]
        self.waiting(4)  # Each that runs holds a tenth of the budget.
        self.restart()
        for each in running:
            each.result(60)


if __name__ == "__main__":
    unittest.main()
