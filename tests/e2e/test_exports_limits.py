"""Exports to servers that take so much and no more, that ask who we are, or that are sent less by gzip."""

import gzip
import http.server
import json
import pathlib
import ssl
import threading
import unittest

import psycopg2

from harness import certificates, process, web_aws
from test_exports import SECONDS, Exported, Receiver

LONGEST = 60_000


class Bounded(http.server.ThreadingHTTPServer):
    """An OTLP receiver that answers 413 to what is longer than it takes, packed as it comes."""

    def __init__(self, longest=LONGEST, tls=None):
        self.longest, self.received, self.too_long, self.heads, self.people = longest, {}, 0, [], []
        super().__init__(("127.0.0.1", 0), Answering)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.shutdown()
        self.server_close()


class Answering(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heads.append(dict(self.headers))
        if isinstance(self.connection, ssl.SSLSocket):
            self.server.people.append(dict(each[0] for each in self.connection.getpeercert()["subject"]))
        if len(body) > self.server.longest:
            self.server.too_long += 1
            return self.answer(413)
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        for resource in json.loads(body)["resourceLogs"]:
            for scope in resource["scopeLogs"]:
                for record in scope["logRecords"]:
                    name = next(each["value"]["stringValue"] for each in record["attributes"]
                                if each["key"] == "log.record.uid")
                    self.server.received[int(name.rpartition("-")[2])] = record
        return self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Limits(Exported):
    def exporter(self, server, more="", scheme="http", host="127.0.0.1"):
        return f"""
exporter "otlp" "collector" {{
  url         = "{scheme}://{host}:{server.server_port}"
  batch_every = "100ms"
  {more}
}}
"""

    def test_a_batch_that_is_too_much_is_halved_until_it_fits(self):
        with Bounded() as server:
            self.start(self.exporter(server))
            self.work(400)
            last = max(self.journal())
            self.wait_for(last)
            self.assertEqual(sorted(server.received)[:last], list(range(1, last + 1)))
            self.assertGreater(server.too_long, 0)
            one = self.standing()
            self.assertEqual((one["missed"], one["failures"]), (0, 0))
            self.assertNotIn("why", one)

    def test_one_record_that_is_too_long_is_passed_over_and_told(self):
        with Bounded() as server:
            self.start(self.exporter(server))
            self.work(5)
            with psycopg2.connect(self.gateway.dsn()) as connection, connection.cursor() as cursor:
                cursor.execute("select '" + "x" * (LONGEST + 1000) + "'")
            self.work(5, "after")
            journal = self.journal()
            [lost] = [seq for seq, record in journal.items() if len(record.get("text", "")) > LONGEST]
            self.wait_for(max(journal))
            self.assertEqual(set(journal) - set(server.received), {lost})
            self.assertEqual(self.standing()["missed"], 1)
            self.assertIn("a record is too long for a sink", self.gateway.log())

    def test_a_server_that_takes_nothing_loses_no_record(self):
        with Bounded(longest=10) as server:
            self.start(self.exporter(server))
            self.work(3)
            process.wait_until(lambda: self.standing()["state"] == "failing", SECONDS, "a failure")
            self.assertIn("answered 413", self.standing()["why"])
            server.longest = LONGEST
            self.wait_for(max(self.journal()))
            self.assertEqual(self.standing()["missed"], 0)
            self.assertEqual(min(server.received), 1)

    def test_gzip(self):
        with Bounded() as server:
            self.start(self.exporter(server, "gzip = true"))
            self.work(400)
            self.wait_for(max(self.journal()))
            self.assertEqual(server.too_long, 0, "packed it fits")
            self.assertEqual({each["Content-Encoding"] for each in server.heads}, {"gzip"})
            self.assertEqual(min(server.received), 1)

    def test_gzip_in_a_bucket(self):
        port = process.free_port()
        folder = self.folder
        with Receiver("s3", port, folder):
            self.start(f"""
credential "aws_credential" "lake" {{}}
exporter "s3" "lake" {{
  url         = "http://127.0.0.1:{port}"
  bucket      = "records"
  prefix      = "claw/prod"
  region      = "eu-west-1"
  credential  = aws_credential.lake
  gzip        = true
  batch_every = "100ms"
}}
""", LAKE_SECRET_ACCESS_KEY=web_aws.KEY, LAKE_ACCESS_KEY_ID=web_aws.KEY_ID)
            self.work(50)
            journal = self.journal()
            self.wait_for(max(journal))
        wrong = folder / "wrong"
        self.assertFalse(wrong.exists(), wrong.read_text() if wrong.exists() else "")
        lines = [line for each in sorted((folder / "objects").glob("*.ndjson.gz"))
                 for line in gzip.decompress(each.read_bytes()).decode().split("\n")[:-1]]
        found = {record["seq"]: record for record in map(json.loads, lines)}
        self.assertEqual({seq: found.get(seq) for seq in journal}, journal)

    def test_a_server_that_asks_is_shown_a_certificate(self):
        certificates.make(self.folder, client="gateway")
        asks = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        asks.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        asks.load_verify_locations(self.folder / "ca.crt")
        asks.verify_mode = ssl.CERT_REQUIRED
        more = f'ca_file = "{self.folder}/ca.crt"\n'
        with Bounded(tls=asks) as server:
            self.start(self.exporter(server, more, "https", "localhost"))
            self.work(5)
            process.wait_until(lambda: self.standing()["state"] == "failing", SECONDS, "a failure")
            self.assertEqual(server.received, {})
            self.gateway.stop()
            self.start(f"""
credential "mtls_credential" "collector" {{}}
""" + self.exporter(server, more + "  client_certificate = mtls_credential.collector", "https", "localhost"),
                       COLLECTOR_CERT=(self.folder / "client.crt").read_text(),
                       COLLECTOR_KEY=(self.folder / "client.key").read_text())
            self.work(5)
            self.wait_for(max(self.journal()))
            self.assertEqual(server.people[-1]["commonName"], "gateway")
            self.assertNotIn("PRIVATE", pathlib.Path(self.gateway.folder / "log").read_text())

    def test_what_is_no_certificate_stops_the_start(self):
        with self.assertRaisesRegex(RuntimeError, "is no mtls_credential"):
            self.start("""
credential "bearer_token" "other" {}
exporter "otlp" "collector" {
  url                = "https://collector.internal"
  client_certificate = bearer_token.other
}
""")


if __name__ == "__main__":
    unittest.main()
