"""Planted secrets: whatever an upstream says and whatever an agent asks, the real key is in no answer, log,
record, export or metric, in none of the spellings it is given out in."""

import base64
import contextlib
import gzip
import json
import subprocess
import urllib.parse
import urllib.request

from harness import process, web_raw
from harness.gateway import BINARY
from harness.web_case import Https

_RULES = """
rule "no-delete" {
  endpoint  = https.api
  priority  = 100
  condition = "http.method == 'delete'"
  verdict   = "deny"
  reason    = "nothing is deleted here"
}

rule "reads-everything" {
  endpoint  = https.api
  priority  = 50
  condition = "http.method == 'post' && http.body_json.x == 'y' && 'a' in http.headers"
  verdict   = "deny"
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""

# With all that encoders escape.
_SECRET = 'sk/up+stream=0123&<456"789>\'abc'
_RAW = _SECRET.encode()
_SPELLINGS = {
    "as it is": _RAW,
    "base64": base64.b64encode(_RAW),
    "base64 of Basic": base64.b64encode(b"robot:" + _RAW),
    "base64 for URLs": base64.urlsafe_b64encode(_RAW).rstrip(b"="),
    "hex": _RAW.hex().encode(),
    "HEX": _RAW.hex().upper().encode(),
    "percent": urllib.parse.quote(_SECRET, safe="").encode(),
    "percent of a path": urllib.parse.quote(_SECRET).encode(),
    "form": urllib.parse.quote_plus(_SECRET).encode(),
    "JSON": json.dumps(_SECRET).encode()[1:-1],
    "JSON of PHP": json.dumps(_SECRET).replace("/", "\\/").encode()[1:-1],
    "JSON for HTML": json.dumps(_SECRET).encode()[1:-1].replace(b"<", b"\\u003c").replace(
        b">", b"\\u003e").replace(b"&", b"\\u0026"),
}
# In base64 of Basic the key's ends share characters with their neighbours; its middle must be gone.
_MIDDLE = base64.b64encode(b"robot:" + _RAW)[12:-4]


def _leak(handler):
    """The secret, in a spelling, somewhere in an answer."""
    where, spelling = handler.words[1], _SPELLINGS[urllib.parse.unquote(handler.words[2])]
    text = b"before " + spelling + b" after"
    if where == "body":
        handler.answer(200, text, Content_Type="text/plain")
    elif where == "error":
        handler.answer(500, text, Content_Type="text/plain")
    elif where == "header":
        handler.answer(200, b"{}", X_Seen=text.decode())
    elif where == "gzip":
        handler.answer(200, gzip.compress(text), Content_Encoding="gzip")
    elif where == "pieces":
        handler.stream(bytes([byte]) for byte in text)
    elif where == "redirect":
        handler.answer(302, b"", Location=f"https://elsewhere.test/?key={spelling.decode()}")
    elif where == "reason":
        handler.send_response(200, text.decode())
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    elif where == "cut":
        handler.send_response(200)
        handler.send_header("Content-Length", "10000")
        handler.end_headers()
        handler.wfile.write(text[:-8])
        handler.close_connection = True


_PLACES = ("body", "error", "header", "gzip", "pieces", "redirect", "reason", "cut")


class Planted(Https):
    routes = {"leak": _leak}

    @classmethod
    def prepare(cls):
        cls.metrics = process.free_port()
        cls.parts = {"rules": _RULES, "settings": f'admin {{ metrics = "127.0.0.1:{cls.metrics}" }}',
                     "environment": {"CLAWPATROL_SECRET_KEY": _SECRET}}

    def heard(self, *words):
        """Everything curl was told, whether or not it worked."""
        command = ["curl", "-sSi", "--cacert", self.gateway.authority(), "--max-time", "20", "-x",
                   f"http://127.0.0.1:{self.gateway.proxy}", *words]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        return done.stdout + done.stderr

    def clean(self, heard):
        for spelling in (*_SPELLINGS.values(), _MIDDLE):
            self.assertNotIn(spelling, heard)

    def everything_written(self):
        state = ["--state-dir", self.gateway.folder / "state"]
        found = [self.gateway.written(), self.gateway.audit("export").encode(),
                 self.gateway.audit("export", "--format", "ocsf").encode(),
                 self.gateway.audit("tail", "-n", "1000").encode(),
                 process.run([BINARY, "status", *state]).encode(),
                 process.run([BINARY, "env", self.gateway.config]).encode()]
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=10) as metrics:
            found.append(metrics.read())
        return b"\n".join(found)

    def test_in_no_place_and_no_spelling(self):
        for place in _PLACES:
            for name in _SPELLINGS:
                for version in ("--http1.1", "--http2"):
                    with self.subTest(place, spelling=name, version=version):
                        path = urllib.parse.quote(name)
                        heard = self.heard(version, "--compressed", f"https://api.test/leak/{place}/{path}")
                        self.assertNotIn(b"502 Bad", heard)
                        self.clean(heard)
        self.clean(self.gateway.written())

    def test_whatever_is_asked_nothing_of_it_is_written(self):
        echo = "https://api.test/echo"
        asked = [
            [echo], ["-X", "DELETE", echo], ["--http2", echo], ["-d", "{", echo],
            ["-d", '{"x":"y"}', "-H", "a: b", echo], ["-H", "Range: bytes=0-10", echo],
            ["https://api.test/cut"], ["https://other.test/"],
            ["-H", "Upgrade: h2c", "-H", "Connection: Upgrade", echo], ["-X", "TRACE", echo],
            ["-X", "OPTIONS", echo], ["-H", "Authorization: Basic eDp5", echo],
            ["-H", "X: " + "y" * 100_000, echo],
        ]
        for words in asked:
            self.clean(self.heard(*words))
        with contextlib.suppress(OSError), web_raw.inside(self.gateway) as agent:
            agent.sendall(b"GET /echo HTTP/9.9\r\n\r\n")
            self.clean(web_raw.all_of(agent))
        written = self.everything_written()
        self.clean(written)
        self.assertIn(b"/echo", written)  # So it was the right place to look.
