"""How many connections an agent may have, how long one may be silent, and what agents are told."""

import contextlib
import json
import socket
import subprocess
import time

import psycopg2
from gated import Gated
from harness import process, web_raw
from harness.web_case import Https


def kinds_of(gate, kind):
    lines = gate.audit("export", "--format", "jsonl").splitlines()
    return [each for each in map(json.loads, lines) if each["kind"] == kind]


class Postgres(Gated):
    settings = 'limits {\n connections_per_agent = 2\n idle_timeout = "2s"\n}'

    def test_a_connection_too_many_is_refused_and_recorded(self):
        with contextlib.ExitStack() as stack:
            cursors = [stack.enter_context(self.cursor()) for _ in range(2)]
            with self.assertRaises(psycopg2.OperationalError) as raised, self.cursor():
                pass
            self.assertIn("too many connections of agent `anonymous`: the limit is 2", str(raised.exception))
            for cursor in cursors:
                cursor.execute("select 1")
        incidents = kinds_of(self.gateway, "incident")
        self.assertTrue(any("too many connections" in each["what"] for each in incidents))

        def again():
            with contextlib.suppress(psycopg2.OperationalError), self.cursor() as cursor:
                cursor.execute("select 1")
                return True
            return False

        process.wait_until(again, 10, "a place after others have left")

    def test_a_silent_connection_is_closed_in_the_servers_words(self):
        for statement, word in (("select 1", "idle-session timeout"),
                                ("begin", "idle-in-transaction timeout")):
            with self.subTest(statement):
                done = subprocess.run(["psql", self.gateway.dsn(), "-X", "-c", statement, "-c", r"\! sleep 4",
                                       "-c", "select 2"], capture_output=True, text=True, check=False)
                self.assertIn(f"FATAL:  terminating connection due to {word}", done.stderr)
        closed = [each for each in kinds_of(self.gateway, "session") if each["event"] == "closed"]
        self.assertTrue(any("idle-session" in each["detail"] for each in closed))

    def test_what_runs_is_not_silent(self):
        with self.cursor() as cursor:
            cursor.execute("select pg_sleep(5)")
            cursor.execute("select 1")


class Web(Https):
    parts = {"settings": "limits { connections_per_agent = 1 }"}

    def test_a_request_on_a_connection_too_many_is_asked_to_come_again(self):
        command = ["curl", "-sSN", "--cacert", self.gateway.authority(), "-x",
                   f"http://127.0.0.1:{self.gateway.proxy}", "https://api.test/held"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.readline(), b"data: first\n")
            answer = self.gateway.curl("-D-", "https://api.test/bytes/10")
            self.assertRegex(answer, r"HTTP/(2|1\.1) 429")
            self.assertIn("Retry-After: 5".lower(), answer.lower())
            self.assertIn("too many connections", answer)
            self.server.release.set()
            child.stdout.read()
        process.wait_until(lambda: self.status("https://api.test/bytes/10") == "200", 10, "a place again")
        incidents = kinds_of(self.gateway, "incident")
        self.assertTrue(any("too many connections" in each["what"] for each in incidents))


class Stalled(Https):
    parts = {"settings": 'limits { idle_timeout = "2s" }'}

    def test_an_agent_that_does_not_take_its_answer_is_let_go(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20) as agent:
            agent.sendall(b"GET /bytes/100000000 HTTP/1.1\r\nHost: api.test\r\n\r\n")
            self.assertTrue(agent.recv(1))
            why = "the agent neither sent nor took anything for a minute"
            process.wait_until(lambda: why in self.gateway.audit("export"), 15, "the record of it")
            self.assertEqual(self.status("https://api.test/bytes/10"), "200")

    def test_one_that_takes_it_slowly_is_not(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20) as agent:
            agent.sendall(b"GET /bytes/20000000 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
            told, ends = 0, time.monotonic() + 5
            while time.monotonic() < ends:
                told += len(agent.recv(65536))
                time.sleep(0.02)
            self.assertGreater(told + len(web_raw.all_of(agent)), 20_000_000)


class Unread(Https):
    parts = {"settings": "limits { connections_per_agent = 1 }",
             "more": 'defaults { unknown_host = "passthrough" }\n'}

    def test_what_would_pass_unread_on_a_connection_too_many_is_an_incident(self):
        command = ["curl", "-sSN", "--cacert", self.gateway.authority(), "-x",
                   f"http://127.0.0.1:{self.gateway.proxy}", "https://api.test/held"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.readline(), b"data: first\n")
            with self.assertRaisesRegex(ConnectionError, "403 "):
                web_raw.tunnel(self.gateway.proxy, "unknown.test")
            self.server.release.set()
            child.stdout.read()
        told = [each["what"] for each in kinds_of(self.gateway, "incident")]
        self.assertTrue(any("`unknown.test:443`: too many connections" in each for each in told), told)
