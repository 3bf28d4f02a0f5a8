"""What goes wrong around the gateway: strangers, slow readers, an upstream that dies, fifty at once."""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import signal
import socket
import struct

import psycopg2
from gated import Gated
from harness import process, wire

_STRANGERS = {
    "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "tls without asking": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    "smtp": b"EHLO a\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "mysql": b"\x20\x00\x00\x01\x85\xa6\xff\x01" + bytes(28),
    "nothing but zeros": bytes(1000),
    "two gibibytes": struct.pack("!I", 0x7FFFFFFF) + b"x",
    "less than its own length": struct.pack("!II", 3, 196608),
}


def memory_kib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


class Chaos(Gated):
    def still_works(self):
        with self.cursor() as cursor:
            cursor.execute("select 1")
            self.assertEqual(cursor.fetchone(), (1,))

    def test_strangers_are_sent_away_and_nobody_else_notices(self):
        for name, greeting in _STRANGERS.items():
            with self.subTest(name), socket.create_connection(("127.0.0.1", self.gateway.port)) as stranger:
                stranger.settimeout(10)
                with contextlib.suppress(ConnectionError):
                    stranger.sendall(greeting)
                    stranger.shutdown(socket.SHUT_WR)
                    while stranger.recv(4096):
                        pass
        self.still_works()

    def test_a_login_cut_anywhere_harms_nobody(self):
        body = struct.pack("!I", 196608) + b"user\0scram_user\0database\0app\0\0"
        whole = struct.pack("!I", len(body) + 4) + body
        for length in range(len(whole)):
            with socket.create_connection(("127.0.0.1", self.gateway.port)) as client:
                client.sendall(whole[:length])
        self.still_works()

    def test_a_slow_reader_does_not_fill_our_memory(self):
        before = memory_kib(self.gateway.child.pid)
        with wire.Connection(self.gateway.port) as client:
            client.login("scram_user", "app")
            rows = "select repeat('x', 1000000) from generate_series(1, 400)"
            client.send(wire.message(b"Q", wire.text(rows)))
            with self.cursor() as cursor:  # Somebody else works meanwhile.
                for _ in range(50):
                    cursor.execute("select 1")
        self.assertLess(memory_kib(self.gateway.child.pid) - before, 64 * 1024)

    def test_many_tiny_messages(self):
        with wire.Connection(self.gateway.port) as client:
            client.login("scram_user", "app")
            for _ in range(20):
                client.send(wire.message(b"S") * 1000)
                for _ in range(1000):
                    self.assertEqual(client.read()[0], b"Z")
        self.still_works()


class Deaths(Gated):
    """Their Postgres does not survive, so they have one of their own."""

    def write(self, worker, done):
        """Inserts until the server is gone; notes what the server said was done."""
        with contextlib.suppress(psycopg2.Error), self.cursor() as cursor:
            for number in range(100_000):
                cursor.execute(f"insert into orders (account, note) values (1, 'mark_{worker}_{number}')")
                done.append(f"mark_{worker}_{number}")

    def test_an_upstream_killed_under_fifty_writers(self):
        done = []
        with concurrent.futures.ThreadPoolExecutor(50) as workers:
            running = [workers.submit(self.write, worker, done) for worker in range(50)]
            process.wait_until(lambda: len(done) > 2000, 60, "writes")
            # All of it at once, as a machine dies: children of a killed postmaster would go on for a moment.
            self.server.child.send_signal(signal.SIGQUIT)
            for each in running:
                each.result(60)
        self.gateway.audit("verify")
        lines = self.gateway.audit("export", "--format", "jsonl").splitlines()
        records = [json.loads(line) for line in lines]
        allowed = {mark for record in records if record.get("verdict") == "allow"
                   for mark in re.findall(r"mark_\d+_\d+", record.get("text", ""))}
        self.assertEqual(set(done) - allowed, set())
        executed = set(re.findall(r"scram_user LOG:  statement: insert[^\n]*?(mark_\d+_\d+)",
                                  self.server.log()))
        self.assertGreater(len(executed), 2000)
        self.assertEqual(executed - allowed, set())
