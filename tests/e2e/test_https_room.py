"""What the gateway shares among all agents: one name server to ask, and one room for bodies that wait."""

import os
import re
import socket
import struct
import threading
import unittest.mock

from harness import process, web
from harness.gateway import BINARY
from harness.web_case import Https

NAME = "upstream.clawpatrol.test"


class NameServer(threading.Thread):
    """Knows one name; remembers what it was asked."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port, self.asked = self.socket.getsockname()[1], []

    def run(self):
        while True:
            question, whose = self.socket.recvfrom(4096)
            words, at = [], 12
            while size := question[at]:
                words.append(question[at + 1:at + 1 + size].decode())
                at += 1 + size
            kind, = struct.unpack(">H", question[at + 1:at + 3])
            self.asked.append((".".join(words), kind))
            known, has = ".".join(words) == NAME, ".".join(words) == NAME and kind == 1
            record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes([127, 0, 0, 1]) if has else b""
            head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, int(has), 0, 0)
            self.socket.sendto(head + question[12:at + 5] + record, whose)


class _Elsewhere(web.Server):
    """The server by a name that only the name server knows."""

    def url(self):
        return f"https://{NAME}:{self.port}"


class Resolver(Https):
    @classmethod
    def upstream(cls):
        cls.names = NameServer()
        cls.names.start()
        cls.parts = {"settings": f'resolver = "127.0.0.1:{cls.names.port}"'}
        return _Elsewhere(names=f"DNS:{NAME}")

    def test_upstreams_are_found_by_it_and_after_a_reload_by_another(self):
        self.assertEqual(self.status("https://api.test/echo"), "200")
        self.assertEqual({name for name, _ in self.names.asked}, {NAME})
        other = NameServer()
        other.start()
        text = self.gateway.config.read_text()
        self.gateway.config.write_text(text.replace(f":{self.names.port}", f":{other.port}"))
        self.gateway.child.send_signal(1)
        process.wait_until(lambda: self.status("https://api.test/echo") == "200" and other.asked, 15, "it")


class Bodies(Https):
    """An agent has at most as much as it leaves free: of six mebibytes three."""

    parts = {"settings": 'limits {\n body_buffer = "1MiB"\n bodies = "6MiB"\n }',
             "rules": 'rule "rest" {\n endpoint = https.api\n condition = "!http.body.contains(\'no\')"\n'
                      ' verdict = "allow"\n}'}

    def begin(self, size, login=""):
        """A body of that length, all but its last byte sent; what is answered is for the caller."""
        client = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20)
        self.addCleanup(client.close)
        head = f"POST /echo HTTP/1.1\r\nHost: api.test\r\n{login}Content-Length: {size}\r\n\r\n"
        client.sendall(head.encode() + b"b" * (size - 1))
        return client

    def metric(self, name):
        socket_path = self.gateway.folder / "state/admin.sock"
        text = process.run(["curl", "-sS", "--unix-socket", socket_path, "http://operators/metrics"])
        return float(re.search(f"^{name} (.*)$", text, re.MULTILINE).group(1))

    def test_a_flood_of_unfinished_bodies_is_refused_and_leaves_room_behind(self):
        size = 900_000
        held = [self.begin(size) for _ in range(3)]
        process.wait_until(lambda: self.metric("claw_bodies_held_bytes") >= 3 * (size - 1), 20, "the bodies")
        before = self.gateway.memory_kib()
        for _ in range(20):
            client = self.begin(size)
            self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 503 "))
        self.assertLessEqual(self.metric("claw_bodies_held_bytes"), 3 * 1024 * 1024)
        self.assertGreaterEqual(self.metric("claw_bodies_refused_total"), 20)
        self.assertLess(self.gateway.memory_kib() - before, 40_000)
        self.assertEqual(self.status("https://api.test/echo"), "200")  # Without a body there is room.
        held[0].sendall(b"b")
        self.assertTrue(held[0].recv(100).startswith(b"HTTP/1.1 200 "))
        for client in held[1:]:
            client.close()
        process.wait_until(lambda: self.metric("claw_bodies_held_bytes") == 0, 20, "an empty room")
        self.assertEqual(len([request for request in self.server.requests if request["method"] == "POST"]), 1)
        self.assertIn("no room for another body", self.gateway.audit("export"))


_AGENTS = "".join(f'agent "{name}" {{ profile = profile.agents }}\n' for name in ("greedy", "modest"))


class Fairness(Bodies):
    """Who fills all the room there is for one agent does not fill that of another."""

    parts = {**Bodies.parts, "more": _AGENTS, "endpoint": "", "listener": "",
             "settings": Bodies.parts["settings"] + '\nvault { key_environment = "TEST_VAULT_KEY" }',
             "environment": {"TEST_VAULT_KEY": "11" * 32}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        config = cls.gateway.config
        config.write_text(config.read_text().replace("require_token = false", "require_token = true"))
        with unittest.mock.patch.dict(os.environ, cls.parts["environment"]):
            cls.tokens = {name: cls.gateway.token(name) for name in ("greedy", "modest")}
        process.run([BINARY, "reload", "--state-dir", cls.gateway.folder / "state"])
        # Until then whoever says nobody's name shares one: on every thread, so several times in a row.
        process.wait_until(lambda: not any(cls.lets_strangers_in() for _ in range(8)), 20, "the new policy")

    @classmethod
    def lets_strangers_in(cls):
        with socket.create_connection(("127.0.0.1", cls.gateway.port), timeout=20) as client:
            client.sendall(b"GET /echo HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
            return client.recv(100).startswith(b"HTTP/1.1 200 ")

    def login(self, name):
        return f"Authorization: Bearer {self.tokens[name]}\r\n"

    def test_a_flood_of_unfinished_bodies_is_refused_and_leaves_room_behind(self):
        size = 900_000
        for number in range(20):
            client = self.begin(size, self.login("greedy"))
            if number == 2:
                process.wait_until(lambda: self.metric("claw_bodies_held_bytes") >= 3 * (size - 1), 20,
                                   "the bodies")
            if number > 2:
                self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 503 "))
        other = self.begin(size, self.login("modest"))
        process.wait_until(lambda: self.metric("claw_bodies_held_bytes") >= 4 * (size - 1), 20, "the bodies")
        other.sendall(b"b")
        self.assertTrue(other.recv(100).startswith(b"HTTP/1.1 200 "))
