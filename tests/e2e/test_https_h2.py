"""HTTP/2 to the upstream, and gRPC on it: unary and streaming calls, trailers, and a refusal with gRPC's
status."""

import pathlib
import queue
import shutil
import tempfile

from harness import certificates, process, web_case, web_grpc
from harness.web_case import Https
from harness.web_gateway import SECRET


class Nghttpd(process.Process):
    """nghttpd, which speaks nothing but HTTP/2, before a folder of files."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-nghttpd-"))
        certificates.make(self.folder)
        self.authority, self.port = self.folder / "ca.crt", process.free_port()
        (self.folder / "files").mkdir()
        (self.folder / "files/small").write_text("hello\n")
        (self.folder / "files/large").write_bytes(b"0123456789abcdef" * 300_000)
        super().__init__(["nghttpd", "-v", "-a", "127.0.0.1", "-d", self.folder / "files", "--echo-upload",
                          self.port, self.folder / "server.key", self.folder / "server.crt"],
                         self.folder / "log")

    def url(self):
        return f"https://localhost:{self.port}"

    def is_ready(self):
        return process.accepts(self.port)

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)


class Automatic(Https):
    """An upstream that offers nothing but HTTP/2."""

    @classmethod
    def prepare(cls):
        web_case.needs_program("nghttpd")

    @classmethod
    def upstream(cls):
        return Nghttpd()

    def test_both_versions_of_agents(self):
        for version in ("--http1.1", "--http2"):
            with self.subTest(version):
                self.assertEqual(self.gateway.curl(version, "https://api.test/small"), "hello\n")
                got = self.gateway.curl(version, "-o", "/dev/null", "-w", "%{http_code} %{size_download}",
                                        "https://api.test/large")
                self.assertEqual(got, "200 4800000")
                self.assertEqual(self.status(version, "https://api.test/none"), "404")
                self.assertEqual(self.status(version, "-X", "DELETE", "https://api.test/small"), "403")
        self.assertNotIn(":method: DELETE", self.server.log())
        self.assertIn(f"authorization: Bearer {SECRET}", self.server.log())

    def test_uploads(self):
        (self.gateway.folder / "up").write_bytes(b"x" * 500_000)
        for version in ("--http1.1", "--http2"):
            for words in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue")):
                if version == "--http2" and words and "chunked" in words[1]:
                    continue  # HTTP/2 has no such thing.
                with self.subTest(version, words=words):
                    got = self.gateway.curl(version, *words, "--data-binary", f"@{self.gateway.folder}/up",
                                            "https://api.test/small")
                    self.assertEqual(got, "x" * 500_000)

    def test_many_at_once_on_one_connection(self):
        urls = ["https://api.test/small"] * 40 + ["https://api.test/large"] * 3
        each = [word for url in urls for word in ("-o", "/dev/null", url)]
        told = self.gateway.curl("--http2", "--no-progress-meter", "-Z", "--parallel-max", "20", "-w",
                                 "%{http_code}\n", *each, seconds=60)
        self.assertEqual(told.split(), ["200"] * len(urls))


class Told(Automatic):
    parts = {"endpoint": 'upstream_http = "2"'}


class Specification(Https):
    """What h2spec asks of a server, asked of the endpoint's own door."""

    @classmethod
    def prepare(cls):
        web_case.needs_program("h2spec")

    def test_every_sentence_of_it(self):
        told = process.run(["h2spec", "-h", "127.0.0.1", "-p", self.gateway.port, "-P", "/bytes/10"],
                           seconds=300)
        self.assertIn(" 0 failed", told)


_RULES = """
rule "no-delete" {
  endpoint  = https.api
  priority  = 100
  condition = "http.path == '/shop.Orders/Delete'"
  verdict   = "deny"
  reason    = "orders stay"
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""


class Grpc(Https):
    parts = {"rules": _RULES}

    @classmethod
    def prepare(cls):
        cls.grpc = web_case.needs_module("grpc", "python3-grpcio")

    @classmethod
    def upstream(cls):
        return web_grpc.Server()

    def setUp(self):
        super().setUp()
        roots = self.grpc.ssl_channel_credentials(self.gateway.authority().read_bytes())
        options = [("grpc.http_proxy", f"http://127.0.0.1:{self.gateway.proxy}")]
        self.channel = self.enterContext(self.grpc.secure_channel("api.test:443", roots, options))

    def test_unary_with_the_real_key_and_trailers(self):
        answer, call = self.channel.unary_unary("/shop.Orders/Get").with_call(b"one", timeout=20)
        self.assertEqual(answer, b"got one")
        self.assertEqual(self.server.logins[-1], f"Bearer {SECRET}")
        self.assertIn(("x-cost", "3"), [(each.key, each.value) for each in call.trailing_metadata()])

    def test_streams_one_way(self):
        listed = self.channel.unary_stream("/shop.Orders/List")(b"n", timeout=20)
        self.assertEqual(list(listed), [b"n 0", b"n 1", b"n 2", b"n 3", b"n 4"])
        added = self.channel.stream_unary("/shop.Orders/Add")(iter([b"a", b"b", b"c"]), timeout=20)
        self.assertEqual(added, b"a+b+c")

    def test_a_conversation_is_not_kept_back(self):
        say = queue.SimpleQueue()
        answers = self.channel.stream_stream("/shop.Orders/Chat")(iter(say.get, None), timeout=20)
        for word in (b"one", b"two", b"three"):
            say.put(word)
            self.assertEqual(next(answers), b"re: " + word)
        say.put(None)
        self.assertEqual(list(answers), [])

    def test_an_answer_may_end_as_a_secret_begins(self):
        say = queue.SimpleQueue()
        answers = self.channel.stream_stream("/shop.Orders/Chat")(iter(say.get, None), timeout=5)
        for word in (b"are you", b"record", SECRET[:5].encode(), b"\0"):
            say.put(word)
            self.assertEqual(next(answers), b"re: " + word)
        say.put(None)

    def test_a_refusal_is_permission_denied(self):
        with self.assertRaises(self.grpc.RpcError) as caught:
            self.channel.unary_unary("/shop.Orders/Delete")(b"one", timeout=20)
        self.assertEqual(caught.exception.code(), self.grpc.StatusCode.PERMISSION_DENIED)
        self.assertIn("orders stay", caught.exception.details())

    def test_an_error_of_the_service_stays_its_own(self):
        with self.assertRaises(self.grpc.RpcError) as caught:
            self.channel.unary_unary("/shop.Orders/Fail")(b"one", timeout=20)
        self.assertEqual((caught.exception.code(), caught.exception.details()),
                         (self.grpc.StatusCode.NOT_FOUND, "no such order"))
