"""WebSockets as python3-websockets speaks them, through the proxy and by the door: compressed, large,
fragmented, closed from either side, and judged message by message."""

import asyncio
import hashlib
import json
import os
import ssl

from harness import web_case, web_raw, web_sockets
from harness.web_case import Https
from harness.web_gateway import SECRET

_JUDGED = """
rule "no-drops" {
  endpoint  = https.api
  priority  = 100
  condition = "has(ws.text) && ws.text.contains('drop')"
  verdict   = "deny"
  reason    = "not by this door"
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""

_NO_UPGRADE = """
rule "no-sockets" {
  endpoint  = https.api
  condition = "'upgrade' in http.headers"
  verdict   = "deny"
  reason    = "no sockets here"
}
"""


class _Sockets:
    @classmethod
    def prepare(cls):
        cls.websockets = web_case.needs_module("websockets", "python3-websockets")

    @classmethod
    def upstream(cls):
        return web_sockets.Server()

    def setUp(self):
        for kept in (self.server.messages, self.server.openings, self.server.extensions):
            kept.clear()

    def open(self, by, path="/socket", **options):
        options = {"max_size": None, "open_timeout": 20, "close_timeout": 1,
                   "extra_headers": {"Authorization": "Bearer placeholder"}, **options}
        if by == "door":
            return self.websockets.connect(f"ws://127.0.0.1:{self.gateway.port}{path}", **options)
        trust = ssl.create_default_context(cafile=self.gateway.authority())
        return self.websockets.connect(f"wss://api.test{path}", ssl=trust, server_hostname="api.test",
                                       sock=web_raw.tunnel(self.gateway.proxy, "api.test"), **options)

    def talk(self, *messages, seconds=20, **options):
        async def run():
            heard = []
            async with self.open(options.pop("by", "proxy"), **options) as connection:
                for message in messages:
                    await connection.send(message)
                    heard.append(await asyncio.wait_for(connection.recv(), seconds))
            return heard

        return asyncio.run(run())


class _Talking(_Sockets):
    """What holds whether or not a rule reads messages."""

    def test_a_message_may_end_as_a_secret_begins(self):
        for compression in (None, "deflate"):
            for message in ("are you", "record", SECRET[:7], SECRET[:7].encode()):
                self.assertEqual(self.talk(message, compression=compression, seconds=3), [message])

    def test_a_secret_said_again_is_not_heard(self):
        for compression in (None, "deflate"):
            for message in (f"the key {SECRET} is it", SECRET):
                heard, = self.talk(message, compression=compression, seconds=3)
                self.assertEqual(heard, message.replace(SECRET, "*" * len(SECRET)))


class Plain(_Talking, Https):
    def test_both_ways_in(self):
        for by in ("proxy", "door"):
            self.assertEqual(self.talk("hello", b"\x00\xff", by=by), ["hello", b"\x00\xff"])
        for path, headers in self.server.openings:
            self.assertEqual((path, headers["authorization"]), ("/socket", f"Bearer {SECRET}"))

    def test_large_and_fragmented_messages(self):
        for compression in (None, "deflate"):
            large = os.urandom(1_000_000)
            heard = self.talk(large, "x" * 200_000, iter(["a" * 1000, "b" * 1000]), compression=compression)
            self.assertEqual(heard, [large, "x" * 200_000, "a" * 1000 + "b" * 1000])

    def test_pings_and_closes_of_either_side(self):
        async def run():
            async with self.open("proxy") as connection:
                await asyncio.wait_for(await connection.ping(b"are you there"), 20)
                await connection.send("leave")
                with self.assertRaises(self.websockets.exceptions.ConnectionClosed) as closed:
                    await asyncio.wait_for(connection.recv(), 20)
                return closed.exception.code, closed.exception.reason

        self.assertEqual(asyncio.run(run()), (4001, "as you wish"))

    def test_the_server_may_speak_first(self):
        async def run():
            async with self.open("proxy", "/speaks") as connection:
                return await asyncio.wait_for(connection.recv(), 20)

        self.assertEqual(asyncio.run(run()), "what the server says first")


class Judged(_Talking, Https):
    parts = {"rules": _JUDGED}

    def test_allowed_messages_pass_whether_or_not_compression_is_offered(self):
        for by in ("proxy", "door"):
            for compression in (None, "deflate"):
                with self.subTest(by=by, compression=compression):
                    self.assertEqual(self.talk("hello", "x" * 100_000, by=by, compression=compression),
                                     ["hello", "x" * 100_000])

    def test_a_refused_message_never_arrives_however_it_is_sent(self):
        for name, message, options in (("plain", "drop it", {"compression": None}),
                                       ("compressed", "drop it", {"compression": "deflate"}),
                                       ("in two fragments", iter(["dr", "op it"]), {"compression": None})):
            with self.subTest(name):
                self.server.messages.clear()
                with self.assertRaises(self.websockets.exceptions.ConnectionClosed) as closed:
                    self.talk("hello", message, **options)
                self.assertEqual(closed.exception.code, 1008)
                self.assertIn("not by this door", closed.exception.reason)
                self.assertEqual(self.server.messages, ["hello"])

    def test_messages_are_on_record(self):
        with self.assertRaises(self.websockets.exceptions.ConnectionClosed):
            self.talk("kept on record", "drop and keep")
        records = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        denied = [each for each in records if each.get("verdict") == "deny"]
        self.assertIn("no-drops", {each["rule"] for each in denied})
        digest = hashlib.sha256(b"drop and keep").hexdigest()  # What was said is recorded as its hash alone.
        self.assertIn(digest, json.dumps(denied))


class Refused(_Sockets, Https):
    parts = {"rules": _NO_UPGRADE}

    def test_a_refused_upgrade_never_opens(self):
        with self.assertRaises(self.websockets.exceptions.InvalidStatusCode) as refused:
            self.talk("hello")
        self.assertEqual(refused.exception.status_code, 403)
        self.assertEqual(self.server.openings, [])
