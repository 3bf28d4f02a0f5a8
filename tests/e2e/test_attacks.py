"""Bytes no driver sends. Nothing of them reaches Postgres, and the gateway goes on serving others."""

import struct
import threading

from gated import Gated
from harness import postgres, wire


class Attacks(Gated):
    def setUp(self):
        self.addCleanup(self.still_serves)

    def still_serves(self):
        with self.cursor() as cursor:
            cursor.execute("select 'alive'")
            self.assertEqual(cursor.fetchone(), ("alive",))

    def connected(self):
        connection = self.enterContext(wire.Connection(self.gateway.port))
        self.assertTrue(wire.kinds(connection.login("scram_user", postgres.DATABASE)).endswith(b"Z"))
        return connection

    def refused(self, raw):
        """Sends bytes on an open connection; there is an error or an end, and no row."""
        connection = self.connected()
        connection.send(raw)
        answer = connection.until_ready()
        self.assertTrue(wire.errors(answer) or not wire.kinds(answer).endswith(b"Z"), answer)
        self.assertNotIn(b"D", wire.kinds(answer))

    def test_plaintext_behind_a_request_for_tls_is_not_read_as_if_it_were_encrypted(self):
        with wire.Connection(self.gateway.port) as connection:
            plain = wire.startup(user="scram_user", database=postgres.DATABASE)
            connection.send(wire.packet(wire.SSL_REQUEST) + plain + wire.message(b"Q", wire.text("select 1")))
            self.assertIn(connection.byte(), (b"", b"E"))

    def test_replication_is_refused(self):
        for value in ("true", "database"):
            with self.subTest(value), wire.Connection(self.gateway.port) as connection:
                answer = connection.login("scram_user", postgres.DATABASE, replication=value)
                self.assertTrue(wire.errors(answer))
                self.assertNotIn(b"Z", wire.kinds(answer))

    def test_a_function_call_by_number_is_refused(self):
        lo_unlink = struct.pack("!IHHIIH", 964, 0, 1, 4, 1, 0)
        self.refused(wire.message(b"F", lo_unlink))

    def test_text_after_the_end_of_a_statement_is_refused(self):
        self.refused(wire.message(b"Q", b"select 1\0drop table orders\0"))

    def test_a_statement_without_an_end_is_refused(self):
        self.refused(wire.message(b"Q", b"select 1"))

    def test_an_unknown_message_is_refused(self):
        self.refused(wire.message(b"!", b"select 1\0"))

    def test_a_length_that_lies_is_refused_before_it_is_believed(self):
        for length in (0, 3, 0x7fffffff, 0xffffffff):
            with self.subTest(length):
                self.refused(wire.message(b"Q", b"select 1\0", length))

    def test_a_server_s_own_words_are_refused_from_an_agent(self):
        self.refused(wire.message(b"Z", b"I"))

    def test_a_stranger_cannot_cancel(self):
        with self.cursor() as cursor:
            done = threading.Event()

            def guess():
                while not done.wait(0.02):
                    with wire.Connection(self.gateway.port) as connection:
                        key = struct.pack("!II", cursor.connection.info.backend_pid, 12345)
                        connection.send(wire.packet(wire.CANCEL_REQUEST, key))
                        connection.read()

            guesser = threading.Thread(target=guess)
            guesser.start()
            try:
                cursor.execute("select pg_sleep(0.5), 'slept'")
                self.assertEqual(cursor.fetchone()[1], "slept")
            finally:
                done.set()
                guesser.join()

    def test_an_agent_cannot_become_another_user(self):
        with wire.Connection(self.gateway.port) as connection:
            answer = connection.login("owner", postgres.DATABASE)
            if wire.kinds(answer).endswith(b"Z"):
                connection.send(wire.message(b"Q", wire.text("select current_user")))
                self.assertIn(b"scram_user", connection.until_ready()[1][1])
