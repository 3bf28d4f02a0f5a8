"""A refusal by the gateway is, for the driver, an error that Postgres itself could have raised: the same
scenario is run directly with a statement the server refuses while parsing it, and must look the same."""

import difflib
import re

import psycopg2

from gated import Gated
from harness import drivers

REFUSED_BY_SERVER = "select * from no_such_table"
REFUSED_BY_GATEWAY = "drop table orders"

_REFUSAL = re.compile(r"^(psql:\S+ )?.*(?:42P01|42501).*$", re.MULTILINE)
_ABOUT_IT = re.compile(r"^(?:LINE 1:|HINT:|DETAIL:|LOCATION:| *\^).*\n", re.MULTILINE)


def outline(transcript):
    """The transcript without what a refusal says of itself."""
    return _REFUSAL.sub(r"\1refused", _ABOUT_IT.sub("", transcript)).splitlines()


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
        with self.cursor() as cursor:
            with self.assertRaisesRegex(psycopg2.errors.InsufficientPrivilege, "no-ddl"):
                cursor.execute(statement)

    def test_nothing_of_a_refused_batch_runs(self):
        self.refused("update accounts set balance = 4711 where id = 20; drop table orders")
        self.refused("begin; update accounts set balance = 4711 where id = 20; commit; drop table orders")
        self.assertEqual(self.ask_server("select count(*) from accounts where balance = 4711"), 0)
        self.assertEqual(self.ask_server("select count(*) > 0 from orders"), True)

    def test_a_statement_cannot_hide(self):
        for statement in ("DROP/**/TABLE orders", "; ; drop table orders", "drop table if exists x, orders",
                          "/* select */ drop table orders -- select", "select 1;\ndrop table orders"):
            with self.subTest(statement):
                self.refused(statement)
        self.assertEqual(self.ask_server("select count(*) > 0 from orders"), True)
