"""Rules with max_rows: what changes more rows is rolled back, and somebody is asked with the number."""

import concurrent.futures
import contextlib
import difflib
import json
import threading
import unittest

import psycopg2
from gated import Gated
from harness import drivers, gateway, postgres, process

IDLE = psycopg2.extensions.TRANSACTION_STATUS_IDLE
FAILED = psycopg2.extensions.TRANSACTION_STATUS_INERROR

CAPPED = """
rule "few" {
  endpoint  = postgres.db
  priority  = 20
  condition = "'few' in sql.tables || sql.statement.contains('few')"
  verdict   = "allow"
  max_rows  = 10
  reason    = "ten at a time"
}

rule "ask" {
  endpoint  = postgres.db
  priority  = 10
  condition = "!sql.effects.all(e, e in ['read', 'transaction', 'session'])"
  approve   = [builtin.dashboard]
  max_rows  = 10
}

rule "never" {
  endpoint  = postgres.db
  priority  = 30
  condition = "sql.rows_counted > 500"
  verdict   = "deny"
  reason    = "nobody allows that many"
}

rule "rest" {
  endpoint = postgres.db
  verdict  = "allow"
}
"""

TABLES = """
create table many(id int primary key, k int);
create table few(id int);
create table log(n int);
create table parent(id int primary key);
create table child(id int, parent int references parent on delete cascade);
create table late(id int primary key, other int references late deferrable initially deferred);
create table ruled(id int);
create rule also as on delete to ruled do also delete from many;
create table plain(id int);
create table tripped(id int);
create function trip() returns trigger language plpgsql as $$
  begin insert into log select i from generate_series(1, 20) i; return new; end $$;
create trigger trip after insert on tripped for each row execute function trip();
create function wipe() returns int language plpgsql as $$
  declare n int; begin delete from many; get diagnostics n = row_count; return n; end $$;
create function empty() returns int language plpgsql as $$
  begin delete from many; truncate many; return 1; end $$;
create schema evil;
grant usage on schema evil to public;
create function evil.sum(numeric) returns numeric language sql as 'select 0.0';
create function evil.none(bigint, bigint) returns bigint language sql as 'select 0::bigint';
create operator evil.+ (leftarg = bigint, rightarg = bigint, function = evil.none);
grant all on all tables in schema public to public;
"""


class Rows(Gated):
    rules = CAPPED

    @classmethod
    def prepare(cls):
        with contextlib.closing(cls.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(TABLES)
            cursor.execute("alter table many owner to scram_user; grant truncate on many to public")
            connection.commit()

    def setUp(self):
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(8))
        with contextlib.closing(self.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("truncate many, few, log, child, parent, late, ruled, plain, tripped")
            cursor.execute("insert into many select i, i from generate_series(1, 100) i")
            cursor.execute("insert into parent values (1)")
            cursor.execute("insert into child select i, 1 from generate_series(1, 50) i")
            cursor.execute("insert into ruled values (1)")
            cursor.execute("insert into plain values (0)")
            connection.commit()

    def count(self, table):
        return self.ask_server(f"select count(*) from {table}")

    def command(self, *words):
        state = self.gateway.folder / "state"
        return process.run([gateway.BINARY, "approvals", *words, "--state-dir", state])

    def waiting(self, count=1):
        found = []

        def enough():
            found[:] = json.loads(self.command("list", "--json"))
            return len(found) == count

        process.wait_until(enough, 10, f"{count} held actions")
        return found

    def start(self, statement, parameters=None, before=(), after=()):
        """Runs it on a connection of its own; the future has how many rows, or the error."""
        def run():
            with self.cursor() as cursor:
                for each in before:
                    cursor.execute(each)
                try:
                    cursor.execute(statement, parameters)
                    rows = cursor.rowcount
                except psycopg2.Error as error:
                    return error
                for each in after:
                    cursor.execute(each)
                return rows
        return self.agents.submit(run)

    def refused(self, statement, *says):
        with self.cursor() as cursor:
            with self.assertRaises(psycopg2.Error) as caught:
                cursor.execute(statement)
            for each in says:
                self.assertIn(each, str(caught.exception))
            cursor.execute("select 1")  # The session lives.
            self.assertEqual(cursor.fetchone(), (1,))

    def records(self):
        return [json.loads(line) for line in self.gateway.audit("export").splitlines()]

    def test_few_enough_run_and_last(self):
        with self.cursor() as cursor:
            cursor.execute("insert into few select i from generate_series(1, 10) i returning id")
            self.assertEqual(len(cursor.fetchall()), 10)
            self.assertEqual(cursor.connection.get_transaction_status(), IDLE)
        self.assertEqual(self.count("few"), 10)

    def test_too_many_are_rolled_back_with_the_number(self):
        self.refused("insert into few select i from generate_series(1, 11) i", "ten at a time",
                     "it changes 11 rows, more than 10")
        self.assertEqual(self.count("few"), 0)
        records = self.records()
        mine = [each for each in records if each.get("text", "").endswith("generate_series(1, 11) i")]
        self.assertEqual([(each["verdict"], each.get("rows_counted")) for each in mine],
                         [("allow", None), ("deny", 11)])
        ended, = [each for each in records
                  if each["kind"] == "ended" and each["action"] == mine[0]["action"]]
        self.assertEqual((ended["ending"], ended["rows"], ended["detail"]),
                         ("cancelled", 0, "rolled back: 11 rows, more than 10"))

    def test_a_person_is_shown_the_number_and_allows(self):
        held = self.start("delete from many where k <= 42")
        question, = self.waiting()
        self.assertIn("it changes 42 rows, more than 10", question["reason"])
        self.assertIn({"title": "rows it changed before it was rolled back", "kind": "count", "text": "42",
                       "failed": False}, question["evidence"])
        self.assertEqual(self.count("many"), 100)
        locks = "select count(*) from pg_locks where relation = 'many'::regclass"
        self.assertEqual(self.ask_server(locks), 0, "nobody waits for a person")
        self.command("approve", question["id"])
        self.assertEqual(held.result(20), 42)
        self.assertEqual(self.count("many"), 58)

    def test_more_by_the_time_it_is_allowed_is_asked_again(self):
        held = self.start("delete from many where k > 80")
        first, = self.waiting()
        with contextlib.closing(self.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("insert into many select i, i from generate_series(101, 110) i")
            connection.commit()
        self.command("approve", first["id"])
        process.wait_until(lambda: self.waiting()[0]["id"] != first["id"], 10, "another question")
        second, = self.waiting()
        self.assertIn("it changes 30 rows", second["reason"])
        self.command("deny", second["id"], "-m", "not today")
        self.assertIn("not today", str(held.result(20)))
        self.assertEqual(self.count("many"), 110)

    def test_what_no_person_may_allow_is_not_asked(self):
        self.refused("insert into many select i, i from generate_series(1001, 2000) i",
                     "nobody allows that many")
        self.assertEqual(self.count("many"), 100)

    def test_the_agents_own_transaction(self):
        with self.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("insert into few values (1)")
            cursor.execute("savepoint mine")
            cursor.execute("insert into few values (2)")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("insert into few select i from generate_series(1, 50) i")
            self.assertEqual(cursor.connection.get_transaction_status(), FAILED)
            cursor.execute("rollback to mine")
            cursor.execute("select count(*) from few")
            self.assertEqual(cursor.fetchone(), (1,))
            cursor.execute("insert into few values (3)")
            cursor.execute("commit")
        self.assertEqual(self.count("few"), 2)

    def test_asked_inside_a_transaction(self):
        held = self.start("update many set k = 0 where k <= 20",
                          before=["begin", "insert into few values (7)"], after=["commit"])
        question, = self.waiting()
        self.command("approve", question["id"])
        self.assertEqual(held.result(20), 20)
        self.assertEqual((self.count("few"), self.count("many where k = 0")), (1, 20))

    def test_a_constraint_checked_at_commit(self):
        self.refused("insert into late values (1, 99)", "violates foreign key")
        self.assertEqual(self.count("late"), 0)

    def test_an_agent_that_leaves_runs_nothing(self):
        connection = psycopg2.connect(self.gateway.dsn(), async_=False)
        connection.autocommit = True
        thread = threading.Thread(target=self.run_and_fail, args=(connection,), daemon=True)
        thread.start()
        question, = self.waiting()
        connection.cancel()
        thread.join(20)
        connection.close()
        self.waiting(0)
        self.assertEqual(self.count("many"), 100)
        shown = json.loads(self.command("show", question["id"], "--json"))
        self.assertEqual(shown["state"], "withdrawn")

    @staticmethod
    def run_and_fail(connection):
        with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
            cursor.execute("delete from many")

    def test_hidden_rows_are_counted(self):
        attacks = {
            "a CTE": "with gone as (delete from many returning 1) select 1",
            "a function in a write": "insert into plain values (wipe())",
            "a function beside a CTE": "with one as (insert into plain values (1) returning 1) select wipe()",
            "a trigger": "insert into tripped values (1)",
            "a cascade": "delete from parent",
            "a rule": "delete from ruled",
            "a function that locks": "select wipe() from plain for update",
            "a merge": "merge into many using (select 1) s on true when matched then delete",
            "on conflict": "insert into many select i, i from generate_series(1, 50) i "
                           "on conflict (id) do update set k = 0",
            "a search path": "insert into many select i + 200, i from generate_series(1, 50) i",
        }
        for name, statement in attacks.items():
            with self.subTest(name):
                tables = ("many", "few", "log", "child", "plain", "ruled")
                before = {each: self.count(each) for each in tables}
                path = ["set search_path = evil, public, pg_catalog"] if "path" in name else []
                held = self.start(statement, before=path)
                question, = self.waiting()
                self.assertRegex(question["reason"], r"it changes \d\d+ rows, more than 10")
                self.command("deny", question["id"])
                self.assertIsInstance(held.result(20), psycopg2.Error)
                self.assertEqual({each: self.count(each) for each in tables}, before)

    def test_the_strictest_rule_is_for_the_whole(self):
        self.refused("with gone as (delete from many) insert into few values (1)",
                     "it changes 101 rows, more than 10")
        self.assertEqual((self.count("many"), self.count("few")), (100, 0))

    def test_what_nobody_counts_is_asked_about_at_once(self):
        for statement in ("do $$ begin delete from many; end $$", "truncate many",
                          "delete from many where k = 1; delete from many where k = 2",
                          "explain analyze delete from many", "copy many from stdin"):
            with self.subTest(statement):
                held = self.start(statement)
                question, = self.waiting()
                self.assertIn("nothing counts the rows this changes", question["reason"])
                self.command("deny", question["id"])
                self.assertIsInstance(held.result(20), psycopg2.Error)
                self.assertEqual(self.count("many"), 100)

    def test_a_truncate_on_the_way_hides_nothing(self):
        self.refused("insert into plain values (empty())", "does not tell how many rows")
        with self.cursor() as cursor:
            cursor.execute("begin")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("insert into plain values (empty())")
            cursor.execute("rollback")
        self.assertEqual(self.count("many"), 100)

    def test_a_read_cannot_write_at_all(self):
        self.refused("select wipe()", "read-only")
        self.assertEqual(self.count("many"), 100)

    def test_a_cursor_is_one_row_at_a_time(self):
        with self.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("declare c cursor for select * from many")
            for _ in range(3):
                cursor.execute("fetch c")
                cursor.execute("delete from many where current of c")
            cursor.execute("commit")
        self.assertEqual(self.count("many"), 97)

    def test_many_at_once(self):
        def work(number):
            with self.cursor() as cursor:
                for step in range(20):
                    first = 1000 + number * 1000 + step * 20
                    try:
                        cursor.execute("insert into few select i from generate_series(%s, %s) i",
                                       (first, first + (10 if step % 2 else 9)))
                    except psycopg2.Error:
                        self.assertEqual(step % 2, 1)
        for each in [self.agents.submit(work, number) for number in range(8)]:
            each.result(60)
        self.assertEqual(self.count("few"), 8 * 10 * 10)


UNSEEN = """
rule "counted" {
  endpoint  = postgres.db
  priority  = 10
  condition = "sql.verb in ['insert', 'update', 'delete'] && sql.statements.size() == 1 && !sql.inner"
  verdict   = "allow"
  max_rows  = 1000000
}
""" + gateway.RULES


class Drivers(unittest.TestCase):
    """Under a cap that is never reached every driver sees what it sees without a gateway."""

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.server = cls.enterClassContext(postgres.Postgres())
        cls.gateway = cls.enterClassContext(gateway.Gateway(cls.server, UNSEEN))

    def compare(self, name):
        try:
            direct = drivers.transcript(name, self.server.dsn(), "common")
        except drivers.Unavailable as why:
            self.skipTest(str(why))
        through = drivers.transcript(name, self.gateway.dsn(), "common")
        difference = difflib.unified_diff(direct.splitlines(), through.splitlines(), lineterm="")
        self.assertEqual("\n".join(difference), "")


def _test(name):
    return lambda self: self.compare(name)


for driver in drivers.DRIVERS:
    setattr(Drivers, f"test_{driver}", _test(driver))
