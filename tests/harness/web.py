"""An HTTPS server of the tests' own, on a free port with a certificate of a throwaway authority: answers what the path
asks for and remembers every request as it came, so that a test can say what reached the upstream and what never did."""

import base64
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


class _Handler(http.server.BaseHTTPRequestHandler):
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

    def _answer(self, status, body, **fields):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **fields}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _any(self):
        path, _, query = self.path.partition("?")
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.server.keep(self, b"")
            return self._socket()
        body = self._body()
        self.server.keep(self, body)
        words = path.strip("/").split("/")
        ask = dict(urllib.parse.parse_qsl(query))
        if words[0] == "bytes":
            self._answer(200, b"x" * int(words[1]), Content_Type="application/octet-stream")
        elif words[0] == "status":
            self._answer(int(words[1]), b"" if words[1] in ("204", "304") else b"{}")
        elif words[0] == "chunks":
            self._chunks(int(words[1]), float(ask.get("wait", 0)))
        elif words[0] == "cookies":
            self._answer(200, b"{}", Set_Cookie="session=1", Alt_Svc='h3=":443"')
        elif words[0] == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True
        else:
            seen = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                    "body": body.decode("latin-1")}
            self._answer(200, json.dumps(seen).encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any

    def _chunks(self, count, wait):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(count):
            piece = f"data: {i}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
            time.sleep(wait)
        self.wfile.write(b"0\r\n\r\n")

    def _socket(self):
        """Says every frame again, unmasked, until a close."""
        accept = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
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


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tls=True):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-web-"))
        self.requests, self.messages = [], []
        certificates.make(self.folder)
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
