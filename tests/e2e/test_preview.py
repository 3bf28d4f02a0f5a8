"""What a person is shown of an action before it runs, and that looking changes nothing."""

import json
import os
import threading

import psycopg2

from harness import process
from harness.gateway import BINARY
from harness.kube_case import DIRECT, PROXY, Kubernetes
from harness.web_case import Https
from gated import Gated


def deny(folder, question):
    process.run([BINARY, "approvals", "deny", question["id"], "--state-dir", folder / "state"])


def waiting(folder):
    return json.loads(process.run([BINARY, "approvals", "list", "--json", "--state-dir", folder / "state"]))


def one_waiting(folder, pieces=1):
    """The question, once what could be looked up is there."""
    def has_evidence():
        questions = waiting(folder)
        return questions and len(questions[0]["evidence"]) >= pieces
    process.wait_until(has_evidence, 20, "the evidence")
    return waiting(folder)[0]


class Rows(Gated):
    rules = """
rule "writes-ask" {
  endpoint  = postgres.db
  condition = "sql.effects.exists(e, e in ['modify', 'delete'])"
  approve   = [builtin.dashboard]
  preview   = true
}

rule "setup" {
  endpoint  = postgres.db
  condition = "sql.verb in ['set', 'set role', 'begin', 'insert']"
  verdict   = "allow"
}
"""

    @classmethod
    def prepare(cls):
        with cls.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("""
create schema shop;
grant usage on schema shop to public;
create table shop.orders as select i as id, i % 10 as k from generate_series(1, 500) i;
create table touched(n int);
create function shop.touch(int) returns bool language sql as
  'insert into public.touched values ($1) returning true';
grant all on shop.orders, touched to public;
""")
        connection.close()

    def held(self, *statement, before=()):
        """Runs a statement on an agent's connection in the background; the question about it."""
        connection = psycopg2.connect(self.gateway.dsn())
        self.addCleanup(connection.close)
        outcome = []

        def run():
            try:
                with connection.cursor() as cursor:
                    for each in before:
                        cursor.execute(each)
                    cursor.execute(*statement)
                    outcome.append(cursor.rowcount)
            except psycopg2.Error as error:
                outcome.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        question = one_waiting(self.gateway.folder)
        deny(self.gateway.folder, question)
        thread.join(20)
        return {each["title"]: each for each in question["evidence"]}

    def test_the_rows_and_the_plan_are_shown(self):
        found = self.held("delete from shop.orders where k = 3")
        self.assertEqual(found["rows its condition finds now"]["text"], "50")
        self.assertIn("Delete on orders", found["plan"]["text"])
        self.assertEqual(self.ask_server("select count(*) from shop.orders"), 500)

    def test_names_mean_what_they_mean_in_the_session(self):
        found = self.held("update orders set k = 0 where id <= 7", before=["set search_path = shop"])
        self.assertEqual(found["rows its condition finds now"]["text"], "7")

    def test_looking_runs_nothing_that_writes(self):
        found = self.held("delete from shop.orders where shop.touch(id)")
        self.assertTrue(found["rows its condition finds now"]["failed"])
        self.assertIn("read-only", found["rows its condition finds now"]["text"])
        self.assertEqual(self.ask_server("select count(*) from touched"), 0)

    def test_what_was_shown_is_on_record_and_told_again(self):
        self.held("delete from shop.orders where k = 3")
        lines = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        judged = [line for line in lines if line["kind"] == "judged" and line.get("evidence")][-1]
        seen = {each["title"]: each for each in judged["evidence"]}
        self.assertEqual(seen["rows its condition finds now"]["text"], "50")
        self.assertIn("Delete on orders", seen["plan"]["text"])
        told = process.run([BINARY, "replay", judged["action"], "--no-wait",
                            "--state-dir", self.gateway.folder / "state"])
        self.assertIn("seen        rows its condition finds now", told)
        self.assertIn("| 50", told)

    def test_previews_are_on_record_as_such(self):
        self.held("delete from shop.orders where id = 1")
        lines = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        previews = [line for line in lines if line.get("preview_of")]
        self.assertTrue(previews)
        self.assertTrue(all(line["verdict"] == "allow" for line in previews if line["kind"] == "judged"))


class Target(Https):
    parts = {"rules": """
rule "deletes-ask" {
  endpoint  = https.api
  condition = "http.method == 'delete'"
  approve   = [builtin.dashboard]
  preview   = true
}

rule "secret" {
  endpoint  = https.api
  condition = "http.path.startsWith('/cookie')"
  verdict   = "deny"
  priority  = 10
}
"""}

    def held(self, path):
        child = process.Process(["curl", "-sS", "--cacert", self.gateway.authority(), "-x",
                                 f"http://127.0.0.1:{self.gateway.proxy}", "-X", "DELETE",
                                 f"https://api.test{path}"], self.gateway.folder / "curl")
        with child:
            question = one_waiting(self.gateway.folder)
            deny(self.gateway.folder, question)
            process.wait_until(lambda: child.child.poll() is not None, 20, "the answer")
        return question["evidence"]

    def test_what_would_be_deleted_is_shown(self):
        shown, = self.held("/echo")
        self.assertEqual(shown["title"], "as it is now")
        self.assertFalse(shown["failed"], shown)
        self.assertIn('"method": "GET"', shown["text"])
        self.assertEqual({request["method"] for request in self.server.requests}, {"GET"})


class Cluster(Kubernetes):
    parts = {"rules": """
rule "changes-ask" {
  endpoint  = kubernetes.prod
  condition = "k8s.verb in ['patch', 'delete', 'update'] && !k8s.dry_run"
  approve   = [builtin.dashboard]
  preview   = true
}

rule "reads" {
  endpoint  = kubernetes.prod
  condition = "k8s.verb in ['get', 'list', 'watch'] || k8s.resource == ''"
  verdict   = "allow"
}
"""}

    def held(self, *words):
        self.needs_gateway()
        child = process.Process(["kubectl", *words], os.path.join(self.folder, "log"), env=self.env(PROXY))
        with child:
            question = one_waiting(self.gateway.folder, pieces=3)
            deny(self.gateway.folder, question)
            process.wait_until(lambda: child.child.poll() is not None, 20, "the answer")
        self.assertIn("said no", child.log())
        return question["evidence"]

    def test_the_servers_own_dry_run_says_what_would_change(self):
        body, before, change = self.held("scale", "deploy/web", "--replicas=7")
        self.assertEqual([each["title"] for each in (body, before)], ["body", "as it is now"])
        self.assertEqual(change["kind"], "diff", change)
        self.assertIn('+    "replicas": 7', change["text"])
        self.assertNotIn("7", self.good(DIRECT, "get", "deploy/web", "-o",
                                           "jsonpath={.spec.replicas}"))
