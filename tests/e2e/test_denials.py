"""A refusal by the gateway is, for the driver, an error that Postgres itself could have raised: the same
scenario is run directly with a statement the server refuses while parsing it, and must look the same."""

import contextlib
import difflib
import re
import unittest

import psycopg2

from harness import drivers, gateway, postgres

REFUSED_BY_SERVER = "select * from no_such_table"
REFUSED_BY_GATEWAY = "drop table orders"

_REFUSAL = re.compile(r"^(psql:\S+ )?.*(?:42P01|42501).*$", re.MULTILINE)
_ABOUT_IT = re.compile(r"^(?:LINE 1:|HINT:|DETAIL:|LOCATION:| *\^).*\n", re.MULTILINE)


def outline(transcript):
    """The transcript without what a refusal says of itself."""
    return _REFUSAL.sub(r"\1refused", _ABOUT_IT.sub("", transcript)).splitlines()


class Gated(unittest.TestCase):
    """Tests with a Postgres and a gateway before it."""

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.server = cls.enterClassContext(postgres.Postgres())
        cls.gateway = cls.enterClassContext(gateway.Gateway(cls.server))


class Drivers(Gated):
    def compare(self, name):
        try:
            direct = drivers.transcript(name, self.server.dsn(), "denials", DENIED=REFUSED_BY_SERVER)
        except drivers.Unavailable as why:
            self.skipTest(str(why))
        through = drivers.transcript(name, self.gateway.dsn(), "denials", DENIED=REFUSED_BY_GATEWAY)
        refusals = [match.group() for match in _REFUSAL.finditer(through)]
        self.assertTrue(refusals)
        for refusal in refusals:
            self.assertIn("42501", refusal)
            self.assertIn("no-ddl", refusal)
        difference = difflib.unified_diff(outline(direct), outline(through), "refused by Postgres",
                                          "refused by the gateway", n=1, lineterm="")
        self.assertEqual("\n".join(difference), "")


def _test(name):
    def test(self):
        self.compare(name)
    return test


for driver in drivers.WITH_DENIALS:
    setattr(Drivers, f"test_{driver}", _test(driver))


class Batches(Gated):
    """Here the gateway is stricter than the server: what is sent as one is judged as one."""

    def refused(self, statement):
        with contextlib.closing(psycopg2.connect(self.gateway.dsn())) as connection:
            connection.autocommit = True
            with self.assertRaisesRegex(psycopg2.errors.InsufficientPrivilege, "no-ddl"):
                connection.cursor().execute(statement)

    def count(self, query):
        with contextlib.closing(self.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]

    def test_nothing_of_a_refused_batch_runs(self):
        self.refused("update accounts set balance = 4711 where id = 20; drop table orders")
        self.refused("begin; update accounts set balance = 4711 where id = 20; commit; drop table orders")
        self.assertEqual(self.count("select count(*) from accounts where balance = 4711"), 0)
        self.assertEqual(self.count("select count(*) > 0 from orders"), True)

    def test_a_statement_cannot_hide(self):
        for statement in ("DROP/**/TABLE orders", "; ; drop table orders", "drop table if exists x, orders",
                          "/* select */ drop table orders -- select", "select 1;\ndrop table orders"):
            with self.subTest(statement):
                self.refused(statement)
        self.assertEqual(self.count("select count(*) > 0 from orders"), True)
