"""A read verdict is enforced as a read: what the statement's text does not show cannot write either."""

import contextlib

import psycopg2

from gated import Gated

_HIDDEN_WRITES = """
create table bumped (id int);
create function bump() returns int language sql as 'insert into bumped values (1) returning id';
create function bump_if(int, int) returns boolean language sql
  as 'insert into bumped values ($1 + $2) returning true';
create operator === (leftarg = int, rightarg = int, function = bump_if);
create view innocent as select bump() as id;
grant all on bumped, innocent to public;
"""

_ATTEMPTS = (
    "select bump()", "select * from innocent", "table innocent", "select 1 === 2",
    "select 1 from orders where 1 === id", "with x as (select bump()) select * from x",
    "explain analyze select bump()", "copy (select bump()) to stdout", "declare c cursor for select bump()",
    "prepare p as select bump()", "begin read write", "set transaction_read_only = off",
    "set session characteristics as transaction read write",
    "select set_config('transaction_read_only', 'off', false)",
)


class Reads(Gated):
    rules = """
    rule "reads" {
      endpoint  = postgres.db
      condition = "sql.effects.all(e, e == 'read')"
      verdict   = "allow"
    }
    """

    @classmethod
    def prepare(cls):
        with cls.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(_HIDDEN_WRITES)

    def test_reads_are_allowed(self):
        with self.cursor() as cursor:
            cursor.execute("select count(*) from orders")
            self.assertEqual(cursor.fetchone(), (1000,))

    def test_nothing_hidden_in_a_read_writes(self):
        for statement in _ATTEMPTS:
            with self.subTest(statement):
                # What did not fail must not have opened the way for the next read either.
                with self.cursor() as cursor, contextlib.suppress(psycopg2.Error):
                    cursor.execute(statement)
                    cursor.execute("select * from innocent")
                self.assertEqual(self.ask_server("select count(*) from bumped"), 0)
