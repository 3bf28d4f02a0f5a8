"""What the other tests stand on: the private Postgres lets each of its users in, and refuses strangers."""

import contextlib
import unittest

import psycopg2

from harness import postgres


class PrivatePostgres(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(postgres.Postgres())

    def test_every_user_proves_itself_in_its_own_way(self):
        folder = self.server.folder
        certificate = {"sslmode": "verify-full", "sslrootcert": folder / "ca.crt",
                       "sslcert": folder / "client.crt", "sslkey": folder / "client.key"}
        ways = {"trust_user": {}, "password_user": {"password": postgres.PASSWORD},
                "md5_user": {"password": postgres.PASSWORD}, "scram_user": {"password": postgres.PASSWORD},
                "cert_user": certificate}
        for user, proof in ways.items():
            with self.subTest(user), contextlib.closing(self.server.connect(user, **proof)) as connection:
                self.assertEqual(connection.info.user, user)

    def test_nobody_else_gets_in(self):
        for user, proof in (("scram_user", "wrong"), ("stranger", "x"), ("cert_user", "x")):
            with self.subTest(user), self.assertRaises(psycopg2.OperationalError):
                self.server.connect(user, password=proof)
