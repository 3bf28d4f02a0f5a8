"""Metrics and traces as a receiver of OpenTelemetry's protocol sees them: field by field, in time, and while
it is down."""

import contextlib
import os
import unittest
import unittest.mock

import psycopg2
from gated import Gated
from harness import gateway, otlp, process

KEY = "telemetry-key-0123456789"

RULES = gateway.RULES + """
credential "bearer_token" "otel" {}

telemetry {
  endpoint         = "%s"
  credential       = bearer_token.otel
  service_name     = "gate"
  metrics_interval = "1s"
}
"""


class Telemetry(Gated):
    @classmethod
    def setUpClass(cls):
        cls.receiver = cls.enterClassContext(otlp.Receiver(KEY))
        cls.rules = RULES % cls.receiver.url
        with unittest.mock.patch.dict(os.environ, {"CLAWPATROL_SECRET_OTEL": KEY,
                                                   "OTEL_RESOURCE_ATTRIBUTES": "team=blue%20one"}):
            super().setUpClass()

    def setUp(self):
        self.receiver.refuse = 0

    def execute(self, statement):
        with contextlib.closing(psycopg2.connect(self.gateway.dsn())) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def await_spans(self, name, count):
        process.wait_until(lambda: len(self.receiver.named(name)) >= count, 20, name)
        self.assertEqual(self.receiver.wrong, [])
        return self.receiver.named(name)

    def test_an_action_is_a_span_with_its_execution_inside(self):
        self.execute("select relname from pg_class limit 3")
        execute = self.await_spans("SELECT pg_class", 1)[0]
        self.assertEqual(execute["kind"], 3)
        self.assertEqual(execute["attributes"]["db.system.name"], "postgresql")
        self.assertEqual(execute["attributes"]["db.operation.name"], "SELECT")
        self.assertEqual(execute["attributes"]["db.collection.name"], "pg_class")
        self.assertEqual(execute["attributes"]["db.response.returned_rows"], 3)
        self.assertEqual(execute["attributes"]["server.address"], "127.0.0.1")
        action, = [each for each in self.receiver.named("execute_tool postgres.db")
                   if each["id"] == execute["parent"]]
        self.assertEqual(action["kind"], 2)
        self.assertEqual(action["trace"], execute["trace"])
        self.assertEqual(action["attributes"]["gen_ai.tool.name"], "postgres.db")
        self.assertEqual(action["attributes"]["gen_ai.agent.name"], "anonymous")
        self.assertEqual(action["attributes"]["clawpatrol.rule"], "rest")
        self.assertLessEqual(action["start"], execute["start"])
        self.assertGreaterEqual(action["end"], execute["end"])
        resource = self.receiver.resources[-1]
        self.assertEqual(resource["service.name"], "gate")
        self.assertEqual(resource["team"], "blue one")

    def test_a_refusal_is_an_error(self):
        with self.assertRaises(psycopg2.Error):
            self.execute("drop table never_there")
        def is_there():
            spans = self.receiver.named("execute_tool postgres.db")
            return any(each["status"].get("message") == "denied by rule no-ddl" for each in spans)
        process.wait_until(is_there, 20, "a refusal")
        self.assertEqual(self.receiver.wrong, [])

    def test_metrics_are_the_ones_of_prometheus_and_never_go_back(self):
        self.execute("select 1")
        seen = len(self.receiver.metrics)
        process.wait_until(lambda: len(self.receiver.metrics) > seen + 2, 20, "metrics")
        self.assertEqual(self.receiver.wrong, [])
        first, last = self.receiver.metrics[seen], self.receiver.metrics[-1]
        self.assertIn("claw_decision_seconds", last)
        for name, (kind, points) in first.items():
            if kind == "gauge":
                continue
            for labels, value in points.items():
                self.assertGreaterEqual(last[name][1][labels], value, name)
        allowed = sum(value for labels, value in last["claw_actions_total"][1].items()
                      if ("verdict", "allow") in labels)
        self.assertGreater(allowed, 0)

    def test_what_a_receiver_did_not_take_comes_once_it_does(self):
        self.receiver.refuse = 503
        asked = self.receiver.requests
        self.execute("select relname from pg_class limit 2")
        process.wait_until(lambda: self.receiver.requests > asked, 20, "a request")
        before = len(self.receiver.named("SELECT pg_class"))
        self.receiver.refuse = 0
        self.await_spans("SELECT pg_class", before + 1)


if __name__ == "__main__":
    unittest.main()
