"""What an operator sees and does while it runs: health, metrics, status, reloads, signals."""

import json
import shutil
import signal
import subprocess
import unittest
import urllib.error
import urllib.request

import psycopg2
from gated import Gated
from harness import gateway, process


class Operations(Gated):
    def command(self, *words):
        return process.run([gateway.BINARY, *words, "--state-dir", self.gateway.folder / "state"])

    def status(self):
        return json.loads(self.command("status", "--json"))

    def rewrite(self, before, after):
        text = self.gateway.config.read_text()
        self.assertIn(before, text)
        self.gateway.config.write_text(text.replace(before, after))

    def test_a_changed_policy_is_taken_and_a_bad_one_is_not(self):
        with self.cursor() as cursor:  # Open all the while: rules change for connections that are there too.
            cursor.execute("select 1")
            before = self.status()["policy_version"]
            self.rewrite("sql.verb == 'drop'", "sql.verb in ['drop', 'vacuum']")
            process.wait_until(lambda: self.status()["policy_version"] != before, 10, "the new policy")
            with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("vacuum orders")
            good = self.status()["policy_version"]
            self.rewrite("'vacuum']", "'vacuum'")
            process.wait_until(lambda: self.status().get("reload_error"), 10, "the failed reload")
            self.assertEqual(self.status()["policy_version"], good)
            self.assertIn("gateway.hcl:", self.status()["reload_error"])
            with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("vacuum orders")
            self.rewrite("'vacuum'", "'vacuum']")
            process.wait_until(lambda: not self.status().get("reload_error"), 10, "the mended policy")

    def test_the_socket_is_for_its_owner(self):
        asked = subprocess.run(["setpriv", "--reuid=nobody", "--clear-groups", str(gateway.BINARY), "status",
                                "--state-dir", str(self.gateway.folder / "state")],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(asked.returncode, 1, asked.stdout)

    def test_signals_reload_and_stop(self):
        with gateway.Gateway(self.server) as one:
            before = one.log().count("policy reloaded")
            one.child.send_signal(signal.SIGHUP)
            process.wait_until(lambda: one.log().count("policy reloaded") > before, 10, "the reload")
            self.assertEqual(one.stop(), 0, one.log())
            self.assertIn("stopped", one.audit("export", "--format", "jsonl"))

    def test_a_second_gateway_does_not_share_the_journal(self):
        second = subprocess.run([str(gateway.BINARY), "gateway", str(self.gateway.config)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                                timeout=30)
        self.assertEqual(second.returncode, 1, second.stdout)


class Metrics(Gated):
    @classmethod
    def setUpClass(cls):
        cls.port = process.free_port()
        cls.settings = f'admin {{ metrics = "127.0.0.1:{cls.port}" }}'
        super().setUpClass()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def test_health_and_metrics(self):
        with self.cursor() as cursor:
            cursor.execute("select 1")
        self.assertEqual(self.get("/healthz"), "ok\n")
        self.assertEqual(self.get("/readyz"), "ready\n")
        self.assertRegex(self.get("/metrics"), r'claw_actions_total\{[^}]*verdict="allow"[^}]*\} [1-9]')
        self.assertIn("claw_build_info", self.get("/metrics"))

    def test_nobody_decides_over_the_metrics_address(self):
        with self.assertRaises(urllib.error.HTTPError) as raised:
            self.get("/api/v1/approvals")
        self.assertEqual(raised.exception.code, 403)

    @unittest.skipUnless(shutil.which("promtool"), "no promtool")
    def test_prometheus_likes_them(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.get("/metrics"), text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout)
