"""What agents did, told again and judged again: sessions of psql, kubectl exec and curl replayed from the
record, and what another policy would have said of them."""

import fcntl
import json
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import psycopg2

from gated import Gated
from harness.gateway import BINARY
from harness.kube_case import DOOR, Kubernetes
from harness.web_case import Https

_SCRIPT = r"stty size; printf '\033]52;c;aGk=\007\033[31mred\033[0m\n'; read x; echo $x"
_SECONDS = 20  # Until what is known to come is taken for missing.


class _Replayed:
    """The verbs that look back, at the state of this test's gateway."""

    def back(self, *words, code=0):
        done = subprocess.run([BINARY, *map(str, words), "--state-dir", self.gateway.folder / "state"],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout

    def steps(self, *words):
        return [json.loads(line) for line in self.back("replay", "--json", *words).splitlines()]

    def policy(self, text):
        """The gateway's own config with more in it, as a file."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for file in self.gateway.folder.glob("*.pem"):
            shutil.copy(file, folder)
        (folder / "candidate.hcl").write_text(self.gateway.config.read_text() + text)
        return folder / "candidate.hcl"

    def simulated(self, candidate, *words, code):
        return json.loads(self.back("simulate", candidate, "--json", "--since", "7d", *words, code=code))


class Postgres(_Replayed, Gated):
    def psql(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        return subprocess.run(["psql", self.gateway.dsn(), "-X", "-A", "-t", *words], capture_output=True,
                              text=True, check=False, timeout=60)

    @classmethod
    def prepare(cls):
        if not shutil.which("psql"):
            raise unittest.SkipTest("no psql")

    def test_a_session_of_psql(self):
        self.psql("select 1 as one", "drop table no_such", "select relname from pg_class limit 3")
        listed = self.back("replay")
        session = next(line.split()[0] for line in listed.splitlines() if "select" in line)
        steps = self.steps(session)
        self.assertEqual([step["step"] for step in steps], ["opened", "action", "action", "action", "closed"])
        opened, one, dropped, three, _ = steps
        self.assertEqual(opened["endpoint"], "postgres.db")
        self.assertEqual((one["verdict"], one["rule"], one["ending"], one["rows"]),
                         ("allow", "rest", "ok", 1))
        self.assertEqual((dropped["verdict"], dropped["rule"], dropped["reason"]),
                         ("deny", "no-ddl", "tables stay"))
        self.assertNotIn("ending", dropped)
        self.assertEqual(three["rows"], 3)
        text = self.back("replay", session)
        self.assertRegex(text, rf"(?m)^session {session}: \S+ on postgres\.db")
        self.assertRegex(text, r"(?m)^\+0:0\d\.\d{3} +deny +drop")
        self.assertIn("rule no-ddl: tables stay", text)
        self.assertIn("ok, 3 rows", text)
        only = self.steps(one["action"])
        self.assertEqual([step["summary"] for step in only], [one["summary"]])

    def test_escapes_of_an_agent_are_shown(self):
        with self.cursor() as cursor:
            cursor.execute("select '\x1b]52;c;aGk=\x07'")
        text = self.back("replay", "--since", "1h")
        self.assertNotIn("\x1b", text)
        self.assertIn("\\x1b]52", text)

    def test_what_another_policy_would_change(self):
        with self.cursor() as cursor:
            cursor.execute("select 1")
            for number in range(5):
                cursor.execute(f"select relname from pg_class where oid = {number}")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("drop table users")
        same = self.simulated(self.gateway.config, code=0)
        self.assertEqual((same["changed"], same["changes"]), (0, []))
        self.assertGreaterEqual(same["judged"], 7)
        stricter = self.policy('rule "no-catalog" {\n  endpoint = postgres.db\n  priority = 200\n'
                               '  condition = "\'pg_class\' in sql.tables"\n  verdict = "deny"\n}\n')
        outcome = self.simulated(stricter, code=1)
        [change] = outcome["changes"]
        self.assertEqual((change["was"], change["would"], change["rule_was"], change["rule_would"]),
                         ("allow", "deny", "rest", "no-catalog"))
        self.assertGreaterEqual(change["count"], 5)
        self.assertIn("pg_class", change["example"]["summary"])
        text = self.back("simulate", stricter, "--since", "7d", code=1)
        self.assertIn("no-catalog", text)
        self.assertEqual(self.simulated(stricter, "--endpoint", "postgres.other", code=0)["actions"], 0)

    def test_what_cannot_be_asked_says_so(self):
        self.back("simulate", self.policy("rule {"), code=2)
        self.back("simulate", "/no/such/file", code=2)
        self.back("simulate", self.gateway.config, "--since", "soon", code=2)
        self.back("replay", "no-such-session", code=1)
        self.back("replay", "x", "--since", "soon", code=2)
        self.back("suggest", code=1)  # Nothing here only observes.


class Kube(_Replayed, Kubernetes):
    parts = {"rules": 'rule "rest" {\n  endpoint = kubernetes.prod\n  condition = "k8s.verb != \'delete\'"\n'
                      '  verdict = "allow"\n}\n'}

    def of_exec(self, words):
        """The steps of the latest command that said these."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            for step in reversed(self.steps("--since", "1h")):
                if words in step["summary"] and "ending" in step:
                    return step
        raise AssertionError(f"no command {words!r} that has ended")

    def test_a_command_and_what_it_said(self):
        for transport in ("true", "false"):
            script = f"cat; echo oops-{transport} >&2; exit 3"
            done = self.kubectl(DOOR, "exec", "-i", "box", "--", "sh", "-c", script, stdin=b"typed\n",
                                KUBECTL_REMOTE_COMMAND_WEBSOCKETS=transport)
            self.assertEqual((done.code, done.out), (3, "typed\n"))
            step = self.of_exec(f"oops-{transport}")
            said = {}
            for piece in step["said"]:
                said[piece["channel"]] = said.get(piece["channel"], "") + piece["text"]
            self.assertEqual(said, {"input": "typed\n", "output": "typed\n", "errors": f"oops-{transport}\n"})
            self.assertIn("exit 3", step["result"])
            text = self.back("replay", step["action"])
            self.assertIn(f"| oops-{transport}\n", text)

    def test_a_terminal_is_an_asciicast(self):
        child, end = pty.fork()
        if child == 0:
            try:
                words = ["kubectl", "exec", "-it", "box", "--", "sh", "-c", _SCRIPT]
                os.execvpe("kubectl", words, self.env(DOOR))
            finally:
                os._exit(127)
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 123, 0, 0))
        seen = b""
        while b"red" not in seen:
            seen += os.read(end, 4096)
        os.write(end, b"word\n")
        try:
            while piece := os.read(end, 4096):
                seen += piece
        except OSError:
            pass
        os.close(end)
        os.waitpid(child, 0)
        step = self.of_exec("stty size")
        file = pathlib.Path(self.folder, "one.cast")
        self.back("replay", step["action"], "--cast", file)
        head, *events = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual((head["version"], head["width"], head["height"]), (2, 123, 40))
        output = "".join(text for _, code, text in events if code == "o")
        self.assertIn("\x1b[31mred\x1b[0m", output)
        self.assertNotIn("\x1b]52", output, "the clipboard is not theirs")
        self.assertIn("word", output)
        self.assertTrue(any(code == "i" for _, code, _ in events))
        self.assertEqual([at for at, *_ in events], sorted(at for at, *_ in events))

    def test_what_is_too_much_is_counted(self):
        self.good(DOOR, "exec", "box", "--", "sh", "-c", "head -c 12000000 /dev/zero")
        step = self.of_exec("12000000")
        kept = sum(len(piece.get("text", "")) for piece in step["said"])
        left_out = sum(piece.get("left_out", 0) for piece in step["said"])
        self.assertEqual((kept, kept + left_out), (8 << 20, 12_000_000))
        self.assertIn(f"{left_out} bytes not kept", step["result"])

    def test_what_another_policy_would_change(self):
        self.good(DOOR, "exec", "box", "--", "ls", "/")
        self.of_exec("ls /")
        stricter = self.policy('rule "no-ls" {\n  endpoint = kubernetes.prod\n  priority = 9\n'
                               '  condition = "k8s.exec.command[0] == \'ls\'"\n  verdict = "deny"\n}\n')
        outcome = self.simulated(stricter, code=1)
        self.assertEqual([change["rule_would"] for change in outcome["changes"]], ["no-ls"])

    def test_rules_for_what_was_seen(self):
        self.good(DOOR, "get", "pods")
        self.good(DOOR, "exec", "box", "--", "true")
        for language in ([], ["--yaml"]):
            text = self.back("suggest", "--enforced", *language)
            self.assertIn("kubernetes-prod-pods-default", text)
            self.assertIn("Asked about, because it is a way in", text)
        fixtures = pathlib.Path(self.folder, "fixtures")
        text = self.back("suggest", "--enforced", "--fixtures", fixtures)
        candidate = self.gateway.config.read_text().replace(self.parts["rules"], text)
        folder = pathlib.Path(self.folder, "candidate")
        folder.mkdir()
        shutil.copy(self.gateway.folder / "upstream-ca.pem", folder)
        (folder / "policy.hcl").write_text(candidate)
        done = subprocess.run([BINARY, "test", folder / "policy.hcl", fixtures], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Quiet(_Replayed, Kubernetes):
    parts = {"endpoint": "record_input = false"}

    def test_what_is_typed_is_only_counted(self):
        self.good(DOOR, "exec", "-i", "box", "--", "sha256sum", stdin=b"hunter2")
        for step in self.steps("--since", "1h"):
            self.assertNotIn("hunter2", json.dumps(step))
            for piece in step.get("said", []):
                if piece["channel"] == "input":
                    self.assertEqual((piece["left_out"], "text" in piece), (7, False))


class Silent(_Replayed, Kubernetes):
    parts = {"endpoint": "record_streams = false"}

    def test_nothing_of_it_is_kept(self):
        self.good(DOOR, "exec", "box", "--", "echo", "not-kept-anywhere")
        self.assertFalse(any("said" in step for step in self.steps("--since", "1h")))


class Web(_Replayed, Https):
    def test_a_session_of_requests(self):
        self.gateway.curl("https://api.test/hello?a=b%20c", "https://api.test/nowhere")
        steps = self.steps("--since", "1h", "--endpoint", "https.api")
        self.assertEqual({step["session"] for step in steps if step["step"] == "action"},
                         {steps[0]["session"]})
        self.assertTrue(all(step["verdict"] == "allow" for step in steps if step["step"] == "action"))
        opened = [step for step in steps if step["step"] == "opened"]
        self.assertEqual([(step["endpoint"], step["summary"]) for step in opened],
                         [("https.api", "through proxy.dev")])
        self.assertIn("https.api", self.back("replay", steps[0]["session"]))
        self.assertEqual(self.simulated(self.gateway.config, code=0)["changed"], 0)


class Observed(_Replayed, Https):
    parts = {"endpoint": 'mode = "observe"', "rules": ""}

    def test_rules_for_what_was_seen_where_nothing_is_refused_yet(self):
        for number in range(3):
            self.gateway.curl(f"https://api.test/echo/{number}")
        self.gateway.curl("-X", "DELETE", "https://api.test/echo/1")
        text = self.back("suggest")
        self.assertIn("# 3 times by anonymous", text)
        self.assertIn('http.path.matches(\\"^/echo/[^/]+$\\")', text)
        self.assertIn("Asked about, because it destroys", text)
        enforcing = self.policy(text)
        enforcing.write_text(enforcing.read_text().replace('mode = "observe"', ""))
        [change] = self.simulated(enforcing, code=1)["changes"]
        self.assertEqual((change["was"], change["would"], change["count"]), ("allow", "approve", 1))
