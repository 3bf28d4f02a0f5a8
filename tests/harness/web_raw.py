"""HTTP by hand, for saying what no client and no server would say: a server that does to each connection
what a test's function does, an agent's bytes inside the proxy's tunnel, and the frames of HTTP/2 (RFC
9113)."""

import contextlib
import pathlib
import shutil
import socket
import ssl
import struct
import tempfile
import threading

from harness import certificates

SECONDS = 20  # For any one answer; the gateway waits for nobody longer than this in these tests.


class Server:
    """Calls `act` with each connection, its TLS done, in a thread."""

    def __init__(self, act, names="DNS:localhost,IP:127.0.0.1"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-raw-"))
        certificates.make(self.folder, names=names)
        self.authority, self.act, self.accepted = self.folder / "ca.crt", act, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]

    def url(self):
        return f"https://localhost:{self.port}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.accepted += 1
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        connection.settimeout(SECONDS)
        with contextlib.suppress(OSError), self.context.wrap_socket(connection, server_side=True) as inside:
            self.act(inside)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def head_of(connection):
    """A request's head, read to its empty line; the bytes after it are lost."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            break
        head += piece
    return head


def reset(connection):
    """Ends without a word: RST instead of what TLS and TCP would say."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    socket.socket(fileno=connection.detach()).close()


def all_of(connection):
    """Everything up to the end, however it comes."""
    found = b""
    with contextlib.suppress(OSError):
        while piece := connection.recv(65536):
            found += piece
    return found


def inside(gateway, host="api.test", alpn="http/1.1"):
    """An agent's TLS connection inside the proxy's tunnel."""
    context = ssl.create_default_context(cafile=gateway.authority())
    context.set_alpn_protocols([alpn])
    return context.wrap_socket(tunnel(gateway.proxy, host), server_hostname=host)

def tunnel(port, host, more=b""):
    """A connection through a proxy's CONNECT; raises what the proxy said if it said no."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n".encode() + more + b"\r\n")
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(1)  # Not a byte of what is inside.
        if not piece:
            break
        head += piece
    if not head.startswith(b"HTTP/1.1 200"):
        connection.close()
        raise ConnectionError(head.decode("latin-1"))
    return connection


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def head(stream, block, flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, stream, block)


def field(name, value):
    """One header as HPACK's plainest form, a literal that nobody remembers (RFC 7541 §6.2.2)."""
    return b"\0" + _text(name) + _text(value)


def _text(text):
    raw = text.encode()
    if len(raw) < 127:
        return bytes([len(raw)]) + raw
    rest, out = len(raw) - 127, b"\x7f"
    while rest >= 128:
        out, rest = out + bytes([rest % 128 + 128]), rest // 128
    return out + bytes([rest]) + raw


def get(path, method="GET", host="api.test"):
    return (field(":method", method) + field(":scheme", "https") + field(":authority", host)
            + field(":path", path))


def frames(raw):
    """What was received as (kind, flags, stream, payload)."""
    while len(raw) >= 9:
        length = int.from_bytes(raw[:3], "big")
        kind, flags, stream = struct.unpack("!BBI", raw[3:9])
        if len(raw) < 9 + length:
            return
        yield kind, flags, stream, raw[9:9 + length]
        raw = raw[9 + length:]
