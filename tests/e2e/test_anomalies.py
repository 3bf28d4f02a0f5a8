"""What an agent does unlike itself, from the wire to the record, the metrics, the channel and the rules."""

import contextlib
import http.server
import json
import os
import threading
import unittest
import unittest.mock

import psycopg2
from gated import Gated
from harness import process

RULES = """
credential "webhook_secret" "hook" {}

channel "webhook" "events" {
  credential = webhook_secret.hook
  url        = "%s"
}

approver "human_approver" "ops" {
  channel = webhook.events
}

anomalies {
  learn       = "1s"
  sensitivity = "high"
  notify      = [human_approver.ops]
}

rule "unlike-itself" {
  endpoint  = postgres.db
  priority  = 200
  condition = "'denials' in session.anomalies"
  verdict   = "deny"
  reason    = "this agent is looked at"
}

rule "no-ddl" {
  endpoint  = postgres.db
  priority  = 100
  condition = "sql.verb == 'drop'"
  verdict   = "deny"
}

rule "rest" {
  endpoint = postgres.db
  verdict  = "allow"
}
"""


class Anomalies(Gated):
    @classmethod
    def setUpClass(cls):
        cls.heard = heard = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.rules = RULES % f"http://127.0.0.1:{server.server_port}/hook"
        with unittest.mock.patch.dict(os.environ, {"CLAWPATROL_SECRET_HOOK": "whsec_" + "QUJD" * 8}):
            super().setUpClass()

    def connect(self):
        connection = psycopg2.connect(self.gateway.dsn())
        connection.autocommit = True
        return contextlib.closing(connection)

    def ask(self, path):
        socket_path = self.gateway.folder / "state/admin.sock"
        return process.run(["curl", "-sS", "--fail", "--unix-socket", socket_path, "http://operators" + path])

    def anomalies(self):
        lines = self.gateway.audit("search", "--kind", "anomaly", "--json").splitlines()
        return [json.loads(line) for line in lines]

    def test_probing_is_found_recorded_told_and_known_to_rules(self):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("select 1")
            for number in range(8):
                with self.assertRaises(psycopg2.Error):
                    cursor.execute(f"drop table t{number}")
            process.wait_until(self.anomalies, 20, "a finding")
            finding = self.anomalies()[0]
            self.assertEqual(finding["what"], "denials")
            self.assertEqual(finding["subject"], "no-ddl")
            self.assertEqual(finding["endpoint"], "postgres.db")
            self.assertEqual(finding["number"], 6)
            self.assertIn("refused by rule `no-ddl` within ten minutes", finding["detail"])
            with self.assertRaisesRegex(psycopg2.Error, "this agent is looked at"):
                cursor.execute("select 1")
        process.wait_until(lambda: self.heard, 20, "a message")
        self.assertEqual(self.heard[0]["type"], "clawpatrol.anomaly.found")
        self.assertEqual(self.heard[0]["data"]["summary"], finding["detail"])
        self.assertRegex(self.ask("/metrics"), r'claw_anomalies_total\{kind="denials"\} 1')
        listed = json.loads(self.ask("/api/v1/actions?kind=anomaly"))
        self.assertEqual(listed["actions"][0]["what"], "denials")


if __name__ == "__main__":
    unittest.main()
