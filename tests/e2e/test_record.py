"""No record, no action: whatever Postgres was asked to do stands in the journal, also after `kill -9`."""

import json
import re
import shutil
import subprocess
import threading

import psycopg2

from gated import Gated
from harness import gateway, postgres

_ASKED = re.compile(r"\d+ scram_user LOG:  (?:statement|execute [^:]*): .*?(mark_\w+)")
_MARK = re.compile(r"mark_\w+")


class Record(Gated):
    def records(self):
        return [json.loads(line) for line in self.gateway.audit("export", "--format", "jsonl").splitlines()]

    def test_what_the_server_did_is_recorded_and_what_was_refused_did_not_reach_it(self):
        with self.cursor() as cursor:
            cursor.execute("select 'mark_simple'")
            cursor.execute("select 1; select 'mark_batch'")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("drop table mark_refused")
        recorded = set(_MARK.findall(json.dumps(self.records())))
        self.assertEqual(recorded, {"mark_simple", "mark_batch", "mark_refused"})
        self.assertEqual(set(_ASKED.findall(self.server.log())), {"mark_simple", "mark_batch"})
        self.gateway.audit("verify")

    def test_readers_go_on_behind_a_damaged_place(self):
        with self.cursor() as cursor:
            for number in range(20):
                cursor.execute(f"select 'damage_{number:02}'")
        state = self.gateway.folder / "state"
        copy = self.gateway.folder / "damaged"
        shutil.copytree(state / "journal", copy / "journal")
        shutil.copy(state / "journal.pub", copy)
        [segment] = (copy / "journal").glob("*.journal")
        segment.write_bytes(segment.read_bytes().replace(b"damage_07", b"forged_07", 1))
        for words in (["export", "--format", "jsonl"], ["search", "--json", "-n", "999", "damage"],
                      ["tail", "--json", "-n", "999"]):
            with self.subTest(words):
                done = subprocess.run([gateway.BINARY, "audit", *words, "--state-dir", copy],
                                      capture_output=True, text=True, check=True)
                self.assertIn("damage_06", done.stdout)
                self.assertIn("damage_19", done.stdout)
                self.assertNotIn("forged_07", done.stdout)
                self.assertRegex(done.stderr, r"segment 1, offset \d+: \d+ bytes .* skipped; records \d+")
        verified = subprocess.run([gateway.BINARY, "audit", "verify", "--state-dir", copy],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(verified.returncode, 1, verified.stdout)

    def test_no_password_is_written_anywhere(self):
        with self.cursor() as cursor:
            cursor.execute("select 1")
        for file in self.gateway.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(postgres.PASSWORD.encode(), file.read_bytes(), file)


class Killed(Gated):
    """Its gateway does not survive the test, so it has one of its own."""

    def work(self, name, enough):
        try:
            with self.cursor() as cursor:
                for number in range(100_000):
                    cursor.execute(f"select 'mark_{name}_{number}'")
                    if number == 200:
                        enough.release()
        except psycopg2.Error:
            pass  # The end this test is about.

    def test_kill_9_loses_nothing(self):
        enough = threading.Semaphore(0)
        workers = [threading.Thread(target=self.work, args=(name, enough)) for name in "abcd"]
        for worker in workers:
            worker.start()
        for _ in workers:
            self.assertTrue(enough.acquire(timeout=60))
        self.gateway.child.kill()
        for worker in workers:
            worker.join()
        self.gateway.audit("verify")
        recorded = set(_MARK.findall(self.gateway.audit("export", "--format", "jsonl")))
        asked = set(_ASKED.findall(self.server.log()))
        self.assertGreater(len(asked), 800)
        self.assertEqual(asked - recorded, set())
