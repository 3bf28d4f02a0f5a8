"""The record arrives elsewhere, each record once by its id, whatever is killed in between: the sink, the
gateway, or both. Sinks are real servers where Debian has one, and strict receivers of ours for the rest."""

import contextlib
import http.server
import json
import pathlib
import shutil
import socket
import sys
import tempfile
import threading
import time
import unittest

import psycopg2

from harness import (certificates, clickhouse, gateway, postgres, process, receivers, rsyslog, web_aws,
                     wire)

SECONDS = 60

# What an agent can say to somebody who reads it later, as SQL that Postgres runs.
HOSTILE = [
    "select 'two\nlines\r\n<13>1 2026-01-01T00:00:00Z host app - - - forged'",
    "select 'quotes '' \" ` and \\ and \\\" and ] and [x@1 a=\"b\"]'",
    "select '{\"seq\":1,\"kind\":\"forged\"}', ', and \t tabs; =cmd|calc!A1'",
    "select '\x01\x02\x1b[31m \x7f \u0085 \u202e \ufeff \u2028 \U0001f600 \ud7ff \uffff'",
    "select '\\u0000 \\x00 %00 {NULL} \\N NULL'",
    "select $tag$'); DROP TABLE clawpatrol_records; --$tag$",
    "select 'ünïcödé 日本語 " + "é" * 3000 + "'",
]


class Receiver(process.Process):
    def __init__(self, kind, place, folder, die_after=0):
        self.kind, self.place, self.folder = kind, place, pathlib.Path(folder)
        program = pathlib.Path(receivers.__file__)
        super().__init__([sys.executable, program, kind, place, folder, die_after], self.folder / "log")

    def is_ready(self):
        if self.kind == "unix":
            return pathlib.Path(self.place).exists()
        return process.accepts(self.place)


class Exported(unittest.TestCase):
    """Each test has a gateway of its own, before one Postgres, and a sink."""

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.server = cls.enterClassContext(postgres.Postgres())

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-exports-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, exporters, **secrets):
        self.gateway = gateway.Gateway(self.server, gateway.RULES + exporters)
        for name, text in secrets.items():
            self.gateway.options["env"][f"CLAWPATROL_SECRET_{name}"] = text
        self.enterContext(self.gateway)

    def restart(self):
        """Killed, and started on what it left."""
        self.gateway.child.kill()
        self.gateway.child.wait()
        process.Process.__enter__(self.gateway)

    def work(self, count, word="work"):
        with contextlib.closing(psycopg2.connect(self.gateway.dsn())) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for number in range(count):
                cursor.execute(f"select '{word}_{number}'")

    def attack(self):
        with contextlib.closing(psycopg2.connect(self.gateway.dsn())) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for text in HOSTILE:
                cursor.execute(text)
            with self.assertRaises(psycopg2.Error):
                cursor.execute("drop table \"a]\\ \n'b\"")
        with wire.Connection(self.gateway.port) as connection:  # What no driver would send.
            connection.login("scram_user", postgres.DATABASE)
            value = b"zero \0 and \xff\xfe, and half \xe2\x82"
            connection.send(wire.message(b"P", wire.text("", "select $1::bytea") + b"\0\0"))
            bound = b"\0\1\0\1\0\1" + len(value).to_bytes(4, "big") + value + b"\0\0"
            connection.send(wire.message(b"B", wire.text("", "") + bound))
            connection.send(wire.message(b"E", wire.text("") + b"\0\0\0\0") + wire.message(b"S"))
            connection.until_ready()
            connection.send(wire.message(b"Q", b"select '\xff\xfe \xc3('\0"))
            connection.until_ready()

    def journal(self):
        lines = self.gateway.audit("export", "--format", "jsonl").split("\n")[:-1]
        return {record["seq"]: record for record in map(json.loads, lines)}

    def standing(self):
        asked = [gateway.BINARY, "exporters", "--json", "--state-dir", self.gateway.folder / "state"]
        [one] = json.loads(process.run(asked))
        return one

    def wait_for(self, seq):
        try:
            process.wait_until(lambda: self.standing()["seq"] >= seq, SECONDS, f"record {seq}")
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n{self.standing()}\n{self.gateway.log()[-3000:]}") from late

    def compare(self, received):
        """Every record of the journal up to now has arrived, once, and is the same. `received()` gives what
        the sink has as (number, record) pairs."""
        journal = self.journal()
        last = max(journal)
        self.assertEqual(sorted(journal), list(range(1, last + 1)))
        self.wait_for(last)
        found = [(number, record) for number, record in received() if number <= last]
        self.assertEqual(len(found), last)
        self.assertEqual(len(dict(found)), last)
        for number, record in found:
            self.assertEqual(record, journal[number])

    def tortured(self, sink, received):
        """`sink` gives a running sink: the first is killed while it takes what waits for it."""
        self.work(400, "before")  # Nobody is there.
        self.attack()
        with sink(kill=True):
            self.work(50, "while")
            self.restart()
            self.work(50, "after")
        with sink(kill=False):
            self.restart()
            self.work(100, "later")
            self.compare(received)


class Databases(Exported):
    @unittest.skipUnless(clickhouse.PROGRAM, "no clickhouse-server")
    def test_clickhouse(self):
        server = self.enterContext(clickhouse.ClickHouse())
        server.ask(process.run([gateway.BINARY, "audit", "schema", "clickhouse"]))

        @contextlib.contextmanager
        def sink(kill):
            if server.child.poll() is not None:
                process.Process.__enter__(server)
            yield
            if kill:
                count = "select count() from clawpatrol_records"
                process.wait_until(lambda: int(server.ask(count)) > 50, SECONDS, "rows")
                server.child.kill()
                server.child.wait()

        def received():
            rows = server.ask("select seq, record from clawpatrol_records final format JSONCompact")
            return [(int(seq), json.loads(record)) for seq, record in json.loads(rows)["data"]]

        self.start(f"""
credential "basic_auth" "house" {{
  username = "{clickhouse.USER}"
}}
exporter "clickhouse" "house" {{
  url           = "http://127.0.0.1:{server.port}"
  credential    = basic_auth.house
  gzip          = true
  batch_records = 20
  batch_every   = "100ms"
}}
""", HOUSE=clickhouse.PASSWORD)
        self.tortured(sink, received)
        found = server.ask("select uniqExact(journal), countIf(kind = 'judged' and verdict = 'deny' and "
                           "rule = 'no-ddl' and agent != '') from clawpatrol_records final")
        self.assertEqual(found, "1\t2\n")  # The DROP, and what was no UTF-8.
        self.assertEqual(self.columns("clickhouse"), {
            line.split("\t")[0] for line in server.ask("describe table clawpatrol_records").splitlines()})

    def columns(self, database):
        schema = process.run([gateway.BINARY, "audit", "schema", database])
        body = schema.partition("\n(\n")[2].partition("\n)")[0]
        return {line.split()[0] for line in body.splitlines()} - {"PRIMARY"}

    def test_postgres(self):
        server = self.enterContext(postgres.Postgres())
        with contextlib.closing(server.connect()) as connection:
            connection.cursor().execute(process.run([gateway.BINARY, "audit", "schema", "postgres"]))
            connection.cursor().execute("grant insert on clawpatrol_records to md5_user")

        def ask(text):
            with contextlib.closing(server.connect()) as connection, connection.cursor() as cursor:
                cursor.execute(text)
                return cursor.fetchall()

        @contextlib.contextmanager
        def sink(kill):
            if server.child.poll() is not None:
                process.Process.__enter__(server)
            yield
            if kill:
                count = "select count(*) from clawpatrol_records"
                process.wait_until(lambda: ask(count)[0][0] > 50, SECONDS, "rows")
                server.child.kill()
                server.child.wait()

        def received():
            rows = ask("select seq, record::text from clawpatrol_records")
            return [(seq, json.loads(record)) for seq, record in rows]

        self.start(f"""
credential "postgres_credential" "sink" {{
  user     = "md5_user"
  database = "{postgres.DATABASE}"
}}
exporter "postgres" "rows" {{
  host          = "127.0.0.1:{server.port}"
  credential    = postgres_credential.sink
  ca_file       = "{server.folder}/ca.crt"
  batch_records = 20
  batch_every   = "100ms"
}}
""", SINK=postgres.PASSWORD)
        self.tortured(sink, received)
        found = ask("select count(distinct journal), count(*) filter (where kind = 'judged' and "
                    "verdict = 'deny' and rule = 'no-ddl' and agent is not null) from clawpatrol_records")
        self.assertEqual(found, [(1, 2)])  # The DROP, and what was no UTF-8.
        sessions = ask("select ssl, application_name from pg_stat_ssl join pg_stat_activity using (pid) "
                       "where usename = 'md5_user'")
        self.assertEqual(sessions, [(True, "clawpatrol")])
        times = ask("select count(*) from clawpatrol_records where record->>'time' <> "
                    "to_char(time at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        self.assertEqual(times, [(0,)])


class Receivers(Exported):
    def kept(self):
        self.assertFalse((self.folder / "wrong").exists(), self.wrong())
        lines = map(json.loads, (self.folder / "received.jsonl").read_text().splitlines())
        return [(int(each["id"].rpartition("-")[2]), each["record"]) for each in lines]

    def wrong(self):
        path = self.folder / "wrong"
        return path.read_text()[:3000] if path.exists() else ""

    def repeats(self):
        path = self.folder / "repeats"
        return path.stat().st_size if path.exists() else 0

    def dying(self, kind, place):
        @contextlib.contextmanager
        def sink(kill):
            with Receiver(kind, place, self.folder, 333 if kill else 0) as running:
                yield
                if kill:
                    self.assertEqual(running.child.wait(SECONDS), -9)
        return sink

    def test_otlp(self):
        port = process.free_port()
        self.start(f"""
credential "bearer_token" "collector" {{}}
exporter "otlp" "collector" {{
  url           = "http://127.0.0.1:{port}"
  credential    = bearer_token.collector
  batch_records = 20
  batch_every   = "100ms"
}}
""", COLLECTOR=receivers.TOKEN)
        self.tortured(self.dying("otlp", port), self.kept)
        self.assertLess(self.repeats(), 100)  # Of the batches that were cut, and no more.

    def syslog(self, kind, place, url, more=""):
        self.start(f"""
exporter "syslog" "siem" {{
  url           = "{url}"
  batch_records = 20
  batch_every   = "100ms"
  {more}
}}
""")
        self.tortured(self.dying(kind, place), self.kept)
        self.assertLess(self.repeats(), 100)

    def test_syslog(self):
        port = process.free_port()
        self.syslog("syslog", port, f"tcp://127.0.0.1:{port}")

    def test_syslog_by_tls(self):
        port = process.free_port()
        certificates.make(self.folder)
        self.syslog("tls", port, f"tls://localhost:{port}", f'ca_file = "{self.folder}/ca.crt"')

    def test_syslog_by_a_unix_socket(self):
        path = self.folder / "syslog.sock"
        self.syslog("unix", path, f"unix://{path}")

    @unittest.skipUnless(rsyslog.PROGRAM, "no rsyslogd")
    def test_rsyslog(self):
        """It writes what it has when it is asked to stop, and nothing when it is killed: so it is asked."""
        server = self.enterContext(rsyslog.Rsyslog())
        self.start(f"""
exporter "syslog" "siem" {{
  url           = "tcp://127.0.0.1:{server.port}"
  batch_records = 20
  batch_every   = "100ms"
}}
""")
        self.work(100)
        self.attack()
        server.stop()
        self.work(50)
        self.restart()
        process.Process.__enter__(server)
        self.work(50)
        journal = self.journal()
        self.wait_for(max(journal))
        server.stop()
        messages = server.received()
        found = {record["seq"]: record for record in (json.loads(text) for *_, text in messages)}
        self.assertEqual({seq: found.get(seq) for seq in journal}, journal)
        self.assertLess(len(messages) - len(found), 100)
        self.assertEqual({(each[0], each[2]) for each in messages}, {("clawpatrol", "audit")})
        self.assertEqual({kind for _, kind, _, _ in messages}, {each["kind"] for each in found.values()})

    def test_s3(self):
        port = process.free_port()
        self.start(f"""
credential "aws_credential" "lake" {{}}
exporter "s3" "lake" {{
  url           = "http://127.0.0.1:{port}"
  bucket        = "records"
  prefix        = "claw/prod"
  region        = "eu-west-1"
  credential    = aws_credential.lake
  batch_records = 20
  batch_every   = "100ms"
}}
""", LAKE_SECRET_ACCESS_KEY=web_aws.KEY, LAKE_ACCESS_KEY_ID=web_aws.KEY_ID)

        def received():
            self.assertEqual(self.wrong(), "")
            texts = [each.read_text() for each in (self.folder / "objects").glob("*.ndjson")]
            records = [json.loads(line) for text in texts for line in text.split("\n")[:-1]]
            return [(record["seq"], record) for record in records]

        self.tortured(self.dying("s3", port), received)

    def test_a_file_of_ocsf_events(self):
        path = self.folder / "events.jsonl"
        self.start(f"""
exporter "ocsf_file" "events" {{
  path          = "{path}"
  batch_records = 20
  batch_every   = "100ms"
}}
""")
        for number in range(4):
            self.work(60, f"round_{number}")
            self.restart()
        self.attack()
        self.gateway.child.kill()
        self.gateway.child.wait()
        with open(path, "ab") as events:
            events.write(b'{"torn":')
        process.Process.__enter__(self.gateway)
        self.work(5, "last")
        journal = self.journal()
        self.wait_for(max(journal))
        judged = [record["action"] for record in journal.values() if record["kind"] == "judged"]
        events = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        actions = [event["metadata"]["uid"] for event in events]
        self.assertEqual(sorted(actions), sorted(judged))
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        # As `audit export` has them, whose order is the same.
        whole = self.gateway.audit("export", "--format", "ocsf").split("\n")[:-1]
        self.assertEqual(events, [json.loads(line) for line in whole][:len(events)])


class Running(Exported):
    """While the gateway runs: reloads, a sink that hangs, what people are shown."""

    def write_config(self, exporters):
        loaded = self.policy()
        text = self.gateway.config.read_text()
        self.gateway.config.write_text(text.partition("exporter ")[0] + exporters)
        process.run([gateway.BINARY, "reload", "--state-dir", self.gateway.folder / "state"])
        process.wait_until(lambda: self.policy() != loaded, SECONDS, "the new policy")

    def policy(self):
        return json.loads(self.verb("status", "--json"))["policy_version"]

    def verb(self, *words):
        return process.run([gateway.BINARY, *words, "--state-dir", self.gateway.folder / "state"])

    def exporter(self, place, more=""):
        return f"""exporter "syslog" "siem" {{
  url           = "tcp://127.0.0.1:{place}"
  batch_records = 20
  batch_every   = "100ms"
  {more}
}}
"""

    def test_a_reload_takes_up_what_changed_and_goes_on_where_it_stood(self):
        first, second = self.folder / "first", self.folder / "second"
        ports = {first: process.free_port(), second: process.free_port()}
        for folder, port in ports.items():
            folder.mkdir()
            self.enterContext(Receiver("syslog", port, folder))
        self.start(self.exporter(ports[first]))
        self.work(30)
        self.wait_for(max(self.journal()))
        for place, more in ((second, 'kinds = ["judged"]'), (first, ""), (first, 'kinds = ["ended"]')):
            self.write_config(self.exporter(ports[place], more))
            self.work(10)
            self.wait_for(max(self.journal()))
        last = max(self.journal())

        def numbers(folder):
            self.assertFalse((folder / "wrong").exists())
            self.assertFalse((folder / "repeats").exists(), "it stood where it was")
            lines = map(json.loads, (folder / "received.jsonl").read_text().splitlines())
            return {each["record"]["seq"]: each["record"]["kind"] for each in lines}

        self.assertEqual(set(numbers(second).values()), {"judged"})
        got = numbers(first)
        whole = {seq: record["kind"] for seq, record in self.journal().items()}
        missing = {whole[seq] for seq in set(whole) - set(got) if seq <= last}
        self.assertNotIn("ended", missing)
        self.assertGreater(len(got), 100)

    def test_a_sink_that_hangs_holds_up_nobody(self):
        """It takes connections and never answers."""
        with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=100)) as deaf:
            self.start(self.exporter(deaf.getsockname()[1]))
            started = time.monotonic()
            self.work(300)
            self.assertLess(time.monotonic() - started, 30)
            started = time.monotonic()
            self.assertEqual(self.gateway.stop(), 0)
            self.assertLess(time.monotonic() - started, 5, "nor does it hold up the end")

    def test_what_people_are_shown(self):
        port = process.free_port()
        self.start(self.exporter(port))
        self.work(10)
        process.wait_until(lambda: self.standing()["state"] == "failing", SECONDS, "a failure")
        one = self.standing()
        self.assertGreaterEqual(one["behind"], 20)
        self.assertGreater(one["failures"], 0)
        self.assertEqual((one["name"], one["target"]), ("syslog.siem", f"127.0.0.1:{port}"))
        self.assertIn("syslog.siem  failing", self.verb("status"))
        table = self.verb("exporters")
        self.assertRegex(table, r"NAME +STATE +LAST +BEHIND")
        self.assertRegex(table, r"syslog\.siem +failing +0 +\d+ \(\d+s\)")
        with Receiver("syslog", port, self.folder):
            self.wait_for(max(self.journal()))
            process.wait_until(lambda: self.standing()["state"] == "current", SECONDS, "no failure")
            self.assertNotIn("why", self.standing())
        self.assertIn("the record is not exported", self.gateway.log())
        self.assertIn("the record is exported again", self.gateway.log())

    def test_what_a_server_says_is_shown_and_the_credential_is_not(self):
        said = [lambda _: b"no \x1b[31mroom"]

        class Refusing(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                text = said[0](self)
                self.send_response(403)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.start(f"""
credential "bearer_token" "collector" {{}}
exporter "otlp" "collector" {{
  url        = "http://127.0.0.1:{server.server_port}"
  credential = bearer_token.collector
}}
""", COLLECTOR=receivers.TOKEN)
            self.work(1)
            for told in ("answered 403: no \\x1b[31mroom", "answered 403: (with the credential in it)"):
                process.wait_until(lambda told=told: self.standing().get("why") == told, SECONDS, told)
                said[0] = lambda handler: bytes(handler.headers)
            server.shutdown()
        self.assertNotIn(receivers.TOKEN, self.gateway.log() + self.verb("status", "--json"))

    def test_without_exporters(self):
        self.start("")
        self.assertEqual(self.verb("exporters"), "the record is exported nowhere\n")
        self.assertEqual(json.loads(self.verb("exporters", "--json")), [])
        self.assertFalse((self.gateway.folder / "state/exports").exists())

    def test_settings_that_cannot_work_stop_the_start(self):
        with self.assertRaisesRegex(RuntimeError, "nowhere.pem"):
            self.start("""
exporter "syslog" "siem" {
  url     = "tls://logs.internal"
  ca_file = "nowhere.pem"
}
""")

    def test_a_certificate_that_does_not_verify_gets_nothing(self):
        port = process.free_port()
        certificates.make(self.folder)
        other = self.folder / "other"
        other.mkdir()
        certificates.make(other)
        with Receiver("tls", port, self.folder):
            self.start(f"""
exporter "syslog" "siem" {{
  url     = "tls://localhost:{port}"
  ca_file = "{other}/ca.crt"
}}
""")
            self.work(5)
            process.wait_until(lambda: self.standing()["state"] == "failing", SECONDS, "a failure")
            self.assertIn("certificate", self.standing()["why"])
        self.assertEqual((self.folder / "received.jsonl").read_text(), "")


if __name__ == "__main__":
    unittest.main()
