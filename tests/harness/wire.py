"""The Postgres protocol by hand, for saying what no driver would say."""

import socket
import struct

SSL_REQUEST, CANCEL_REQUEST, VERSION_3 = 80877103, 80877102, 196608
SECONDS = 10  # For any one answer; the gateway waits for nobody longer than this in these tests.


def packet(code, body=b""):
    return struct.pack("!II", len(body) + 8, code) + body


def message(kind, body=b"", length=None):
    return kind + struct.pack("!I", len(body) + 4 if length is None else length) + body


def text(*words):
    return b"".join(word.encode() + b"\0" for word in words)


def startup(**parameters):
    pairs = [part for pair in parameters.items() for part in pair]
    return packet(VERSION_3, text(*pairs) + b"\0")


class Connection:
    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._socket.close()

    def send(self, raw):
        try:
            self._socket.sendall(raw)
        except ConnectionError:
            pass  # Whoever hung up says so to the reader.

    def _fill(self, count):
        while len(self._bytes) < count:
            try:
                more = self._socket.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return False
            self._bytes += more
        return True

    def byte(self):
        """One byte, or nothing at the end."""
        self._fill(1)
        first, self._bytes = self._bytes[:1], self._bytes[1:]
        return first

    def read(self):
        """The next message as (kind, body); None when the other side has closed."""
        if not self._fill(5):
            return None
        length = struct.unpack("!I", self._bytes[1:5])[0] + 1
        if not self._fill(length):
            return None
        kind, body, self._bytes = self._bytes[:1], self._bytes[5:length], self._bytes[length:]
        return kind, body

    def until_ready(self):
        """All messages up to ReadyForQuery or the end of the connection."""
        found = []
        while (got := self.read()) is not None:
            found.append(got)
            if got[0] == b"Z":
                break
        return found

    def login(self, user, database, **parameters):
        self.send(startup(user=user, database=database, **parameters))
        return self.until_ready()


def errors(messages):
    """The SQLSTATE and text of every error among them."""
    found = []
    for kind, body in messages:
        if kind == b"E":
            fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
            found.append((fields[b"C"], fields[b"M"]))
    return found


def kinds(messages):
    return b"".join(kind for kind, _ in messages)
