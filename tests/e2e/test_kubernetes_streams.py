"""exec, cp, attach and port-forward with real kubectls, over WebSockets and over SPDY/3.1: what goes through
is the same as straight, byte for byte, and what policy refuses is told and never run."""

import fcntl
import hashlib
import json
import os
import pathlib
import pty
import random
import re
import shutil
import socket
import struct
import subprocess
import termios
import threading
import unittest

from harness import process
from harness.kube_case import DIRECT, DOOR, Kubernetes
from harness.kube_gateway import RULES


class _Streams:
    """What both transports do the same; with Kubernetes it is a test."""

    def pod(self, name="box"):
        return self.server.cluster.pods.of(self.server.cluster.find("pods", name))

    def test_what_is_printed_and_how_it_ends(self):
        said, *_, = self.same(["exec", "box", "--", "sh", "-c", "echo out; echo err >&2; exit 3"],
                              ["exec", "box", "--", "echo", "a b", "c"], ["exec", "pair", "--", "echo"],
                              ["exec", "pair", "-c", "two", "--", "cat", "/etc/hostname"],
                              ["exec", "deploy/web", "--", "true"], ["exec", "box", "--", "false"],
                              ["exec", "box", "--", "no-such-program"], ["exec", "nope", "--", "true"])
        self.assertEqual((said.out, said.code), ("out\n", 3))
        self.assertIn("command terminated with exit code 3", said.err)

    def test_a_lot_of_output(self):
        said, = self.same(["exec", "box", "--", "seq", "1", "400000"])
        self.assertEqual(len(said.out.splitlines()), 400000)

    def test_standard_input(self):
        said, = self.same(["exec", "-i", "box", "--", "sha256sum"], stdin=_noise(3_000_000))
        self.assertIn(hashlib.sha256(_noise(3_000_000)).hexdigest(), said.out)

    def test_files_are_copied_both_ways(self):
        source = pathlib.Path(self.folder, "big")
        source.write_bytes(_noise(2_000_000))
        for way in self.configs:
            self.server.reset()
            back = f"back-{way}"
            self.good(way, "cp", "big", "box:/tmp/big")
            self.assertEqual((self.pod().root / "tmp/big").read_bytes(), source.read_bytes(), way)
            self.good(way, "cp", "box:/tmp/big", back)
            self.assertEqual(pathlib.Path(self.folder, back).read_bytes(), source.read_bytes(), way)

    def test_attach_says_again(self):
        for way in self.configs:
            self.server.reset()
            child = self.begin(way, "attach", "-i", "box", "-q")
            for number in range(3):
                child.stdin.write(b"word %d\n" % number)
                child.stdin.flush()
                self.assertEqual(self.line(child), b"word %d\n" % number, way)
            child.stdin.close()
            self.assertEqual(child.wait(20), 0, way)

    def test_a_terminal(self):
        for way in self.configs:
            with _Terminal(self, way, "exec", "-it", "box", "--", "sh") as terminal:
                terminal.resize(40, 123)
                terminal.until("$ ")
                terminal.type("echo $((40 + 2))\n")
                terminal.until("42")
                terminal.type("until stty size | grep '40 123'; do sleep 0.05; done; exit 5\n")
                terminal.until("40 123")
                self.assertEqual(terminal.wait(), 5, way)

    def test_ports(self):
        for way in self.configs:
            self.server.reset()
            with self.forwarded(way, "pod/box", 80, 81) as (first, second):
                self.assertEqual(_said(first, b"ping"), b"echo: ping")
                self.assertEqual(_said(second, b"pong"), b"echo: pong")
                self.assertEqual(_said(first, b"again"), b"echo: again")

    def test_many_connections_through_one_forward(self):
        with _Listener(lambda data: data[::-1]) as port:
            for way in self.configs:
                self.server.reset()
                self.pod().ports[8080] = port
                with self.forwarded(way, "pod/box", 8080) as (local,):
                    answers = {}
                    threads = [threading.Thread(target=lambda n=n: answers.update({n: _said(
                        local, b"word %d" % n)})) for n in range(12)]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join(20)
                    self.assertEqual(answers, {n: (b"word %d" % n)[::-1] for n in range(12)}, way)

    def test_a_port_nobody_listens_on(self):
        for way in self.configs:
            self.server.reset()
            self.pod().ports[9] = None
            child, (local,) = self.forward(way, "pod/box", 9)
            _said(local, b"hello")
            said = b""
            while b"connection refused" not in said:
                line = self.line(child)
                self.assertTrue(line, said)
                said += line
            self.assertIn(b"error forwarding port 9", said)

    def forward(self, way, what, *ports):
        locals_ = [process.free_port() for _ in ports]
        child = self.begin(way, "port-forward", "--address=127.0.0.1", what,
                           *(f"{one}:{port}" for one, port in zip(locals_, ports)))
        for _ in ports:
            self.assertIn(b"Forwarding from", self.line(child), way)
        return child, locals_

    def forwarded(self, way, what, *ports):
        return _Forwarded(*self.forward(way, what, *ports))

    # Only through the gateway.

    def test_what_is_refused_is_not_run(self):
        self.needs_gateway()
        said = self.refused("exec", "box", "--", "rm", "-rf", "/tmp", because="nothing is removed here")
        self.assertIn("Forbidden", said)
        self.assertEqual([one for one in self.server.seen() if one[1] == "pods/exec"], [])

    def test_the_record_has_the_command(self):
        self.needs_gateway()
        self.good(DOOR, "exec", "box", "--", "echo", "for-the-record")
        self.assertIn("for-the-record", self.gateway.audit("export"))

    def test_it_went_as_it_should(self):
        self.needs_gateway()
        self.good(DOOR, "exec", "box", "--", "true")
        upgrades = {one["headers"].get("upgrade", "").lower() for one in self.server.requests
                    if "/exec" in one["path"]}
        self.assertEqual(upgrades, {self.upgrade})


def _noise(size):
    return random.Random(size).randbytes(size)


def _said(port, data):
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        peer.sendall(data)
        try:
            return peer.recv(1000)
        except ConnectionError:
            return b""


class _Forwarded:
    def __init__(self, child, ports):
        self.child, self.ports = child, ports

    def __enter__(self):
        return self.ports

    def __exit__(self, *failure):
        self.child.kill()


class _Listener:
    """What listens in a pod: answers each connection once."""

    def __init__(self, answer):
        self.answer, self.socket = answer, socket.create_server(("127.0.0.1", 0))

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self.socket.getsockname()[1]

    def _serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                peer.sendall(self.answer(peer.recv(1000)))

    def __exit__(self, *failure):
        self.socket.close()


class _Terminal:
    """kubectl at a terminal of its own."""

    def __init__(self, test, way, *words):
        self.child, self.end = pty.fork()
        if self.child == 0:
            try:
                os.execvpe("kubectl", ["kubectl", *words], test.env(way))
            finally:
                os._exit(127)
        self.said = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.end, text.encode())

    def _read(self):
        try:
            return os.read(self.end, 4096)
        except OSError:
            return b""

    def until(self, words):
        """Reads until these are printed, and forgets all up to there."""
        while words.encode() not in self.said:
            piece = self._read()
            if not piece:
                raise AssertionError(f"ended without {words!r}: {self.said!r}")
            self.said += piece
        self.said = self.said.partition(words.encode())[2]

    def wait(self):
        while self._read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        self.child = 0
        return status

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.child:
            os.kill(self.child, 9)
            os.waitpid(self.child, 0)
        os.close(self.end)


class WebSockets(_Streams, Kubernetes):
    environment = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "true", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "true"}
    upgrade = "websocket"


class Spdy(_Streams, Kubernetes):
    environment = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}
    upgrade = "spdy/3.1"


class Typed(Kubernetes):
    """What is piped in is judged before the command runs, where a rule reads it."""
    parts = {"rules": RULES + """
rule "no-drop" {
  endpoint  = kubernetes.prod
  priority  = 90
  condition = "k8s.resource == 'pods/exec' && k8s.exec.takes_stdin && k8s.exec.stdin.contains('drop table')"
  verdict   = "deny"
  reason    = "tables stay"
}
"""}

    def setUp(self):
        super().setUp()
        self.needs_gateway()

    def test_what_is_allowed_is_run_with_its_input(self):
        for way in self.through():
            done = self.kubectl(way, "exec", "-i", "box", "--", "cat", stdin=b"select 1\n")
            self.assertEqual((done.code, done.out), (0, "select 1\n"), way)

    def test_what_is_refused_is_not_run(self):
        for way in self.through():
            self.server.requests.clear()
            done = self.kubectl(way, "exec", "-i", "box", "--", "sh", "-c", "cat > /tmp/ran",
                                stdin=b"select 1; drop table users\n")
            self.assertNotEqual(done.code, 0)
            self.assertIn("tables stay", done.out + done.err, way)
            self.assertEqual([one for one in self.server.seen() if one[1] == "pods/exec"], [], way)

    def test_without_input_nothing_is_waited_for(self):
        for way in self.through():
            self.assertEqual(self.good(way, "exec", "box", "--", "echo", "a"), "a\n")

    def test_what_cannot_be_read_before_is_refused(self):
        """Over SPDY and from terminals there is no end of input to wait for."""
        for way in self.through():
            self.server.requests.clear()
            done = self.kubectl(way, "exec", "-i", "box", "--", "cat", stdin=b"select 1\n",
                                KUBECTL_REMOTE_COMMAND_WEBSOCKETS="false")
            self.assertNotEqual(done.code, 0, done.out)
            self.assertEqual([one for one in self.server.seen() if one[1] == "pods/exec"], [], way)


class Older(Kubernetes):
    """kubectls of other years, where the one on PATH chooses by the server's version."""

    def with_kubectl(self, minor):
        real = pathlib.Path(shutil.which("kubectl")).resolve().with_name(f"kubectl.1.{minor}")
        if not real.exists():
            self.skipTest(f"no {real.name} beside kubectl")
        self.server.cluster.version_words = {"minor": str(minor), "gitVersion": f"v1.{minor}.9"}
        return real

    def test_each_reads_writes_and_runs(self):
        for minor in (27, 29, 31, 33):
            real = self.with_kubectl(minor)
            seen = {}
            for way in self.configs:
                self.server.reset()
                seen[way] = [self.command(way, real, *words) for words in (
                    ["get", "pods"], ["create", "cm", "a", "--from-literal=x=1"], ["delete", "cm", "a"],
                    ["exec", "box", "--", "sh", "-c", "echo out; exit 3"], ["get", "pod", "nope"])]
                for straight, judged in zip(seen[DIRECT], seen[way]):
                    self.assertEqual(judged, straight, (minor, way))
            self.assertEqual(seen[DIRECT][3].code, 3, minor)


class Forged(Kubernetes):
    """Upgrades no kubectl would send."""

    def ask(self, path, *fields):
        """What is answered to a request by hand; the status line."""
        self.needs_gateway()
        done = subprocess.run(["curl", "-sS", "-i", "--http1.1", "--max-time", "5", "--cacert",
                               self.gateway.authority(), "-H", "Connection: Upgrade",
                               *(word for field in fields for word in ("-H", field)),
                               f"https://127.0.0.1:{self.gateway.port}{path}"],
                              capture_output=True, check=False)
        return done.stdout.decode(errors="replace")

    SOCKET = ("Upgrade: websocket", "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")

    def test_a_command_by_get_is_judged_as_one(self):
        said = self.ask("/api/v1/namespaces/default/pods/box/exec?command=rm&command=x&stdout=true",
                        *self.SOCKET, "Sec-WebSocket-Protocol: v5.channel.k8s.io")
        self.assertRegex(said.splitlines()[0], "403")
        self.assertIn("nothing is removed here", said)
        self.assertEqual(self.server.requests, [])

    def test_other_protocols_do_not_pass(self):
        for upgrade in ("Upgrade: h2c", "Upgrade: ssh", "Upgrade: SPDY/2"):
            said = self.ask("/api/v1/namespaces/default/pods/box/exec?command=true&stdout=true", upgrade)
            self.assertNotIn(" 101 ", said.splitlines()[0], upgrade)

    def test_no_upgrade_where_none_belongs(self):
        said = self.ask("/api/v1/namespaces/default/pods/box", *self.SOCKET)
        self.assertNotIn(" 101 ", said.splitlines()[0] if said else "")

    def test_a_refusal_is_a_status(self):
        said = self.ask("/api/v1/namespaces/default/pods/box/exec?command=rm&stdout=true", *self.SOCKET,
                        "Sec-WebSocket-Protocol: v4.channel.k8s.io")
        body = json.loads(re.split(r"\r\n\r\n", said, maxsplit=1)[1])
        self.assertEqual((body["kind"], body["status"], body["code"]), ("Status", "Failure", 403))


if __name__ == "__main__":
    unittest.main()
