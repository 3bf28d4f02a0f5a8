"""What is not to go on record is in no byte of the state folder: not in what was said on a terminal, letter
by letter, not in what makes no sense, and not in what waits for a person."""

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import termios
import time
import unittest

from harness.gateway import BINARY
from harness.kube_case import DOOR, Kubernetes
from test_returning import Asked

NUMBER = "4111111111111111"
PATTERN = 're:4[0-9]{15}'
_SECONDS = 20

_ASKS = """
rule "writes-ask" {
  endpoint  = https.api
  condition = "http.method != 'get'"
  approve   = [builtin.dashboard]
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""


def files_with(gateway, text):
    return [file for file in (gateway.folder / "state").rglob("*")
            if file.is_file() and text.encode() in file.read_bytes()]


class Terminal(Kubernetes):
    parts = {"endpoint": f'redact = ["{PATTERN}"]'}

    def said(self, words):
        """The channels of the latest command that said these, once it has ended."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            done = subprocess.run([BINARY, "replay", "--json", "--since", "1h", "--state-dir",
                                   self.gateway.folder / "state"], capture_output=True, text=True, check=True)
            for step in reversed([json.loads(line) for line in done.stdout.splitlines()]):
                if words in step.get("summary", "") and "ending" in step:
                    channels = {}
                    for piece in step["said"]:
                        text = channels.get(piece["channel"], "") + piece.get("text", "")
                        channels[piece["channel"]] = text
                    return channels
            time.sleep(0.1)
        raise AssertionError(f"no command {words!r} that has ended")

    def test_what_comes_in_pieces(self):
        script = (f"printf 'card {NUMBER[:5]}'; sleep 0.5; printf '{NUMBER[5:]}, next '; sleep 0.5; "
                  f"echo {NUMBER[:9]} {NUMBER} >&2; : first; cat")
        done = self.kubectl(DOOR, "exec", "-i", "box", "--", "sh", "-c", script,
                            stdin=f"{NUMBER}\n".encode())
        self.assertEqual(done.out, f"card {NUMBER}, next {NUMBER}\n", "the agent has it all")
        said = self.said("first")
        mark = r"\[redacted sha256:\w{16}\]"
        self.assertRegex(said["output"], f"^card {mark}, next {mark}\n$")
        self.assertRegex(said["errors"], rf"^{NUMBER[:9]} \[redacted sha256:\w{{16}}\]\n$")
        self.assertRegex(said["input"], r"^\[redacted sha256:\w{16}\]\n$")
        self.assertEqual(files_with(self.gateway, NUMBER), [])

    def test_what_is_typed_letter_by_letter(self):
        child, end = pty.fork()
        if child == 0:
            try:
                os.execvpe("kubectl", ["kubectl", "exec", "-it", "box", "--", "sh", "-c",
                                       ": second; echo ready; read x; echo got $x"], self.env(DOOR))
            finally:
                os._exit(127)
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 123, 0, 0))
        seen = b""
        while b"ready" not in seen:
            seen += os.read(end, 4096)
        for letter in f"{NUMBER}\n":
            os.write(end, letter.encode())
            time.sleep(0.03)  # Longer than letters are gathered for.
        try:
            while piece := os.read(end, 4096):
                seen += piece
        except OSError:
            pass
        os.close(end)
        os.waitpid(child, 0)
        self.assertIn(f"got {NUMBER}".encode(), seen)
        said = self.said("second")
        self.assertIn("got [redacted sha256:", said["output"])
        self.assertIn("[redacted sha256:", said["input"])
        self.assertNotIn(NUMBER[:8], json.dumps(said))
        self.assertEqual(files_with(self.gateway, NUMBER), [])


class Waiting(Asked):
    parts = {"rules": _ASKS, "endpoint": f'redact = ["{PATTERN}", "http.query.name"]',
             "settings": f'audit {{\n    redact = ["{PATTERN}"]\n  }}'}

    def test_a_question_is_kept_without_it(self):
        child = self.post(f'{{"card": "{NUMBER}"}}', f"/echo?name=tremendous&card={NUMBER}")
        question = self.one_waiting()
        self.assertIn(NUMBER, question["evidence"][0]["text"], "who is asked sees it")
        self.assertIn("tremendous", question["text"])
        self.assertTrue(list((self.gateway.folder / "state/operations").glob("*.json")))
        for hidden in (NUMBER, "tremendous"):
            self.assertEqual(files_with(self.gateway, hidden), [])
        self.restart()
        again = self.one_waiting()
        self.assertNotIn(NUMBER, json.dumps(again))
        self.assertIn("[redacted sha256:", again["text"], "it is shown that something is hidden")
        self.approvals("approve", again["id"])
        self.ended(child)
        retry = self.post(f'{{"card": "{NUMBER}"}}', f"/echo?name=tremendous&card={NUMBER}")
        self.assertIn(" 200 ", self.ended(retry).splitlines()[0] + " ")
        self.assertEqual(len(self.arrived()), 1)
        for hidden in (NUMBER, "tremendous"):
            self.assertEqual(files_with(self.gateway, hidden), [])

    def restart(self):
        self.gateway.child.kill()
        self.gateway.child.wait()
        self.gateway.__enter__()

    def test_what_is_no_request_is_recorded_without_it(self):
        with socket.create_connection(("127.0.0.1", self.gateway.proxy), timeout=20) as line:
            line.sendall(f"GET http://{NUMBER}.test/ HTTP/1.1\r\nHost: {NUMBER}.test\r\n\r\n".encode())
            line.recv(4096)
        with socket.create_connection(("127.0.0.1", self.gateway.proxy), timeout=20) as line:
            line.sendall(f"{NUMBER} / HTTP/1.1\r\nHost: api.test\r\n x: folded {NUMBER}\r\n\r\n".encode())
            line.recv(4096)
        found = self.gateway.audit("search", "--kind", "incident", "--json")
        self.assertNotIn(NUMBER, found)
        self.assertIn("[redacted sha256:", found)
        self.assertEqual(files_with(self.gateway, NUMBER), [])


if __name__ == "__main__":
    unittest.main()
