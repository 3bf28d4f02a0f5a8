"""What goes wrong around HTTP: upstreams that break off, lie or are not who they say, agents that are slow,
greedy or malformed. Each is told so, nobody is served in place of another, and memory stays bounded."""

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import threading
import types
import zlib

import test_https_h2
from harness import process, web, web_case, web_gateway, web_raw
from harness.web_case import Https

# What a sanitizer keeps of what was freed is not the gateway's.
_LEAN = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
_GROWTH_KIB = 96 * 1024

_ZEROS = 1 << 20


def _bomb(mebibytes):
    """The beginning of gzip's form of that many zeros, in pieces; each of a kilobyte is a mebibyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(bytes(_ZEROS)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(_ZEROS)) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(mebibytes - 1):
        yield again


class _Bounded(Https):
    """Whatever a test did, others are served and little is kept of it."""

    parts = {"environment": _LEAN}

    def setUp(self):
        super().setUp()
        self.others_are_served()
        self.before = self.gateway.memory_kib()

    def tearDown(self):
        self.others_are_served()
        self.assertLess(self.gateway.memory_kib() - self.before, _GROWTH_KIB)

    def incidents(self):
        records = map(json.loads, self.gateway.audit("export", "--format", "jsonl").splitlines())
        return [each["what"] for each in records if each["kind"] == "incident"]

    def others_are_served(self):
        for version in ("--http1.1", "--http2"):
            self.assertEqual(self.status(version, "https://api.test/bytes/10"), "200")


def _good(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


_arrived = threading.Event()  # The agent has the beginning of an answer that is then broken off.


def _reset(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000)
    _arrived.wait(web_raw.SECONDS)
    web_raw.reset(connection)


def _reset_chunked(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    _arrived.wait(web_raw.SECONDS)
    web_raw.reset(connection)


def _gzip_bomb(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in _bomb(1024):
        connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    connection.sendall(b"0\r\n\r\n")


_halfway = threading.Event()  # Both sides have said half of a chunk's length.


def _half_a_chunk(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5")
    _halfway.wait(web_raw.SECONDS)
    connection.sendall(b"\r\nhello\r\n0\r\n\r\n")


_TAIL = 6_000_000


def _says_all_and_leaves(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % _TAIL
                       + b"x" * _TAIL)


def _slow(connection):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow":
        connection.sendall(bytes([byte]))


def _endless_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000_000):
        connection.sendall(b"x-%d: %s\r\n" % (number, b"y" * 1000))


def _says(raw):
    return lambda connection: connection.sendall(raw)


_OK = b"HTTP/1.1 200 OK\r\n"
_MANY = b"".join(b"x-%d: y\r\n" % number for number in range(10_000))

# What an upstream does to a request for a path.
_ACTS = {
    "reset": _reset, "reset-chunked": _reset_chunked, "gzip-bomb": _gzip_bomb, "slow": _slow,
    "half-a-chunk": _half_a_chunk, "leaves": _says_all_and_leaves, "endless-head": _endless_head,
    "nothing": lambda connection: None,
    "garbage": _says(b"\x00\x01\x02 what?\r\n\r\n"),
    "ssh": _says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "two-lengths": _says(_OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
    "both-framings": _says(_OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "negative": _says(_OK + b"Content-Length: -1\r\n\r\nok"),
    "many-headers": _says(_OK + _MANY + b"\r\n"),
    "large-header": _says(_OK + b"x: " + b"y" * 300_000 + b"\r\n\r\n"),
    "folded": _says(_OK + b"x: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
}


def _act(connection):
    path = web_raw.head_of(connection).split(b" ")[1].decode().strip("/")
    _ACTS.get(path, _good)(connection)


class Upstreams(_Bounded):
    @classmethod
    def upstream(cls):
        return web_raw.Server(_act)

    def test_an_answer_that_is_broken_off_is_seen_to_be(self):
        for path in ("reset", "reset-chunked"):
            for version in ("--http1.1", "--http2"):
                _arrived.clear()
                command = ["curl", "-sSN", version, "--cacert", self.gateway.authority(), "-x",
                           f"http://127.0.0.1:{self.gateway.proxy}", f"https://api.test/{path}"]
                with self.subTest(path, version=version), subprocess.Popen(
                        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as agent:
                    self.assertIn(agent.stdout.read(1), b"xh")
                    _arrived.set()
                    agent.communicate(timeout=web_raw.SECONDS)
                    self.assertNotEqual(agent.returncode, 0)
        self.assertIn('"ending":"unknown"', self.gateway.audit("search", "/reset", "--json"))

    def test_an_answer_that_is_none_is_a_502(self):
        for path in ("nothing", "garbage", "ssh", "two-lengths", "both-framings", "negative", "many-headers",
                     "large-header", "folded", "endless-head"):
            for version in ("--http1.1", "--http2"):
                with self.subTest(path, version=version):
                    self.assertEqual(self.status(version, f"https://api.test/{path}"), "502")

    def test_two_halves_of_a_frame_do_not_keep_the_gateway_busy(self):
        _halfway.clear()
        with socket.create_connection(("127.0.0.1", self.gateway.port), web_raw.SECONDS) as agent:
            agent.sendall(b"POST /half-a-chunk HTTP/1.1\r\nHost: api.test\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n3")
            told = web_raw.head_of(agent)
            self.assertIn(b"200 OK", told)
            agent.sendall(b"0")  # Half of `30`: each side's news, and nothing of it is a message yet.
            self.others_are_served()
            _halfway.set()
            while not told.endswith(b"0\r\n\r\n"):
                piece = agent.recv(65536)
                self.assertTrue(piece, told)
                told += piece
        self.assertIn(b"hello", told)

    def test_what_an_upstream_said_before_it_left_arrives_however_slowly_it_is_taken(self):
        with socket.socket() as agent:
            agent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            agent.settimeout(web_raw.SECONDS)
            agent.connect(("127.0.0.1", self.gateway.port))
            agent.sendall(b"GET /leaves HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
            told = agent.recv(100)
            self.others_are_served()  # Meanwhile the upstream has gone.
            self.assertGreater(len(told + web_raw.all_of(agent)), _TAIL)

    def test_a_slow_answer_is_an_answer(self):
        self.assertEqual(self.gateway.curl("https://api.test/slow"), "slow")

    def test_a_packed_bomb_is_not_unpacked(self):
        # It carries a credential, so its answer is searched, and for that unpacked: until that is too much.
        for version in ("--http1.1", "--http2"):
            with self.subTest(version), contextlib.suppress(RuntimeError):
                told = self.gateway.curl(version, "-o", "/dev/null", "-w", "%{size_download}",
                                         "https://api.test/gzip-bomb")
                self.fail(f"{told} bytes came out, and that as a whole answer")


class Strangers(Https):
    """An upstream that is not who it says gets nothing, and the agent the reason."""

    def refused(self, server):
        self.addCleanup(shutil.rmtree, server.folder, ignore_errors=True)
        with server, web_gateway.WebGateway(server) as gateway:
            told = gateway.curl("https://api.test/echo")
            self.assertEqual(json.loads(told)["status"], 502)
            self.assertNotIn(web_gateway.SECRET, told)
            return json.loads(told)["detail"]

    def test_another_authority(self):
        server, other = web.Server(), web.Server()
        self.addCleanup(shutil.rmtree, other.folder, ignore_errors=True)
        self.addCleanup(other.server_close)
        server.authority = other.authority
        self.assertRegex(self.refused(server), "certificate|issuer")
        self.assertEqual(server.requests, [])

    def test_another_name(self):
        server = web.Server(names="DNS:other.test")
        self.assertRegex(self.refused(server), "name|certificate")
        self.assertEqual(server.requests, [])

    def test_the_systems_authorities_do_not_know_it(self):
        server = web.Server()
        server.authority = None
        self.assertRegex(self.refused(server), "certificate|issuer")
        self.assertEqual(server.requests, [])

    def test_no_tls_at_all(self):
        server = web.Server(tls=False)
        server.url = lambda: f"https://localhost:{server.port}"
        self.refused(server)
        self.assertEqual(server.requests, [])

    def test_nobody_there(self):
        server = web.Server()
        server.server_close()
        server.__class__ = _Gone
        self.refused(server)


class _Gone(web.Server):
    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass


_BODY = web_gateway.RULES.replace('rule "rest" {', """rule "reads-bodies" {
  endpoint  = https.api
  priority  = 50
  condition = "http.path == '/judged' && http.body_json.word == 'no'"
  verdict   = "deny"
  reason    = "not that word"
}

rule "rest" {""")

_GET, _POST = (b"%s /x HTTP/1.1\r\nHost: api.test\r\n" % method for method in (b"GET", b"POST"))
_MALFORMED = {
    "both framings": _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a space before the colon": _GET + b"X-A : b\r\n\r\n",
    "a folded header": _GET + b"X-A: b\r\n c\r\n\r\n",
    "two hosts": _GET + b"Host: other.test\r\n\r\n",
    "another host": b"GET /x HTTP/1.1\r\nHost: other.test\r\n\r\n",
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "bare line ends": b"GET /x HTTP/1.1\nHost: api.test\n\n",
    "chunked twice": _POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in disguise": _POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a chunk of no size": _POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a zero in a path": b"GET /x%00y\x00 HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "a tunnel in a tunnel": b"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "TRACE": b"TRACE /x HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "many headers": _GET + _MANY + b"\r\n",
    "a large header": _GET + b"X: " + b"y" * 300_000 + b"\r\n\r\n",
    "a long path": b"GET /" + b"y" * 300_000 + b" HTTP/1.1\r\nHost: api.test\r\n\r\n",
}


class Agents(_Bounded):
    parts = {"rules": _BODY, "environment": _LEAN}

    def test_what_is_malformed_is_refused_and_never_arrives(self):
        for name, raw in _MALFORMED.items():
            known = len(self.incidents())
            with self.subTest(name), web_raw.inside(self.gateway) as agent:
                self.server.forget()
                with contextlib.suppress(OSError):
                    agent.sendall(raw + b"GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n")
                first = agent.recv(4096)
                self.assertRegex(first, rb"^HTTP/1.1 (4\d\d|501) ")
                agent.settimeout(1)
                web_raw.all_of(agent)
                paths = {request["path"] for request in self.server.requests}
                self.assertNotIn("/x", paths)
                if b"Length" in raw or b"Encoding" in raw or b"X-A" in raw or b"\n\n" in raw:
                    self.assertEqual(paths, set())  # Where the framing is unclear nothing after it counts.
                self.assertTrue(any("refused unjudged" in each or "not HTTP" in each
                                    for each in self.incidents()[known:]), name)

    def test_a_head_byte_by_byte_and_hundreds_that_never_end_theirs(self):
        with contextlib.ExitStack() as kept:
            for number in range(150):
                idle = kept.enter_context(socket.create_connection(("127.0.0.1", self.gateway.proxy)))
                idle.sendall(b"CONNECT api.test:443 HTTP/1.1\r\nX: "[:number % 40])
            with web_raw.inside(self.gateway) as agent:
                for byte in b"GET /bytes/3 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n":
                    agent.sendall(bytes([byte]))
                self.assertIn(b"xxx", web_raw.all_of(agent))

    def test_strangers_inside_and_outside_the_tunnel(self):
        greetings = (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
                     b"\x16\x03\x01" + b"\xff" * 500,
                     b"SSH-2.0-x\r\n", bytes(1000), b"\x05" * 300, b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
                     web_raw.PREFACE + b"\xff" * 100, b"\x80\x2e\x01\x00\x02" + bytes(50))
        for greeting in greetings:
            for connect in (lambda: socket.create_connection(("127.0.0.1", self.gateway.proxy), 20),
                            lambda: web_raw.tunnel(self.gateway.proxy, "api.test"),
                            lambda: web_raw.inside(self.gateway),
                            lambda: web_raw.inside(self.gateway, alpn="h2")):
                with self.subTest(greeting[:9]), connect() as stranger, contextlib.suppress(ConnectionError):
                    stranger.sendall(greeting)
                    if not hasattr(stranger, "version"):
                        stranger.shutdown(socket.SHUT_WR)
                    stranger.settimeout(2)
                    web_raw.all_of(stranger)
        self.assertEqual({request["path"] for request in self.server.requests}, {"/bytes/10"})

    def test_a_packed_bomb_in_a_request_is_not_understood(self):
        (self.gateway.folder / "bomb").write_bytes(b"".join(_bomb(1024)))
        for words in ((), ("-H", "Transfer-Encoding: chunked")):
            told = self.gateway.curl("--http1.1", "-H", "Content-Encoding: gzip", "-H",
                                     "Content-Type: application/json", *words, "--data-binary",
                                     f"@{self.gateway.folder}/bomb", "https://api.test/judged")
            self.assertEqual(json.loads(told)["status"], 403)
        self.assertNotIn("/judged", {request["path"] for request in self.server.requests})

    def test_an_agent_that_leaves_in_mid_body(self):
        for _ in range(20):
            with web_raw.inside(self.gateway) as agent:
                agent.sendall(_POST + b"Content-Length: 1000000\r\n\r\nonly this")
        self.assertNotIn(b"only this", {request["body"] for request in self.server.requests})

    def test_an_agent_that_does_not_read(self):
        with web_raw.inside(self.gateway) as agent:
            agent.sendall(b"GET /bytes/200000000 HTTP/1.1\r\nHost: api.test\r\n\r\n")
            self.assertTrue(agent.recv(1))
            for _ in range(5):
                self.others_are_served()
            self.assertLess(self.gateway.memory_kib() - self.before, _GROWTH_KIB)


class Http2(_Bounded):
    def connect(self, *settings):
        agent = web_raw.inside(self.gateway, alpn="h2")
        self.addCleanup(agent.close)
        agent.sendall(web_raw.PREFACE + web_raw.frame(web_raw.SETTINGS, 0, 0, b"".join(settings)))
        return agent

    def ended(self, agent, send):
        """The gateway ends the connection of who sends all that, and it is on record. By one thread: Python's
        TLS does not bear that one reads while another writes."""
        before = len(self.incidents())
        agent.settimeout(20)
        try:
            for piece in send:
                agent.sendall(piece)
            while agent.recv(65536):
                pass
        except TimeoutError:
            self.fail("the connection goes on")
        except OSError:
            pass  # It ended while we spoke.
        process.wait_until(lambda: len(self.incidents()) > before, 30, "a record of it")

    def test_rapid_reset(self):
        def send():
            for stream in range(1, 40_000, 2):
                yield (web_raw.head(stream, web_raw.get("/held"))
                       + web_raw.frame(web_raw.RST_STREAM, 0, stream, b"\0\0\0\x08"))

        self.ended(self.connect(), send())
        self.assertLess(len(self.server.requests), 2000)

    def test_a_head_that_never_ends(self):
        def send():
            yield web_raw.frame(web_raw.HEADERS, web_raw.END_STREAM, 1, web_raw.get("/echo"))
            for _ in range(5000):
                yield web_raw.frame(web_raw.CONTINUATION, 0, 1, web_raw.field("x-filler", "y" * 4000))

        self.ended(self.connect(), send())

    def test_empty_continuations(self):
        def send():
            yield web_raw.frame(web_raw.HEADERS, web_raw.END_STREAM, 1, web_raw.get("/echo"))
            for _ in range(20):
                yield web_raw.frame(web_raw.CONTINUATION, 0, 1) * 1000

        self.ended(self.connect(), send())

    def test_floods_of_what_must_be_answered(self):
        for name, piece in (("pings", web_raw.frame(web_raw.PING, 0, 0, bytes(8))),
                            ("settings", web_raw.frame(web_raw.SETTINGS, 0, 0)),
                            ("empty data", web_raw.frame(web_raw.DATA, 0, 1))):
            with self.subTest(name):
                agent = self.connect()
                agent.sendall(web_raw.head(1, web_raw.get("/echo", "POST"), web_raw.END_HEADERS))
                agent.settimeout(0.2)
                with contextlib.suppress(OSError):  # Nobody reads what comes back.
                    for _ in range(200):
                        agent.sendall(piece * 1000)
                self.assertLess(self.gateway.memory_kib() - self.before, _GROWTH_KIB)

    def test_a_window_that_never_opens(self):
        agents = [self.connect(b"\0\x04\0\0\0\0") for _ in range(5)]
        for agent in agents:
            for stream in range(1, 21, 2):
                agent.sendall(web_raw.head(stream, web_raw.get("/bytes/20000000")))
        process.wait_until(lambda: len(self.server.requests) > 10, 20, "the requests")
        for _ in range(5):
            self.others_are_served()

    def test_what_frames_must_not_say(self):
        bad_heads = {
            "an upper case name": web_raw.get("/x") + web_raw.field("X-A", "b"),
            "connection": web_raw.get("/x") + web_raw.field("connection", "close"),
            "transfer-encoding": web_raw.get("/x") + web_raw.field("transfer-encoding", "chunked"),
            "two paths": web_raw.get("/x") + web_raw.field(":path", "/x"),
            "a line end": web_raw.get("/x") + web_raw.field("x-a", "b\r\nx-b: c"),
            "a path of two lines": web_raw.get("/x HTTP/1.1\r\nx: y"),
            "another host": web_raw.get("/x", host="other.test"),
            "host and authority": web_raw.get("/x") + web_raw.field("host", "other.test"),
            "no path": web_raw.field(":method", "GET") + web_raw.field(":scheme", "https"),
        }
        for name, head in bad_heads.items():
            with self.subTest(name):
                agent = self.connect()
                agent.sendall(web_raw.head(1, head))
                agent.settimeout(1)
                web_raw.all_of(agent)
                self.assertNotIn("/x", {request["path"][:2] for request in self.server.requests})


class Death(Https):
    """An upstream that is killed in the middle; its neighbours at the gateway do not notice."""

    parts = {"endpoint": 'upstream_http = "2"'}

    @classmethod
    def prepare(cls):
        web_case.needs_program("nghttpd")

    @classmethod
    def upstream(cls):
        return test_https_h2.Nghttpd()

    def test_killed_under_twenty_readers(self):
        failed = []

        def read():
            for _ in range(50):
                try:
                    if self.status("https://api.test/large") != "200":
                        failed.append("502")
                        return
                except RuntimeError as failure:
                    failed.append(str(failure))
                    return

        readers = [threading.Thread(target=read) for _ in range(10)]
        for reader in readers:
            reader.start()
        process.wait_until(lambda: self.server.log().count(":status: 200") > 5, 20, "answers")
        self.server.child.send_signal(signal.SIGKILL)
        for reader in readers:
            reader.join(60)
        self.assertEqual(len(failed), len(readers))
        self.assertEqual(self.status("https://api.test/small"), "502")
        self.gateway.audit("verify")
        self.assertIsNone(self.gateway.child.poll())


class Silence(_Bounded):
    """An upstream that takes connections and never greets: no request waits for it for ever."""

    parts = {**_Bounded.parts, "settings": 'limits { connect_timeout = "1s" }'}

    @classmethod
    def upstream(cls):
        server = web_raw.Server(_act)
        server.silent = False
        greet = server.context.wrap_socket

        def wait(connection, **options):
            while server.silent and connection.recv(65536):
                pass
            return greet(connection, **options)

        server.context = types.SimpleNamespace(wrap_socket=wait)
        return server

    def test_a_handshake_that_does_not_come_is_a_502(self):
        self.server.silent = True
        try:
            for version in ("--http1.1", "--http2"):
                told = self.gateway.curl(version, "https://api.test/echo", seconds=10)
                self.assertEqual(json.loads(told)["status"], 502)
                self.assertIn("TLS handshake", json.loads(told)["detail"])
        finally:
            self.server.silent = False
        process.wait_until(lambda: "TLS handshake" in self.gateway.audit("export"), 10, "a record of it")
