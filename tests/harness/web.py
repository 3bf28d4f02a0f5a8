"""An HTTPS server of the tests' own, on a free port with a certificate of a throwaway authority: answers
what the path asks for and remembers every request as it came, so that a test can say what reached the
upstream and what never did. A test adds paths of its own with `routes`: the first word of a path, and who
answers it."""

import base64
import gzip
import hashlib
import http.server
import json
import pathlib
import shutil
import ssl
import tempfile
import threading
import time
import urllib.parse

from harness import certificates


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body, **fields):
        """A whole answer; `Content_Type` and its like are fields."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **fields}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value, status=200, **fields):
        self.answer(status, json.dumps(value).encode(), **fields)

    def stream(self, pieces, **fields):
        """An answer of unknown length, each piece sent when it is there."""
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", **fields}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _any(self):
        path, _, query = self.path.partition("?")
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.server.keep(self, b"")
            return self._socket()
        self.body = self._body()
        self.server.keep(self, self.body)
        self.words = path.strip("/").split("/")
        self.query = dict(urllib.parse.parse_qsl(query))
        self.server.routes.get(self.words[0], _echo)(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any

    def _socket(self):
        """Says every frame again, unmasked, until a close."""
        accept = hashlib.sha1(
            (self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accept.digest()).decode())
        self.end_headers()
        self.close_connection = True
        while head := self.rfile.read(2):
            size = head[1] & 0x7F
            if size == 126:
                size = int.from_bytes(self.rfile.read(2), "big")
            mask = self.rfile.read(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(size)))
            self.server.messages.append(payload)
            length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
            self.wfile.write(bytes([head[0]]) + length + payload)
            self.wfile.flush()
            if head[0] & 0x0F == 8:
                return


def _echo(handler):
    seen = {"method": handler.command, "path": handler.path, "headers": dict(handler.headers.items()),
            "body": handler.body.decode("latin-1")}
    body = json.dumps(seen).encode()
    if "gzip" in handler.query:
        return handler.answer(200, gzip.compress(body), Content_Encoding="gzip")
    handler.answer(200, body)


def _bytes(handler):
    handler.answer(200, b"x" * int(handler.words[1]), Content_Type="application/octet-stream")


def _status(handler):
    handler.answer(int(handler.words[1]), b"" if handler.words[1] in ("204", "304") else b"{}")


def _chunks(handler):
    def pieces():
        for number in range(int(handler.words[1])):
            yield f"data: {number}\n\n".encode()
            time.sleep(float(handler.query.get("wait", 0)))

    handler.stream(pieces())


def _held(handler):
    """A first piece, and the second when the test says so: whoever keeps pieces back never gets there."""
    def pieces():
        yield b"data: first\n\n"
        handler.server.release.wait(20)
        yield b"data: second\n\n"

    handler.stream(pieces())


def _cookies(handler):
    handler.answer(200, b"{}", Set_Cookie="session=1", Alt_Svc='h3=":443"')


def _cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"only this")
    handler.close_connection = True


ROUTES = {"bytes": _bytes, "status": _status, "chunks": _chunks, "held": _held, "cookies": _cookies,
          "cut": _cut}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, tls=True, routes=None, address=("127.0.0.1", 0), names="DNS:localhost,IP:127.0.0.1"):
        super().__init__(address, Handler)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-web-"))
        self.requests, self.messages, self.release = [], [], threading.Event()
        self.routes = {**ROUTES, **(routes or {})}
        certificates.make(self.folder, names=names)
        self.authority = self.folder / "ca.crt"
        self.tls = tls
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_OPTIONAL
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def keep(self, handler, body):
        peer = handler.connection.getpeercert() if self.tls else None
        self.requests.append({"method": handler.command, "path": handler.path, "body": body, "peer": peer,
                              "headers": {name.lower(): value for name, value in handler.headers.items()}})

    def forget(self):
        self.requests.clear()
        self.messages.clear()
        self.release.clear()

    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def handle_error(self, request, client_address):
        pass  # Clients that leave are part of the tests.

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)
