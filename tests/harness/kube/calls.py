"""A request as it came and the way to answer it, whether it came in HTTP/1.1 or HTTP/2."""

import email.utils
import gzip
import http.client
import http.server
import json
import threading
import urllib.parse

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from harness.kube import kinds, statuses

BODY_MAX = 3 * 1024 * 1024  # As the real one has it.
PACKED_MIN = 128 * 1024  # Answers from here on are packed for who takes them so.


class Call:
    def __init__(self, method, target, headers, peer):
        self.method, self.target, self.headers, self.peer = method, target, headers, peer
        self.path, _, words = target.partition("?")
        self.path = urllib.parse.unquote(self.path)
        self.query = urllib.parse.parse_qs(words, keep_blank_values=True)
        self.body, self.fields, self.warnings = b"", {}, []
        self.begun = False

    def first(self, name, default=""):
        return self.query.get(name, [default])[0]

    def is_set(self, name):
        return kinds.is_true(self.query.get(name))

    def begin(self, status, fields):
        """The head of an answer; write() and end() follow."""
        self.begun = True
        warnings = [("Warning", f'299 - "{words}"') for words in self.warnings]
        fixed = [("Date", email.utils.formatdate(usegmt=True)), ("Cache-Control", "no-cache, private")]
        self._head(status, [*self.fields.items(), *warnings, *fixed, *fields.items()])

    def answer(self, status, body, content_type="application/json", **fields):
        fields = {"Content-Type": content_type, **{name.replace("_", "-"): value
                                                   for name, value in fields.items()}}
        if len(body) > PACKED_MIN and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            fields.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        fields["Content-Length"] = str(len(body))
        self.begin(status, fields)
        if self.method != "HEAD":
            self.write(body)
        self.end()

    def answer_unchanged(self):
        self.begin(304, {})
        self.end()

    def answer_json(self, value, status=200, content_type="application/json"):
        self.answer(status, json.dumps(value, separators=(",", ":")).encode() + b"\n", content_type)

    def refuse(self, status):
        self.answer_json(status, status["code"])


class FirstCall(Call):
    """HTTP/1.1."""

    def __init__(self, handler):
        super().__init__(handler.command, handler.path, handler.headers, handler.wire.peer)
        self.handler, self.is_chunked = handler, False

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.handler.rfile.readline().split(b";")[0], 16):
                pieces.append(self.handler.rfile.read(size))
                self.handler.rfile.readline()
            self.handler.rfile.readline()
            self.body = b"".join(pieces)
        else:
            self.body = self.handler.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _head(self, status, fields):
        names = {name.lower() for name, _ in fields}
        self.is_chunked = "content-length" not in names and status not in (101, 304)
        if self.is_chunked:
            fields.append(("Transfer-Encoding", "chunked"))
        reason = http.client.responses.get(status, "")
        lines = [f"HTTP/1.1 {status} {reason}"] + [f"{name}: {value}" for name, value in fields]
        self.handler.wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def write(self, data):
        if data:
            self.handler.wire.sendall(b"%x\r\n%s\r\n" % (len(data), data) if self.is_chunked else data)

    def end(self):
        if self.is_chunked:
            self.handler.wire.sendall(b"0\r\n\r\n")

    def is_gone(self):
        return self.handler.wire.is_gone()

    def abort(self):
        self.handler.close_connection = True

    def take_over(self, fields):
        """Answers 101; the reader and the wire are the caller's from then on."""
        self.handler.close_connection = True
        self.begin(101, fields)
        return self.handler.rfile, self.handler.wire


class FirstHandler(http.server.BaseHTTPRequestHandler):
    """Reads requests of one connection; `serve` answers each."""
    protocol_version = "HTTP/1.1"

    def __init__(self, wire, server):
        self.wire, self.server = wire, server
        self.rfile, self.client_address = wire.reader(), wire.socket.getpeername()
        self.wfile = self
        self.close_connection = True
        self.handle()

    def write(self, data):  # What the base class itself says: 100 Continue, 400.
        self.wire.sendall(data)

    def flush(self):
        pass

    def log_message(self, *words):
        pass

    def _any(self):
        call = FirstCall(self)
        call.read_body()
        self.server.serve(call)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any


class SecondCall(Call):
    """HTTP/2: a stream of a connection."""

    def __init__(self, connection, number, fields):
        headers = http.client.HTTPMessage()
        pseudo = {}
        for name, value in fields:
            if name.startswith(":"):
                pseudo[name] = value
            else:
                headers[name] = value
        super().__init__(pseudo[":method"], pseudo[":path"], headers, connection.wire.peer)
        self.connection, self.number, self.gone = connection, number, False
        self.headers["Host"] = pseudo.get(":authority", "")

    def _head(self, status, fields):
        self.connection.say("send_headers", self.number, [(":status", str(status))] + [
            (name.lower(), value) for name, value in fields])

    def write(self, data):
        self.connection.send(self, data)

    def end(self):
        if not self.gone:
            self.connection.say("end_stream", self.number)

    def is_gone(self):
        return self.gone or self.connection.closed

    def abort(self):
        self.connection.say("reset_stream", self.number, h2.errors.ErrorCodes.INTERNAL_ERROR)

    def take_over(self, fields):
        raise statuses.bad_request("unable to upgrade: this connection speaks HTTP/2")


class SecondConnection:
    def __init__(self, wire, server):
        self.wire, self.server, self.closed = wire, server, False
        self.calls, self.moved = {}, threading.Condition()
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self._flush()
        try:
            while data := wire.recv():
                with self.moved:
                    events = self.h2.receive_data(data)
                    for event in events:
                        self._on(event)
                    self._flush()
                    self.moved.notify_all()
        except (OSError, h2.exceptions.ProtocolError):
            pass
        with self.moved:
            self.closed = True
            self.moved.notify_all()

    def _flush(self):
        data = self.h2.data_to_send()
        if data:
            self.wire.sendall(data)

    def _on(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.calls[event.stream_id] = SecondCall(self, event.stream_id, event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self.calls[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            call = self.calls[event.stream_id]
            threading.Thread(target=self.server.serve, args=(call,), daemon=True).start()
        elif isinstance(event, h2.events.StreamReset):
            if event.stream_id in self.calls:
                self.calls.pop(event.stream_id).gone = True
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.closed = True

    def say(self, what, *words):
        with self.moved:
            try:
                getattr(self.h2, what)(*words)
                self._flush()
            except (h2.exceptions.ProtocolError, KeyError) as error:  # KeyError: it has been left already.
                raise ConnectionError(str(error)) from error

    def _room(self, call, size):
        return min(self.h2.local_flow_control_window(call.number), self.h2.max_outbound_frame_size, size)

    def send(self, call, data):
        view = memoryview(data)
        while view:
            with self.moved:
                while not call.is_gone() and self._room(call, 1) <= 0:
                    self.moved.wait(5)
                if call.is_gone():
                    raise ConnectionError("the stream was left")
                try:
                    size = self._room(call, len(view))
                    self.h2.send_data(call.number, bytes(view[:size]))
                    self._flush()
                except (h2.exceptions.ProtocolError, KeyError) as error:
                    raise ConnectionError(str(error)) from error
            view = view[size:]
