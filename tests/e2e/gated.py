"""What tests with a gateway have in common: a Postgres and the gateway before it."""

import contextlib
import unittest

import psycopg2

from harness import gateway, postgres


class Gated(unittest.TestCase):
    rules = gateway.RULES
    settings = ""  # More inside the config's `gateway` block.

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.server = cls.enterClassContext(postgres.Postgres())
        cls.prepare()
        cls.gateway = cls.enterClassContext(gateway.Gateway(cls.server, cls.rules, settings=cls.settings))

    @classmethod
    def prepare(cls):
        """What a test needs to be in the database before the gateway starts."""

    @contextlib.contextmanager
    def cursor(self, **options):
        """A cursor of an agent's connection, through the gateway."""
        with contextlib.closing(psycopg2.connect(self.gateway.dsn(), **options)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def ask_server(self, query):
        """What Postgres itself says, past the gateway."""
        with contextlib.closing(self.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
