"""exec, attach and portforward: over WebSockets with channels, over SPDY/3.1, and SPDY within WebSockets."""

import json
import os
import queue
import select
import socket
import struct
import threading

from harness.kube import parts, spdy, statuses, store, websocket
from harness.kube.pods import NotFound, Program, echo

_CHANNELS = {"stdin": 0, "stdout": 1, "stderr": 2, "error": 3, "resize": 4}
_NAMES = {number: name for name, number in _CHANNELS.items()}
_CLOSED = 255  # v5: the channel that says which other one has ended.

COMMANDS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io",
            "base64.channel.k8s.io", "")
TUNNEL = "SPDY/3.1+portforward.k8s.io"
FORWARDS = (TUNNEL, "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "portforward.k8s.io")


def serve(cluster, call, resource):
    named = call.named
    pod = cluster.store.must_find(resource, named.namespace, named.name)
    if store.get(pod, "status.phase") != "Running":
        raise statuses.bad_request(f"pod {named.name} does not have a host assigned")
    is_spdy = call.headers.get("Upgrade", "").upper() == "SPDY/3.1"
    if not is_spdy and not websocket.is_asked(call):
        raise statuses.bad_request("Upgrade request required")
    runtime = cluster.pods.of(pod)
    if named.part == "portforward":
        return _forward_spdy(call, runtime) if is_spdy else _forward_sockets(call, runtime)
    container = parts.container_of(pod, call.first("container"))
    wanted = [name for name in ("stdin", "stdout", "stderr") if call.is_set(name)]
    if not wanted:
        raise statuses.bad_request("you must specify at least 1 of stdin, stdout, stderr")
    if named.part == "exec" and not call.query.get("command"):
        raise statuses.bad_request("you must specify at least 1 command for the pod")
    ends = _SpdyEnds(call, wanted) if is_spdy else _SocketEnds(call, wanted)
    if named.part == "exec":
        _execute(call, runtime, ends)
    else:
        _attach(call, runtime.log(container), ends)
    ends.leave()


# What a command is run with, by whichever transport.

class _SocketEnds:
    def __init__(self, call, wanted):
        self.socket = websocket.Socket(call, COMMANDS)
        self.wanted = wanted
        self.socket.send_channel(_CHANNELS["stdout" if "stdout" in wanted else "error"], b"")

    def listen(self, on):
        """Tells `on` of (name, bytes); None instead of bytes when that is all, name None when all is over."""
        while (found := self.socket.receive_channel()) is not None:
            channel, data = found
            if channel == _CLOSED and self.socket.protocol.startswith("v5") and data:
                on(_NAMES.get(data[0]), None)
            elif channel in _NAMES:
                on(_NAMES[channel], data)
        on(None, None)

    def send(self, name, data):
        if name in self.wanted:
            self.socket.send_channel(_CHANNELS[name], data)

    def finish(self, name):
        pass  # Channels end with the socket.

    def tell(self, status, text):
        old = not self.socket.protocol.startswith("v")
        if not old or status["status"] != "Success":
            self.socket.send_channel(_CHANNELS["error"],
                                     text.encode() if old else json.dumps(status).encode())

    def leave(self):
        self.socket.leave()


def _spdy_upgrade(call, known):
    offered = [word.strip() for line in call.headers.get_all("X-Stream-Protocol-Version", [])
               for word in line.split(",")]
    chosen = next((word for word in offered if word in known), None)
    if chosen is None:
        raise statuses.Refused(
            403, f"unable to upgrade: unable to negotiate protocol: client supports {offered}, "
            f"server accepts {list(known)}")
    return chosen, call.take_over({"Upgrade": "SPDY/3.1", "Connection": "Upgrade",
                                   "X-Stream-Protocol-Version": chosen})


class _SpdyEnds:
    def __init__(self, call, wanted):
        known = tuple(f"v{number}.channel.k8s.io" for number in (5, 4, 3, 2, 1))
        self.protocol, (reader, wire) = _spdy_upgrade(call, known)
        tty = call.is_set("tty")
        self.expected = {"error", *wanted} - ({"stderr"} if tty else set()) | ({"resize"} if tty else set())
        self.streams, self.there = {}, threading.Event()
        self.connection = spdy.Connection(_exactly(reader), wire.sendall, self._on_stream)
        threading.Thread(target=self.connection.run, daemon=True).start()
        if not self.there.wait(30):
            raise ConnectionError("the streams of a command were not opened")

    def _on_stream(self, stream):
        self.streams[stream.headers.get("streamtype")] = stream
        if self.expected <= self.streams.keys():
            self.there.set()

    def listen(self, on):
        threads = [threading.Thread(target=self._listen, args=(name, on), daemon=True)
                   for name in ("stdin", "resize") if name in self.streams]
        for thread in threads:
            thread.start()
        self.connection.closed.wait()
        on(None, None)

    def _listen(self, name, on):
        while (data := self.streams[name].read()) is not None:
            on(name, data)
        if not self.connection.closed.is_set():
            on(name, None)

    def send(self, name, data):
        if name in self.streams:
            self.streams[name].write(data)

    def finish(self, name):
        if name in self.streams:
            self.streams[name].finish()

    def tell(self, status, text):
        if self.protocol[:2] in ("v4", "v5"):
            self.streams["error"].write(json.dumps(status).encode())
        elif status["status"] != "Success":
            self.streams["error"].write(text.encode())
        self.streams["error"].finish()

    def leave(self):
        self.connection.closed.wait(5)  # The client ends it when it has read all.
        self.connection.leave()


def _exactly(reader):
    def read(size):
        data = reader.read(size)
        return data if len(data) == size else b""
    return read


def _status(code):
    if code == 0:
        return {"metadata": {}, "status": "Success"}, ""
    text = f"command terminated with non-zero exit code: error executing command, exit code {code}"
    return {"metadata": {}, "status": "Failure", "message": text, "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}, text


def _execute(call, pod, ends):
    words = call.query["command"]
    try:
        program = Program(pod, words, call.is_set("tty"))
    except NotFound:
        text = (f'error executing command in container: failed to exec in container: failed to start exec '
                f'"{"e" * 8}": OCI runtime exec failed: exec failed: unable to start container process: '
                f'exec: "{words[0]}": executable file not found in $PATH: unknown')
        return _end(ends, {"metadata": {}, "status": "Failure", "message": "Internal error occurred: " + text,
                           "reason": "InternalError", "details": {"causes": [{"message": text}]},
                           "code": 500},
                    text)

    def on(name, data):
        if name is None:
            program.kill()
        elif name == "stdin":
            program.feed(data) if data is not None else program.end_input()
        elif name == "resize" and data:
            size = json.loads(data)
            program.resize(size.get("Width", 0), size.get("Height", 0))

    if not call.is_set("stdin") and not call.is_set("tty"):
        program.end_input()
    threading.Thread(target=ends.listen, args=(on,), daemon=True).start()
    pumps = [threading.Thread(target=_pump, args=(end, name, ends), daemon=True)
             for name, end in program.outputs().items()]
    for pump in pumps:
        pump.start()
    for pump in pumps:
        pump.join()
    ends.tell(*_status(program.wait()))


def _pump(end, name, ends):
    while True:
        try:
            data = os.read(end, 32768)
        except OSError:  # A terminal whose last program has gone.
            data = b""
        if not data:
            break
        try:
            ends.send(name, data)
        except OSError:
            break
    try:
        ends.finish(name)
    except OSError:
        pass


def _attach(call, log, ends):
    """What the container says from now on; what it is told, it says again."""
    over = threading.Event()

    def on(name, data):
        if name is None or (name == "stdin" and data is None):
            over.set()
        elif name == "stdin":
            ends.send("stdout", data)

    threading.Thread(target=ends.listen, args=(on,), daemon=True).start()
    at, has_ended = len(log.lines), False
    while not over.is_set() and not has_ended:
        lines, has_ended = log.since(at, 0.1)
        at += len(lines)
        for _, line in lines:
            ends.send("stdout", line.encode() + b"\n")
    _end(ends, *_status(0))


def _end(ends, status, text):
    ends.finish("stdout")
    ends.finish("stderr")
    ends.tell(status, text)


# Ports.

class _Port:
    """The pod's end: a socket a test listens on, or words that come back."""

    def __init__(self, pod, number):
        what = pod.ports.get(number, echo)
        self.answer, self.socket = what, None
        if isinstance(what, int):
            self.socket = socket.create_connection(("127.0.0.1", what))
        elif what is None:
            raise ConnectionRefusedError(number)

    def talk(self, read, write):
        """`read` gives bytes or None; until both sides have ended."""
        if self.socket is None:
            while (data := read()) is not None:
                if data:
                    write(self.answer(data))
            return
        threading.Thread(target=self._upstream, args=(read,), daemon=True).start()
        while data := self._receive():
            write(data)

    def _receive(self):
        try:
            select.select([self.socket], [], [], 60)
            return self.socket.recv(65536)
        except OSError:
            return b""

    def _upstream(self, read):
        try:
            while (data := read()) is not None:
                self.socket.sendall(data)
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def _refused(pod, number):
    return (f"an error occurred forwarding {number} -> {number}: error forwarding port {number} to pod "
            f"{pod.name}, uid : failed to connect to localhost:{number} inside namespace: dial tcp4 "
            f"127.0.0.1:{number}: connect: connection refused").encode()


class _SpdyForward:
    """Pairs of a data and an error stream, by their request's number."""

    def __init__(self, pod):
        self.pod, self.waiting = pod, {}

    def on_stream(self, stream):
        key, kind = stream.headers.get("requestid"), stream.headers.get("streamtype")
        pair = self.waiting.setdefault(key, {})
        pair[kind] = stream
        if len(pair) == 2:
            del self.waiting[key]
            threading.Thread(target=self._run, args=(pair,), daemon=True).start()

    def _run(self, pair):
        data, error = pair["data"], pair["error"]
        number = int(data.headers["port"])
        try:
            _Port(self.pod, number).talk(data.read, data.write)
        except ConnectionRefusedError:
            error.write(_refused(self.pod, number))
        except OSError:
            return
        try:
            data.finish()
            error.finish()
        except OSError:
            pass


def _forward_spdy(call, pod):
    _, (reader, wire) = _spdy_upgrade(call, ("portforward.k8s.io",))
    spdy.Connection(_exactly(reader), wire.sendall, _SpdyForward(pod).on_stream).run()


class _Tunnel:
    """The bytes of a SPDY connection, in messages of a WebSocket."""

    def __init__(self, carrier):
        self.carrier, self.kept = carrier, b""

    def read(self, size):
        while len(self.kept) < size:
            data = self.carrier.receive()
            if data is None:
                return b""
            self.kept += data
        found, self.kept = self.kept[:size], self.kept[size:]
        return found


def _forward_sockets(call, pod):
    carrier = websocket.Socket(call, FORWARDS)
    if carrier.protocol == TUNNEL:
        spdy.Connection(_Tunnel(carrier).read, carrier.send, _SpdyForward(pod).on_stream).run()
    else:
        _forward_channels(call, pod, carrier)
    carrier.leave()


def _forward_channels(call, pod, carrier):
    """The old way: two channels a port, each opened with the port's number."""
    numbers = [int(one) for word in call.query.get("ports", []) for one in word.split(",")]
    received = {}
    for at, number in enumerate(numbers):
        for channel in (2 * at, 2 * at + 1):
            carrier.send_channel(channel, struct.pack("<H", number))
        received[2 * at] = queue.Queue()
        threading.Thread(target=_forward_channel, args=(pod, carrier, 2 * at, number, received[2 * at].get),
                         daemon=True).start()
    while (found := carrier.receive_channel()) is not None:
        channel, data = found
        if channel in received:
            received[channel].put(data)
    for one in received.values():
        one.put(None)


def _forward_channel(pod, carrier, channel, number, read):
    try:
        _Port(pod, number).talk(read, lambda data: carrier.send_channel(channel, data))
    except ConnectionRefusedError:
        carrier.send_channel(channel + 1, _refused(pod, number))
    except OSError:
        pass
