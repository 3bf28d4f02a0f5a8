"""Actions that wait for a person: approved once, denied, out of time, taken back, and by how many."""

import concurrent.futures
import contextlib
import json

import psycopg2
from gated import Gated
from harness import gateway, process


class Approvals(Gated):
    rules = """
    approver "human_approver" "quick" {
      channel = "#ops"
      timeout = 1
    }

    approver "human_approver" "two" {
      channel           = "#ops"
      require_approvers = 2
    }

    rule "two-people" {
      endpoint  = postgres.db
      priority  = 20
      condition = "sql.verb == 'truncate'"
      approve   = [human_approver.two]
    }

    rule "soon" {
      endpoint  = postgres.db
      priority  = 10
      condition = "sql.verb == 'update'"
      approve   = [human_approver.quick]
    }

    rule "ask" {
      endpoint  = postgres.db
      condition = "sql.verb == 'delete'"
      approve   = [builtin.dashboard]
      reason    = "deletions are looked at"
    }

    rule "rest" {
      endpoint = postgres.db
      priority = -1
      verdict  = "allow"
    }
    """

    @classmethod
    def prepare(cls):
        with contextlib.closing(cls.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("create role clerk; grant clerk to scram_user; grant all on orders to clerk")
            connection.commit()

    def setUp(self):
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(8))

    def command(self, *words):
        state = self.gateway.folder / "state"
        return process.run([gateway.BINARY, "approvals", *words, "--state-dir", state])

    def waiting(self, count=1):
        """The ids of what waits, once so many do."""
        found = []

        def enough():
            found[:] = [each["id"] for each in json.loads(self.command("list", "--json"))]
            return len(found) == count

        process.wait_until(enough, 10, f"{count} held actions")
        return found

    def start(self, statement, parameters=None):
        """Runs a statement on its own connection; the future has how many rows, or the error's SQLSTATE."""

        def run():
            with self.cursor() as cursor:
                try:
                    cursor.execute(statement, parameters)
                    return cursor.rowcount
                except psycopg2.Error as error:
                    return error.pgcode

        return self.agents.submit(run)

    def test_approved_it_runs_once(self):
        answer = self.start("delete from orders where id = 11")
        [waiting] = self.waiting()
        shown = json.loads(self.command("show", waiting, "--json"))
        self.assertEqual((shown["rule"], shown["text"]), ("ask", "delete from orders where id = 11"))
        self.assertEqual(self.ask_server("select count(*) from orders where id = 11"), 1)
        self.command("approve", waiting)
        self.assertEqual(answer.result(10), 1)
        again = self.start("delete from orders where id = 11")
        [second] = self.waiting()
        self.assertNotEqual(second, waiting)
        self.command("deny", second)
        self.assertEqual(again.result(10), "42501")

    def test_the_question_says_what_names_mean(self):
        def run():
            with self.cursor(options="-c search_path=odd,public") as cursor:
                cursor.execute("set role clerk")
                try:
                    cursor.execute("delete from orders where id = 14")
                except psycopg2.Error as error:
                    return error.pgcode

        first = self.agents.submit(run)
        [waiting] = self.waiting()
        shown = json.loads(self.command("show", waiting, "--json"))["session"]
        self.assertEqual((shown["role"], shown["search_path"]), ("clerk", ["odd", "public"]))
        self.assertEqual(set(shown), {"database", "user", "role", "search_path"})
        text = self.command("show", waiting)
        self.assertRegex(text, r"(?m)^role +clerk$")
        self.assertRegex(text, r"(?m)^search_path +odd, public$")
        self.command("deny", waiting)
        self.assertEqual(first.result(10), "42501")
        plain = self.start("delete from orders where id = 14")
        [waiting] = self.waiting()
        self.assertRegex(self.command("show", waiting), r"(?m)^search_path +not known$")
        self.command("deny", waiting)
        self.assertEqual(plain.result(10), "42501")

    def test_denied_the_session_goes_on(self):
        with self.cursor() as cursor:
            denied = self.agents.submit(cursor.execute, "delete from orders where id = 12")
            [waiting] = self.waiting()
            self.command("deny", waiting, "-m", "not today")
            with self.assertRaises(psycopg2.errors.InsufficientPrivilege) as raised:
                denied.result(10)
            self.assertIn("ask", str(raised.exception))
            cursor.execute("select count(*) from orders where id = 12")
            self.assertEqual(cursor.fetchone(), (1,))

    def test_nobody_answers_in_time(self):
        self.assertEqual(self.start("update orders set note = '' where id = 13").result(10), "42501")
        self.assertNotEqual(self.ask_server("select note from orders where id = 13"), "")

    def test_an_agent_that_leaves_takes_its_question_back(self):
        connection = psycopg2.connect(self.gateway.dsn())
        connection.autocommit = True
        asked = self.agents.submit(connection.cursor().execute, "delete from orders where id = 14")
        self.waiting()
        connection.cancel()
        with contextlib.suppress(psycopg2.Error):
            asked.result(10)
        connection.close()
        self.waiting(0)
        self.assertEqual(self.ask_server("select count(*) from orders where id = 14"), 1)

    def test_two_people_are_two(self):
        answer = self.start("truncate accounts cascade")
        [waiting] = self.waiting()
        self.command("approve", waiting, "--as", "ada")
        self.command("approve", waiting, "--as", "ada")
        self.assertFalse(answer.done())
        self.assertEqual(self.waiting(), [waiting])
        self.command("deny", waiting, "--as", "grace")
        self.assertEqual(answer.result(10), "42501")

    def test_an_answer_after_the_end_is_refused(self):
        answer = self.start("delete from orders where id = 15")
        [waiting] = self.waiting()
        self.command("deny", waiting)
        answer.result(10)
        with self.assertRaises(RuntimeError):
            self.command("approve", waiting)

    def test_fifty_wait_at_once(self):
        with contextlib.ExitStack() as stack:
            agents = stack.enter_context(concurrent.futures.ThreadPoolExecutor(50))
            self.agents = agents
            answers = [self.start(f"delete from orders where id = {100 + i}") for i in range(50)]
            for waiting in self.waiting(50):
                self.command("approve", waiting)
            self.assertEqual([answer.result(20) for answer in answers], [1] * 50)
