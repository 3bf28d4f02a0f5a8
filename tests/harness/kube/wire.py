"""TLS over a socket that one thread may read and another write, which Python's own does not promise."""

import io
import select
import socket
import ssl
import threading

_PIECE = 65536


class Wire:
    def __init__(self, connection, context):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.ended = connection, False
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._state, self._sending = threading.Lock(), threading.Lock()
        self._handshake()
        self.alpn = self._tls.selected_alpn_protocol()
        self.peer = self._tls.getpeercert()

    def _handshake(self):
        self.socket.settimeout(20)
        while True:
            try:
                self._tls.do_handshake()
                self._flush()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._pull()
                if self.ended:
                    raise ConnectionError("left in the handshake") from None
            except ssl.SSLError:
                self._flush()  # The alert.
                raise
        self.socket.settimeout(None)

    def _flush(self):
        with self._sending:
            with self._state:
                data = self._out.read()
            if data:
                self.socket.sendall(data)

    def _pull(self):
        try:
            data = self.socket.recv(_PIECE)
        except OSError:
            data = b""
        with self._state:
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()
                self.ended = True

    def _take(self, size):
        """What can be read now, or None."""
        with self._state:
            try:
                data = self._tls.read(size)
            except ssl.SSLWantReadError:
                return None
            except ssl.SSLError:
                data = b""
            if not data:
                self.ended = True
            return data

    def recv(self, size=_PIECE):
        while True:
            data = self._take(size)
            if data is not None or self.ended:
                return data or b""
            self._flush()
            self._pull()

    def sendall(self, data):
        view = memoryview(data)
        for at in range(0, len(view), _PIECE):
            with self._sending:
                with self._state:
                    self._tls.write(view[at:at + _PIECE])
                    made = self._out.read()
                self.socket.sendall(made)

    def is_gone(self):
        """Whether the peer has left while we were talking. What it said meanwhile is kept."""
        while not self.ended and select.select([self.socket], [], [], 0)[0]:
            self._pull()
        with self._state:
            try:
                self._tls.read(0)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                self.ended = True
        return self.ended

    def reader(self):
        return io.BufferedReader(_Reader(self), _PIECE)

    def close(self):
        try:
            with self._state:
                try:
                    self._tls.unwrap()
                except ssl.SSLError:
                    pass
            self._flush()
            self.socket.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            pass
        finally:
            self.socket.close()


class _Reader(io.RawIOBase):
    def __init__(self, wire):
        self.wire = wire

    def readable(self):
        return True

    def readinto(self, place):
        data = self.wire.recv(len(place))
        place[:len(data)] = data
        return len(data)
