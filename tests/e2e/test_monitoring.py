"""The alert rules and the dashboard that are shipped: every rule fires in a case, is quiet in another and has
its page in the book; they speak of metrics that a gateway has, and leave none out without a reason."""

import json
import re
import shutil
import unittest

import psycopg2
import yaml
from gated import Gated
from harness import gateway, process

FOLDER = process.ROOT / "deploy/monitoring"
BOOK = process.ROOT / "docs/monitoring.md"

# What the dashboard does not show, and why.
LEFT_OUT = {}

# There only once a channel has been told something, with an exporter or an MCP server; their tests see them.
LATER = {"claw_notices_total", "claw_notice_seconds",
         "claw_export_behind_records", "claw_export_behind_seconds", "claw_export_records_total",
         "claw_export_failures_total", "claw_export_missed_total", "claw_export_refused_total",
         "claw_mcp_server_up", "claw_mcp_server_starts_total", "claw_mcp_definitions",
         "claw_mcp_requests_total", "claw_mcp_request_seconds", "claw_sandbox_endings_total"}

_METRIC = re.compile(r"\bclaw_[a-z_]+\b")


def names_in(text):
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in _METRIC.findall(text)}


def rules():
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels():
    return json.loads((FOLDER / "dashboard.json").read_text())["panels"]


class Files(unittest.TestCase):
    def promtool(self, *words):
        if shutil.which("promtool") is None:
            self.skipTest("no promtool")
        return process.run(["promtool", *words], cwd=FOLDER)

    def test_the_rules_are_rules(self):
        self.assertIn("SUCCESS", self.promtool("check", "rules", "rules.yml"))

    def test_the_cases_come_out_as_they_say(self):
        self.assertIn("SUCCESS", self.promtool("test", "rules", "rules_test.yml"))

    def test_every_rule_fires_in_a_case_and_is_quiet_in_another(self):
        fires, quiet = set(), set()
        for case in yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]:
            for one in case["alert_rule_test"]:
                (fires if one["exp_alerts"] else quiet).add(one["alertname"])
        names = {rule["alert"] for rule in rules()}
        self.assertGreater(len(names), 10)
        self.assertEqual(fires, names)
        self.assertEqual(quiet, names)

    def test_every_rule_has_its_page(self):
        text = BOOK.read_text()
        for rule in rules():
            name = rule["alert"]
            with self.subTest(name):
                self.assertIn(f"\n### {name}\n", text)
                self.assertEqual(rule["annotations"]["runbook"], f"docs/monitoring.md#{name.lower()}")
                severity = rule["labels"]["severity"]
                self.assertIn(f"\n### {name}\n\n*{severity}.* ", text)
        self.assertEqual({rule["alert"] for rule in rules()}, set(re.findall(r"^### (Claw\w+)$", text, re.M)))

    def test_panels_are_told_apart_and_say_what_they_show(self):
        found = panels()
        self.assertEqual(len({panel["id"] for panel in found}), len(found))
        rows = [panel["title"] for panel in found if panel["type"] == "row"]
        self.assertEqual(rows, ["Traffic", "Verdicts", "Approvals", "Latency", "Destructive", "Journal",
                                "Anomalies", "Exports", "MCP servers", "Sandboxes",
                                "The gateway itself"])
        for panel in found:
            if panel["type"] != "row":
                self.assertTrue(panel["targets"] and panel["title"])


class Metrics(Gated):
    def metrics(self):
        return process.run(["curl", "-sS", "--fail", "--unix-socket",
                            self.gateway.folder / "state/admin.sock", "http://operators/metrics"])

    settings = """
  approval_timeout = "1s"
"""
    rules = gateway.RULES + """
rule "asks" {
  endpoint  = postgres.db
  priority  = 50
  condition = "sql.verb == 'truncate'"
  approve   = [builtin.dashboard]
}
"""

    def test_rules_and_dashboard_speak_of_metrics_there_are_and_leave_none_out(self):
        with self.cursor() as cursor:
            cursor.execute("select 1")
            for statement in ("drop table never_there", "truncate never_there", "select * from never_there"):
                with self.assertRaises(psycopg2.Error):
                    cursor.execute(statement)
        text = self.metrics()
        there = set(re.findall(r"^# TYPE (claw_\w+) ", text, re.MULTILINE)) | LATER
        targets = [target for panel in panels() for target in panel.get("targets", [])]
        shown = set().union(*(names_in(target["expr"]) for target in targets))
        told = set().union(*(names_in(rule["expr"]) for rule in rules()))
        self.assertEqual(sorted(shown - there), [], "in the dashboard and not in /metrics")
        self.assertEqual(sorted(told - there), [], "in the rules and not in /metrics")
        self.assertEqual(sorted(there - shown - set(LEFT_OUT)), [], "in /metrics and not in the dashboard")

    def test_what_a_day_brings_is_counted(self):
        with self.cursor() as cursor:
            with self.assertRaises(psycopg2.Error):
                cursor.execute("truncate never_there")  # Nobody answers.
        text = self.metrics()
        self.assertRegex(text, r'claw_approvals_total\{answer="expired"\} [1-9]')
        self.assertRegex(text, r'claw_destructive_actions_total\{[^}]*verdict="deny"\} [1-9]')
        self.assertRegex(text, r"claw_journal_fails 0")


if __name__ == "__main__":
    unittest.main()
