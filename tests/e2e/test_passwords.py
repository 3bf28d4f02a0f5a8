"""Passwords that are not ASCII: the server has one spelling of the letters, the operator another."""

import contextlib
import unicodedata

import psycopg2
from gated import Gated
from harness import gateway

PASSWORD = "Grüße\u00a0an Zoë ½"


class Passwords(Gated):
    @classmethod
    def prepare(cls):
        with contextlib.closing(cls.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("create role app login password %s", [PASSWORD])

    def test_the_gateway_logs_in_whatever_the_spelling(self):
        for form in ("NFC", "NFD", "NFKC"):
            spelled = unicodedata.normalize(form, PASSWORD)
            with self.subTest(form), gateway.Gateway(self.server, user="app", password=spelled) as one:
                with contextlib.closing(psycopg2.connect(one.dsn())) as connection:
                    with connection.cursor() as cursor:
                        cursor.execute("select current_user")
                        self.assertEqual(cursor.fetchone(), ("app",))

    def test_another_password_is_another(self):
        with gateway.Gateway(self.server, user="app", password="Grusse an Zoe 1/2") as one:
            with self.assertRaises(psycopg2.OperationalError):
                psycopg2.connect(one.dsn()).close()
