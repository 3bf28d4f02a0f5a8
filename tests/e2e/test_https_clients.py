"""The libraries agents' programs are written with, in the environment that `clawpatrol env` makes and in
nothing else: what they ask is judged, what they are refused they can print, and streams are not kept
back."""

import json

from harness import drivers
from harness.web_case import PYTHON, Https, needs_module, needs_node
from harness.web_gateway import SECRET


class _Client:
    """What every library does the same; with Https it is a test."""

    def ask(self, what, path):
        status, _, body = self.good(*self.program, what, f"https://api.test{path}").partition(" ")
        return int(status), json.loads(body)

    def test_get_carries_the_key_and_does_not_show_it(self):
        status, seen = self.ask("get", "/echo/x?a=b%20c")
        self.assertEqual((status, seen["path"]), (200, "/echo/x?a=b%20c"))
        self.assertEqual(self.server.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")
        self.assertEqual(seen["headers"]["Authorization"], "Bearer " + "*" * len(SECRET))

    def test_packed_answers_are_read_and_searched(self):
        status, seen = self.ask("get", "/echo/x?gzip=1")
        self.assertEqual(status, 200)
        self.assertEqual(seen["headers"]["Authorization"], "Bearer " + "*" * len(SECRET))

    def test_post_arrives_whole(self):
        status, _ = self.ask("post", "/echo")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(self.server.requests[0]["body"]), {"word": "hello"})
        self.assertIn("application/json", self.server.requests[0]["headers"]["content-type"])

    def test_a_refusal_can_be_printed(self):
        status, told = self.ask("delete", "/echo")
        self.assertEqual((status, told["rule"]), (403, "no-delete"))
        self.assertIn("nothing is deleted here", told["detail"])
        self.assertEqual(self.server.requests, [])

    def test_a_stream_comes_piece_by_piece(self):
        with self.gateway.begin(*self.program, "stream", "https://api.test/held") as child:
            self.assertEqual(child.stdout.readline(), "data: first\n")
            self.server.release.set()
            self.assertEqual(child.stdout.read(), "data: second\n")

    def test_an_unknown_host_answers_nothing(self):
        done = self.gateway.agent(*self.program, "get", "https://other.test/")
        # Axios hands on what the proxy said to its CONNECT; the others fail.
        self.assertTrue(done.returncode != 0 or done.stdout.startswith("403 "), done.stdout)
        self.assertIn("403", done.stdout + done.stderr)


class Requests(_Client, Https):
    program = [PYTHON, drivers.FOLDER / "web_client.py", "requests"]

    @classmethod
    def prepare(cls):
        needs_module("requests", "python3-requests")


class Aiohttp(_Client, Https):
    program = [PYTHON, drivers.FOLDER / "web_client.py", "aiohttp"]

    @classmethod
    def prepare(cls):
        needs_module("aiohttp", "python3-aiohttp")


class Undici(_Client, Https):
    program = ["node", drivers.FOLDER / "web_client.js", "undici"]

    @classmethod
    def prepare(cls):
        needs_node()


class Axios(_Client, Https):
    program = ["node", drivers.FOLDER / "web_client.js", "axios"]

    @classmethod
    def prepare(cls):
        needs_node()


class NodeFetch(_Client, Https):
    program = ["node", drivers.FOLDER / "web_client.js", "fetch"]

    @classmethod
    def prepare(cls):
        needs_node()
