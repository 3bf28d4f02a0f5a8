"""SPDY/3.1 as Kubernetes speaks it: streams that the client opens with headers, data both ways, one end after
the other. No priorities and no flow control, which moby/spdystream does not have either."""

import queue
import struct
import threading
import zlib

_WORDS = """options head post put delete trace accept accept-charset accept-encoding accept-language
accept-ranges age allow authorization cache-control connection content-base content-encoding content-language
content-length content-location content-md5 content-range content-type date etag expect expires from host
if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards
pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding
upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public
set-cookie keep-alive origin"""
_REST = ("100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
         "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
         "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
         "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
         "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
         "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8"
         "charset=iso-8859-1,utf-,*,enq=0.")

DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.replace("_", " ").encode()
                      for word in _WORDS.split()) + _REST.encode()
assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2  # What RFC drafts call its DICTID.

_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 1, 2, 3, 4, 6, 7
_FIN = 1
_PIECE = 32768


class Stream:
    def __init__(self, connection, number, headers):
        self.connection, self.number, self.headers = connection, number, headers
        self.received = queue.Queue(64)  # Bytes, and None at the end.

    def write(self, data):
        for at in range(0, len(data), _PIECE):
            self.connection.data(self.number, data[at:at + _PIECE])

    def finish(self):
        self.connection.data(self.number, b"", _FIN)

    def read(self):
        """The next bytes, or None when no more come."""
        return self.received.get()

    def reset(self):
        self.connection.control(_RST_STREAM, 0, struct.pack(">II", self.number, 5))


class Connection:
    """`read(size)` gives exactly so many bytes or none; `on_stream` is told of each new stream."""

    def __init__(self, read, write, on_stream):
        self.read, self._write, self.on_stream = read, write, on_stream
        self.streams, self.closed, self._sending = {}, threading.Event(), threading.Lock()
        self._unpack = zlib.decompressobj(zdict=DICTIONARY)
        self._pack = zlib.compressobj(zdict=DICTIONARY)

    def data(self, number, data, flags=0):
        with self._sending:
            self._write(struct.pack(">II", number, flags << 24 | len(data)) + data)

    def control(self, kind, flags, body):
        with self._sending:
            self._write(struct.pack(">HHI", 0x8003, kind, flags << 24 | len(body)) + body)

    def _reply(self, number):
        with self._sending:
            packed = self._pack.compress(struct.pack(">I", 0)) + self._pack.flush(zlib.Z_SYNC_FLUSH)
            body = struct.pack(">I", number) + packed
            self._write(struct.pack(">HHI", 0x8003, _SYN_REPLY, len(body)) + body)

    def _headers(self, packed):
        text = self._unpack.decompress(packed)
        count, at, found = struct.unpack_from(">I", text)[0], 4, {}
        for _ in range(count):
            pair = []
            for _ in range(2):
                size = struct.unpack_from(">I", text, at)[0]
                pair.append(text[at + 4:at + 4 + size].decode())
                at += 4 + size
            found[pair[0].lower()] = pair[1]
        return found

    def run(self):
        """Until the client leaves."""
        try:
            while head := self.read(8):
                first, second = struct.unpack(">II", head)
                body = self.read(second & 0xFFFFFF) if second & 0xFFFFFF else b""
                if first & 0x80000000:
                    self._on_control(first & 0xFFFF, second >> 24, body)
                else:
                    self._on_data(first, second >> 24, body)
        except (OSError, ValueError):
            pass
        self.closed.set()
        for stream in list(self.streams.values()):
            stream.received.put(None)

    def _on_control(self, kind, flags, body):
        if kind == _SYN_STREAM:
            number = struct.unpack_from(">I", body)[0]
            stream = self.streams[number] = Stream(self, number, self._headers(body[10:]))
            self._reply(number)
            if flags & _FIN:
                stream.received.put(None)
            self.on_stream(stream)
        elif kind == _PING:
            self.control(_PING, 0, body)
        elif kind == _RST_STREAM:
            stream = self.streams.pop(struct.unpack_from(">I", body)[0], None)
            if stream:
                stream.received.put(None)
        elif kind == _GOAWAY:
            self.closed.set()

    def _on_data(self, number, flags, body):
        stream = self.streams.get(number)
        if stream is None:
            return
        if body:
            stream.received.put(body)
        if flags & _FIN:
            stream.received.put(None)

    def leave(self):
        try:
            self.control(_GOAWAY, 0, struct.pack(">II", 0, 0))
        except OSError:
            pass
