"""WebSockets, the server's side of RFC 6455, on a connection that has been taken over."""

import base64
import hashlib
import struct
import threading

from harness.kube import statuses

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def is_asked(call):
    return call.headers.get("Upgrade", "").lower() == "websocket"


class Socket:
    def __init__(self, call, known):
        """`known` are the subprotocols we speak; with "" among them the client need not name one."""
        offered = [word.strip() for line in call.headers.get_all("Sec-WebSocket-Protocol", [])
                   for word in line.split(",")] or [""]
        self.protocol = next((word for word in offered if word in known), None)
        if self.protocol is None:
            raise statuses.bad_request(f"unable to upgrade: none of the subprotocols {offered} is known")
        mark = hashlib.sha1((call.headers["Sec-WebSocket-Key"]
                             + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        fields = {"Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Accept": base64.b64encode(mark).decode()}
        if self.protocol:
            fields["Sec-WebSocket-Protocol"] = self.protocol
        self.reader, self.wire = call.take_over(fields)
        self.is_base64 = "base64" in self.protocol
        self._sending = threading.Lock()

    def _frame(self):
        head = self.reader.read(2)
        if len(head) < 2:
            raise ConnectionError("left")
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.reader.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.reader.read(8))[0]
        if not head[1] & 0x80:
            raise ConnectionError("a client's frame must be masked")
        mask, data = self.reader.read(4), self.reader.read(size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        return head[0], (int.from_bytes(data, "big") ^ key).to_bytes(size, "big") if size else b""

    def receive(self):
        """The next message; None when the client leaves."""
        whole = b""
        while True:
            try:
                first, data = self._frame()
            except (OSError, struct.error):
                return None
            kind = first & 0x0F
            if kind in (CLOSE, PING):
                try:
                    self._say(CLOSE if kind == CLOSE else PONG, data[:2] if kind == CLOSE else data)
                except OSError:
                    return None  # We have said so first.
                if kind == CLOSE:
                    return None
            elif kind != PONG:
                whole += data
                if first & 0x80:
                    return whole

    def _say(self, kind, data):
        size = len(data)
        head = bytes([size]) if size < 126 else struct.pack(">BH", 126, size) if size < 65536 else (
            struct.pack(">BQ", 127, size))
        try:
            with self._sending:
                self.wire.sendall(bytes([0x80 | kind]) + head + data)
        except (OSError, ValueError) as error:
            raise ConnectionError("left") from error

    def send(self, data):
        self._say(BINARY, data)

    def receive_channel(self):
        """(channel, bytes), or None."""
        data = self.receive()
        if data is None:
            return None
        if not data:
            return 0, b""
        return (data[0] - 48, base64.b64decode(data[1:])) if self.is_base64 else (data[0], data[1:])

    def send_channel(self, channel, data):
        if self.is_base64:
            self._say(TEXT, bytes([channel + 48]) + base64.b64encode(data))
        else:
            self._say(BINARY, bytes([channel]) + data)

    def leave(self):
        try:
            self._say(CLOSE, struct.pack(">H", 1000))
            self.wire.close()
        except OSError:
            pass
