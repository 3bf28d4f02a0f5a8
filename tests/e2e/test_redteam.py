"""Attacks on how a statement is read, named and held to reading, by somebody who has read the source."""

import struct

from gated import Gated
from harness import postgres, wire

_HIDDEN_WRITE = """
create table bumped (id int);
create function bump() returns int language sql as 'insert into bumped values (1) returning id';
grant all on bumped to public;
"""

SYNC = wire.message(b"S")


def query(statement):
    return wire.message(b"Q", wire.text(statement))


def parse(statement, name=""):
    return wire.message(b"P", wire.text(name, statement) + bytes(2))


def bind(portal="", name=""):
    return wire.message(b"B", wire.text(portal, name) + bytes(6))


def execute(portal=""):
    return wire.message(b"E", wire.text(portal) + struct.pack("!I", 0))


def extended(*statements):
    """Each by Parse, Bind and Execute, with no Sync behind them."""
    return b"".join(parse(statement) + bind() + execute() for statement in statements)


class Attacked(Gated):
    def play(self, *groups):
        """One ReadyForQuery for each group of bytes; gives the answers to the last."""
        with wire.Connection(self.gateway.port) as connection:
            answer = connection.login("scram_user", postgres.DATABASE)
            self.assertTrue(wire.kinds(answer).endswith(b"Z"))
            for group in groups:
                connection.send(group)
                answer = connection.until_ready()
                self.assertTrue(wire.kinds(answer).endswith(b"Z"), group)
            return answer


class Names(Attacked):
    """What was denied has no name that a later message could use; what looks alike is not taken for it."""

    def tearDown(self):
        self.assertEqual(self.ask_server("select count(*) from pg_class where relname = 'orders'"), 1)

    def test_a_denied_statement_has_no_name(self):
        denied = parse("drop table orders", "d") + bind("", "d") + execute() + SYNC
        answer = self.play(denied, bind("", "d") + execute() + SYNC)
        self.assertEqual([code for code, _ in wire.errors(answer)], ["26000"])

    def test_what_follows_a_denied_statement_in_its_group_is_not_run(self):
        self.play(parse("select 1", "a") + parse("drop table orders", "d") + bind("", "d") + execute() + SYNC,
                  parse("drop table orders") + query("drop table orders") + SYNC)

    def test_a_denied_statement_does_not_take_over_an_old_name(self):
        answer = self.play(parse("select 1") + SYNC, extended("drop table orders") + SYNC,
                           bind() + execute() + SYNC)
        self.assertEqual(wire.kinds(answer), b"2DCZ")

    def test_numbers_taken_out_of_a_statement_take_nothing_else_out(self):
        for statement in ("select 1; drop table orders", "select 2 ;drop table orders",
                          "select 3 from orders; select 4; drop table orders"):
            answer = self.play(query("select 1"), query("select 3 from orders limit 1"), query(statement))
            self.assertEqual([code for code, _ in wire.errors(answer)], ["42501"], statement)

    def test_a_statement_hidden_from_a_careless_reader_is_seen(self):
        for statement in ("select 1/*/*/;*/ */; drop table orders", "select $a$;$a$ ; DROP /**/ TABLE orders",
                          "select U&'\\0027; '; drop table orders", "select E'\\\\'; drop table orders --'",
                          'select 1 as "a"";--"; drop table orders'):
            answer = self.play(query(statement))
            self.assertEqual([code for code, _ in wire.errors(answer)], ["42501"], statement)

    def test_a_query_behind_a_failed_copy_is_judged(self):
        with wire.Connection(self.gateway.port) as connection:
            connection.login("scram_user", postgres.DATABASE)
            rows = wire.message(b"d", b"x\n") + wire.message(b"d", query("drop table orders"))
            connection.send(query("copy accounts from stdin") + rows + wire.message(b"c")
                            + query("drop table orders"))
            self.assertEqual([code for code, _ in wire.errors(connection.until_ready())], ["22P02"])
            self.assertEqual([code for code, _ in wire.errors(connection.until_ready())], ["42501"])

    def test_a_startup_packet_changes_neither_who_nor_how_it_is_read(self):
        for parameters in ({"role": "owner"}, {"session_authorization": "owner"},
                           {"options": "-c role=owner"}, {"options": "--session-authorization=owner"},
                           {"options": "-cstandard_conforming_strings=off"}, {"options": "-c\\ role=owner"},
                           {"options": "-c geqo=on -c default-transaction-read-only=off"}):
            with self.subTest(parameters), wire.Connection(self.gateway.port) as connection:
                answer = connection.login("scram_user", postgres.DATABASE, **parameters)
                self.assertEqual([code for code, _ in wire.errors(answer)], ["0A000"])


    def test_how_texts_are_lexed_is_noticed_from_group_to_group(self):
        for setting, text in (("standard_conforming_strings = off", "select '\\', '; drop table orders; --'"),
                              ("client_encoding = 'GBK'", "select E'中\\'; drop table orders; --'")):
            answer = self.play(query("set " + setting), query(text))
            self.assertEqual([code for code, _ in wire.errors(answer)], ["42501"], setting)


class Lanes(Attacked):
    """Whoever may read, begin and set, may still not write."""

    rules = """
    rule "reads" {
      endpoint  = postgres.db
      condition = "sql.effects.all(e, e in ['read', 'session', 'transaction'])"
      verdict   = "allow"
    }
    """

    @classmethod
    def prepare(cls):
        with cls.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(_HIDDEN_WRITE)

    def tearDown(self):
        self.assertEqual(self.ask_server("select count(*) from bumped"), 0)

    def held(self, *groups):
        with self.subTest(groups):
            self.play(*groups)

    def test_settings_of_the_agent_do_not_open_the_lane(self):
        self.held(extended("set transaction_read_only = off", "select bump()") + SYNC)
        self.held(query("select 1"), query("set default_transaction_read_only = off"),
                  query("select bump()"))
        self.held(query("set session characteristics as transaction read write"), query("select bump()"))
        self.held(extended("set a.b = 1") + query("select bump()"))

    def test_blocks_begun_and_ended_in_one_group_do_not_open_the_lane(self):
        self.held(extended("begin read write", "select bump()", "commit") + SYNC, query("commit"))
        self.held(extended("begin", "select 1", "commit and chain", "select bump()", "commit") + SYNC,
                  query("commit"))
        self.held(extended("begin") + query("select bump()"), query("commit"))
        self.held(query("begin"), extended("commit", "select bump()") + SYNC)
        self.held(extended("select 1", "commit", "select bump()") + SYNC)
        self.held(query("begin"), query("select 1/0"), extended("rollback", "select bump()") + SYNC)
        self.held(query("begin"), query("select 1/0"),
                  extended("rollback and chain", "select bump()") + SYNC, query("commit"))

    def test_savepoints_of_the_gateway_s_name_do_not_open_the_lane(self):
        self.held(query("begin"), query("select 1"), query("savepoint claw_patrol_read"),
                  query("select 1/0"), query("rollback to claw_patrol_read"), query("select bump()"),
                  query("commit"))
        self.held(query("begin"), query("select 1"), query("select 1/0"),
                  query("rollback to claw_patrol_read"), query("select bump()"), query("commit"))
        self.held(query("begin"), query("savepoint a"),
                  extended("select 1", "rollback to a", "select bump()") + SYNC, query("commit"))

    def test_cursors_and_portals_do_not_open_the_lane(self):
        self.held(query("declare c cursor with hold for select bump()"), query("fetch c"))
        for last in ("fetch c", "move c"):
            self.held(query("begin"), query("declare c cursor for select bump()"), query("savepoint x"),
                      query(last), query("commit"))
        self.held(query("begin"), parse("select bump()", "s") + bind("p", "s") + SYNC,
                  extended("savepoint x") + execute("p") + SYNC, query("commit"))

    def test_statements_around_a_read_do_not_open_the_lane(self):
        self.held(query("begin"), query("explain (analyze, analyze off) select bump()"), query("commit"))
        self.held(query("begin"), query("savepoint a"), query("copy (select bump()) to stdout"),
                  query("commit"))
        self.held(query("prepare p as select bump()"), query("explain analyze execute p"),
                  query("execute p"))
