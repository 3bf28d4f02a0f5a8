"""The record is checked by others: the book's script, with nothing of ours, and the program itself."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import psycopg2

from gated import Gated
from harness import gateway, process

SCRIPT = process.ROOT / "docs/examples/verify_journal.py"


class Proof(Gated):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="clawpatrol-proof-")))
        self.state = self.gateway.folder / "state"
        with self.cursor() as cursor:
            for number in range(12):
                cursor.execute(f"select 'proof_{number:02}'")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("drop table proof")

    def copy(self, name):
        to = self.folder / name
        shutil.copytree(self.state / "journal", to / "journal")
        shutil.copy(self.state / "journal.pub", to)
        [segment] = sorted((to / "journal").glob("*.journal"))
        return to, segment

    def script(self, state, *more):
        key = (self.state / "journal.pub").read_text().strip()
        command = [sys.executable, SCRIPT, state / "journal", key, *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def verify(self, state, *more):
        return subprocess.run([gateway.BINARY, "audit", "verify", "--json", "--state-dir", state, *more],
                              capture_output=True, text=True, check=False)

    def frames(self, content):
        at, found = 0, []
        while length := int.from_bytes(content[at:at + 4], "big"):
            found.append((at, at + 36 + length))
            at += 36 + length
        return found

    def test_both_find_what_was_done(self):
        state, segment = self.copy("good")
        good = segment.read_bytes()
        self.assertIn("verified", self.script(state).stdout, self.script(state).stderr)
        self.assertEqual(self.verify(state).returncode, 0)
        frames = self.frames(good)
        (a, b), (c, d) = frames[5], frames[6]
        flipped = lambda at: good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
        done = {
            "changed": flipped(a + 60),
            "hash_changed": flipped(a + 20),
            "length_changed": good[:a] + b"\0\0\0\0" + good[a + 4:],
            "removed": good[:a] + good[b:],
            "inserted": good[:a] + good[frames[2][0]:frames[2][1]] + good[a:],
            "reordered": good[:a] + good[c:d] + good[a:b] + good[d:],
            "header_changed": flipped(80),
        }
        for kind, content in done.items():
            with self.subTest(kind):
                segment.write_bytes(content)
                self.assertEqual(self.script(state).returncode, 1)
                told = self.verify(state)
                self.assertEqual(told.returncode, 1)
                damage = json.loads(told.stdout)["damage"]
                self.assertEqual(damage["kind"], kind, damage)
                self.assertTrue(damage["what"] and damage["advice"])
                if kind != "header_changed":
                    self.assertEqual((damage["segment"], damage["offset"]), (1, a))

    def test_a_journal_that_was_cut_is_found_with_a_checkpoint_that_was_kept(self):
        command = [gateway.BINARY, "audit", "checkpoint", "--json", "--state-dir", self.state]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        with self.cursor() as cursor:
            while done.returncode != 0:  # One every thousand records.
                for _ in range(200):
                    cursor.execute("select 1")
                done = subprocess.run(command, capture_output=True, text=True, check=False)
        checkpoint = done.stdout
        kept = self.folder / "checkpoints.jsonl"
        kept.write_text(checkpoint)
        state, segment = self.copy("cut")
        self.assertEqual(self.verify(state, "--checkpoint", kept).returncode, 0)
        self.assertEqual(self.script(state, kept).returncode, 0)
        content = segment.read_bytes()
        through = json.loads(checkpoint)["through"]
        # Before it: the header is a frame too.
        segment.write_bytes(content[:self.frames(content)[through][0]])
        self.assertEqual(self.script(state).returncode, 0, "a shorter journal looks whole")
        self.assertEqual(self.script(state, kept).returncode, 1)
        told = self.verify(state, "--checkpoint", kept)
        self.assertEqual(json.loads(told.stdout)["damage"]["kind"], "truncated")
        kept.write_text(re.sub(r'"hash":"..', '"hash":"00', checkpoint))
        self.assertEqual(self.script(state, kept).returncode, 1)
        self.assertEqual(self.verify(state, "--checkpoint", kept).returncode, 2)

    def test_a_journal_written_anew_has_another_key(self):
        state, _ = self.copy("other")
        told = self.verify(state, "--public-key", "ab" * 32)
        self.assertEqual(json.loads(told.stdout)["damage"]["kind"], "other_key")


class Redacted(Gated):
    """What is not to go on record is in no byte of it, and rules see it all the same."""

    settings = 'audit { redact = ["re:4[0-9]{15}"] }'

    def test_nowhere(self):
        number = "4111111111111111"
        with self.cursor() as cursor:
            cursor.execute(f"select '{number}'")
            cursor.execute("select %s", [number])
        found = self.gateway.audit("search", "redacted", "--kind", "judged", "--json")
        marks = set(re.findall(r"\[redacted sha256:[0-9a-f]{16}\]", found))
        self.assertEqual(len(marks), 1, "equal values have equal marks")
        for file in (self.gateway.folder / "state").rglob("*"):
            if file.is_file():
                self.assertNotIn(number.encode(), file.read_bytes(), file)


class Searched(Gated):
    def search(self, *words):
        return [json.loads(line) for line in self.gateway.audit("search", "--json", *words).splitlines()]

    def test_by_facts(self):
        with self.cursor() as cursor:
            cursor.execute("create temp table searched_for (n int)")
            cursor.execute("insert into searched_for select generate_series(1, 300)")
            cursor.execute("select * from searched_for")
            cursor.fetchall()
        [judged] = self.search("sql.tables=searched_for", "sql.verb=insert", "--kind", "judged")
        self.assertIn("generate_series", judged["text"])
        ended = self.search("tables=searched_for", "verb=select", "rows>299")
        self.assertEqual({each["kind"] for each in ended}, {"ended"})
        self.assertEqual(self.search("tables=searched_for", "rows>300"), [])
        others = [f"verb!={verb}" for verb in ("insert", "select", "create")]
        self.assertEqual(self.search("tables^=searched_", *others, "--kind", "judged"), [])
        wrong = subprocess.run([gateway.BINARY, "audit", "search", "sql.table=x", "--state-dir",
                                self.gateway.folder / "state"], capture_output=True, text=True, check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("did you mean `sql.tables`?", wrong.stderr)
        self.assertIn("sql.tables", self.gateway.audit("facts"))
