"""Operators: the first start, signing in, who may do what, live events, and the attacks on all of it."""

import concurrent.futures
import contextlib
import json
import re
import socket
import ssl
import subprocess
import threading
import time

import psycopg2

from gated import Gated
from harness import gateway, operators, process
from harness.operators import DOCUMENT, Events, Operator

PORT = process.free_port()


class Operators(Gated):
    settings = f"""
  admin {{
    listen = "127.0.0.1:{PORT}"
  }}
"""
    rules = """
    rule "ask" {
      endpoint  = postgres.db
      condition = "sql.verb == 'delete'"
      approve   = [builtin.dashboard]
      reason    = "deletions are looked at"
    }

    rule "no-ddl" {
      endpoint  = postgres.db
      priority  = 100
      condition = "sql.verb == 'drop'"
      verdict   = "deny"
    }

    rule "never" {
      endpoint  = postgres.db
      priority  = 90
      condition = "sql.verb == 'vacuum'"
      verdict   = "deny"
    }

    rule "rest" {
      endpoint = postgres.db
      priority = -1
      verdict  = "allow"
    }
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.early = {path: Operator(PORT).get(path).status for path in
                     ("/api/v1/status", "/api/v1/approvals", "/openapi.yaml", "/metrics", "/api/v1/session")}
        cls.link = re.search(r"(https://\S+)/#/first/(\S+)", cls.gateway.log())
        cls.ann = Operator(PORT)
        cls.first_answer = cls.ann.first(cls.link[2])
        cls.secret = cls.ann.set_totp()
        cls.codes = iter(range(1, 100))
        cls.people = {"ann": cls.ann}
        for role in ("viewer", "approver", "operator"):
            body = {"name": role, "role": role, "groups": ["dba"]}
            invite = cls.ann.post("/api/v1/people", body).json["invite"]
            person = Operator(PORT)
            accepted = person.post("/api/v1/session/invite", {
                "link": invite.rsplit("/", 1)[1], "password": operators.PASSWORD})
            assert accepted.status == 200, accepted.body
            cls.people[role] = person

    def setUp(self):
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(8))
        self.addCleanup(self.deny_all)

    def deny_all(self):
        """What a test that failed has left waiting."""
        for each in self.ann.get("/api/v1/approvals?state=open").json:
            self.ann.post(f"/api/v1/approvals/{each['id']}/deny")

    def run_sql(self, statement):
        with self.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount

    def hold(self, statement="delete from orders where id = -1"):
        """A statement that waits, and its question's id."""
        before = {each["id"] for each in self.ann.get("/api/v1/approvals?state=open").json}
        running = self.agents.submit(self.run_sql, statement)

        def asked():
            return [each["id"] for each in self.ann.get("/api/v1/approvals?state=open").json
                    if each["id"] not in before]
        process.wait_until(asked, 10, "the question")
        return running, asked()[0]

    # --- The first start

    def test_nothing_is_served_before_there_is_an_admin(self):
        self.assertEqual(self.early, {"/api/v1/status": 503, "/api/v1/approvals": 503, "/openapi.yaml": 503,
                                      "/metrics": 503, "/api/v1/session": 200})
        self.assertEqual(self.first_answer.status, 200)
        self.assertEqual(self.first_answer.json["state"], "signed_in")
        again = Operator(PORT).first(self.link[2], "mallory")
        self.assertIn(again.status, (401, 409))

    def test_the_session_cookie_is_for_us_alone(self):
        answer = Operator(PORT).sign_in("viewer")
        cookie = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
            self.assertIn(word, cookie)

    # --- The document and the server

    def test_every_answer_is_as_the_document_says(self):
        """Each GET of the document is called; harness.operators holds the answer against its schema."""
        with contextlib.suppress(psycopg2.Error):
            self.run_sql("drop table nothing")
        self.run_sql("select 1")
        running, question = self.hold()
        action = self.ann.get("/api/v1/actions?verdict=deny").json["actions"][0]
        session = self.ann.get("/api/v1/sessions").json["sessions"][0]
        values = {"/api/v1/approvals/{id}": question, "/api/v1/actions/{id}": action["action"],
                  "/api/v1/sessions/{session}": session["session"]}
        called = 0
        for path, methods in DOCUMENT["paths"].items():
            if "get" not in methods or path in ("/api/v1/events", "/api/v1/session/oidc"):
                continue
            if "callbacks" in path or "operations" in path or "oidc" in path or path.endswith("/terminal"):
                continue
            answer = self.ann.get(re.sub("{(id|session)}", values.get(path, ""), path))
            self.assertEqual(answer.status, 200, (path, answer.body))
            called += 1
        self.assertGreater(called, 20)
        terminal = self.ann.get(f"/api/v1/actions/{action['action']}/terminal")
        self.assertEqual(terminal.status, 404, "a statement has no stream")
        detail = self.ann.get(f"/api/v1/actions/{action['action']}").json
        self.assertEqual([each["rule"] for each in detail["why"] if each["answer"] == "yes"][:1], ["no-ddl"])
        draft = self.ann.post(f"/api/v1/actions/{action['action']}/rule", {"verdict": "deny"}).json
        self.assertIn("sql.verb == ", draft["hcl"])
        self.ann.post(f"/api/v1/approvals/{question}/deny", {"comment": "no"})
        with self.assertRaises(psycopg2.Error):
            running.result(10)

    def test_the_documents_routes_are_the_servers(self):
        """A route of the document is never an unknown path."""
        for path, methods in DOCUMENT["paths"].items():
            for method in methods:
                if method == "parameters" or "events" in path:
                    continue
                concrete = re.sub(r"\{\w+\}", "x", path)
                answer = Operator(PORT).ask(method.upper(), concrete)
                may_be_none = any(word in path for word in ("callbacks", "operations", "oidc"))
                never = (405, 500) if may_be_none else (404, 405, 500)
                self.assertNotIn(answer.status, never, (method, path))

    # --- Roles

    def test_a_viewer_may_look_and_nothing_else(self):
        viewer = self.people["viewer"]
        running, question = self.hold()
        for path, methods in DOCUMENT["paths"].items():
            for method, said in methods.items():
                if method in ("parameters", "get") or said["x-role"] in ("none", "viewer"):
                    continue
                concrete = path.replace("{id}", question).replace("{name}", "ann").replace("{slot}", "-")
                answer = viewer.ask(method.upper(), concrete, {})
                self.assertEqual((answer.status, answer.code), (403, "denied"), (method, path))
        shown = viewer.get(f"/api/v1/approvals/{question}").json
        self.assertFalse(shown["you"]["may_answer"])
        self.assertEqual(self.people["approver"].post(f"/api/v1/approvals/{question}/allow").status, 200)
        running.result(10)

    def test_an_approver_answers_once_and_two_at_once_are_told(self):
        running, question = self.hold()
        shown = self.ann.get(f"/api/v1/approvals/{question}").json
        wrong = self.ann.post(f"/api/v1/approvals/{question}/allow", {"fingerprint": "0" * 64})
        self.assertEqual((wrong.status, wrong.code), (409, "conflict"))
        people = [self.people["approver"], self.ann, self.people["operator"]]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda each: each.post(
                f"/api/v1/approvals/{question}/allow", {"fingerprint": shown["fingerprint"]}), people))
        self.assertEqual(sorted(each.status for each in answers), [200, 409, 409])
        self.assertEqual(running.result(10), 0)
        self.assertIn("approval_answered", self.gateway.audit("search", question, "--json"))

    def test_a_token_does_what_its_scopes_say(self):
        secret = self.people["operator"]
        made = secret.post("/api/v1/tokens", {"label": "watch", "scopes": ["read"], "days": 1}).json
        self.assertTrue(made["token"].startswith("clawo_"))
        program = Operator(PORT, token=made["token"])
        self.assertEqual(program.get("/api/v1/status").status, 200)
        self.assertEqual(program.post("/api/v1/reload").status, 403)
        self.assertEqual(program.post("/api/v1/tokens", {"label": "x", "scopes": ["read"]}).status, 403)
        more = secret.post("/api/v1/tokens", {"label": "too much", "scopes": ["admin"]})
        if more.status == 200:
            strong = Operator(PORT, token=more.json["token"])
            self.assertEqual(strong.post("/api/v1/people", {"name": "eve", "role": "admin"}).status, 403)
        self.assertEqual(secret.ask("DELETE", f"/api/v1/tokens/{made['id']}").status, 200)
        self.assertEqual(program.get("/api/v1/status").status, 401)

    def test_people_come_and_go(self):
        answer = self.ann.post("/api/v1/people", {"name": "bob", "role": "approver"})
        self.assertEqual(answer.status, 200, answer.body)
        bob = Operator(PORT)
        link = answer.json["invite"].rsplit("/", 1)[1]
        def accept(person, password=operators.PASSWORD):
            return person.post("/api/v1/session/invite", {"link": link, "password": password}).status
        self.assertEqual(accept(bob, "short"), 400)
        self.assertEqual(accept(bob), 200)
        self.assertEqual(accept(Operator(PORT)), 401)
        self.assertEqual(bob.get("/api/v1/status").json["role"], "approver")
        self.assertEqual(self.ann.ask("PATCH", "/api/v1/people/bob", {"disabled": True}).status, 200)
        self.assertEqual(bob.get("/api/v1/status").status, 401)
        self.assertEqual(self.ann.ask("DELETE", "/api/v1/people/bob").status, 200)
        self.assertNotEqual(self.ann.ask("PATCH", "/api/v1/people/ann", {"role": "viewer"}).status, 200)

    # --- Attacks

    def test_a_request_of_another_site_is_refused(self):
        ann = self.ann
        for headers in ({"Origin": "https://evil.example"}, {"Origin": None}, {"Origin": "null"},
                        {"X-CSRF-Token": None}, {"X-CSRF-Token": "x" * 40}, {"Sec-Fetch-Site": "cross-site"},
                        {"Origin": f"https://localhost:{PORT}.evil.example"}):
            answer = ann.post("/api/v1/reload", headers=headers)
            self.assertEqual((answer.status, answer.code), (403, "csrf"), headers)
        login = Operator(PORT).post("/api/v1/session/password", {"name": "ann", "password": "x"},
                                    headers={"Origin": "https://evil.example"})
        self.assertEqual((login.status, login.code), (403, "csrf"))
        form = ann.post("/api/v1/reload", b"{}", headers={"Content-Type": "text/plain"})
        self.assertEqual(form.status, 415)
        self.assertEqual(ann.post("/api/v1/reload").status, 200)

    def test_a_name_that_is_not_ours_is_not_served(self):
        rebound = {"Host": f"rebound.example:{PORT}"}
        self.assertEqual(self.ann.get("/api/v1/status", headers=rebound).status, 421)

    def test_a_session_that_somebody_planted_is_not_taken_over(self):
        planted = "A" * 43
        victim = Operator(PORT)
        victim.cookie = planted
        self.assertEqual(victim.get("/api/v1/status").status, 401)
        victim.sign_in("viewer")
        self.assertNotEqual(victim.cookie, planted)
        both = self.ann.get("/api/v1/status", headers={"Cookie": f"claw_session={planted}; claw_session="
                                                                 f"{self.ann.cookie}"})
        self.assertEqual(both.status, 401)

    def test_an_agents_token_opens_nothing(self):
        for token in (gateway.TOKEN, "clawp_" + "a" * 49, "clawo_" + "a" * 49, ""):
            for path in ("/api/v1/approvals", "/api/v1/status", "/metrics"):
                self.assertEqual(Operator(PORT, token=token or "x").get(path).status, 401, token)

    def test_paths_cannot_be_played_with(self):
        for path in ("/api/v1/../v1/status", "//api/v1/status", "/api/v1/status/", "/API/v1/status",
                     "/api/v1/approvals/..%2fstatus", "/api/v1/people/%00", "/api/v1/approvals/%2e%2e",
                     "/index.html/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/status;x=1"):
            answer = self.ann.get(path)
            self.assertIn(answer.status, (400, 404), path)
            self.assertNotIn(b"root:", answer.body)

    def test_headers_cannot_be_smuggled(self):
        for sent in (b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n",
                     b"GET /api/v1/session HTTP/1.1\r\nHost : localhost\r\n\r\n",
                     b"GET /api/v1/session HTTP/1.1\nHost: localhost\n\n",
                     b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"):
            answer = operators.raw(PORT, sent)
            self.assertRegex(answer, rb"^HTTP/1.1 4\d\d ", sent[:80])
        answer = self.ann.get("/api/v1/approvals?state=%0d%0aSet-Cookie:x")
        self.assertIsNone(answer.headers["Set-Cookie"])

    def test_every_answer_has_its_headers(self):
        for path in ("/", "/api/v1/status", "/nowhere", "/openapi.yaml"):
            headers = self.ann.get(path).headers
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"], path)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("max-age", headers["Strict-Transport-Security"])
            self.assertNotIn("unsafe", headers["Content-Security-Policy"])

    def test_old_tls_is_not_spoken(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with socket.create_connection(("127.0.0.1", PORT)) as plain, context.wrap_socket(plain) as stream:
                stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if not stream.recv(1):
                    raise ConnectionError

    def test_whoever_tries_passwords_is_locked_out_for_a_while(self):
        def tried(name, times):
            return {Operator(PORT).sign_in(name, f"wrong password number {i}").status for i in range(times)}
        self.assertIn(429, tried("operator", 12))
        self.assertLessEqual(tried("nobody-at-all", 2), {401, 429, 503})

    def test_held_connections_keep_nobody_out(self):
        """More idle connections than there is room for; whoever comes then is served all the same."""
        idle = []
        try:
            for _ in range(1500):
                idle.append(socket.create_connection(("127.0.0.1", PORT), timeout=5))
            self.assertEqual(self.ann.get("/api/v1/status").status, 200)
        finally:
            for each in idle:
                each.close()

    # --- Live

    def test_events_tell_what_happens_within_two_seconds(self):
        with Events(self.ann) as events:
            self.assertEqual(events.next()["event"], "status")
            started = time.monotonic()
            running, question = self.hold()
            event = events.until("approval", lambda data: data["id"] == question)
            self.assertLess(time.monotonic() - started, 2.5)
            self.assertEqual(event["data"]["state"], "open")
            self.assertTrue(event["data"]["you"]["may_answer"])
            self.ann.post(f"/api/v1/approvals/{question}/allow")
            judged = events.until("action", lambda data: data["kind"] == "judged")
            event = events.until("approval", lambda data: data["id"] == question)
            self.assertEqual(event["data"]["state"], "allowed")
            self.assertEqual(judged["data"]["verdict"], "allow")
            running.result(10)
        # Somebody who was away for a moment misses nothing.
        self.run_sql("select 'while away'")
        with Events(self.ann, last=judged["id"]) as events:
            event = events.until("action", lambda data: "while away" in data.get("text", ""))
            self.assertGreater(int(event["id"]), int(judged["id"]))

    def test_events_end_with_the_session(self):
        person = Operator(PORT)
        person.sign_in("viewer")
        with Events(person) as events:
            events.next()
            self.assertEqual(person.ask("DELETE", "/api/v1/session").status, 200)
            deadline = time.monotonic() + 25
            while events.next() is not None:
                self.assertLess(time.monotonic(), deadline)

    def test_two_hundred_wait_at_once(self):
        running, question = self.hold()
        token = self.ann.post("/api/v1/tokens", {"label": "crowd", "scopes": ["read"]}).json["token"]
        program = Operator(PORT, token=token)
        ready, answers = threading.Semaphore(0), []

        def wait():
            ready.release()
            answers.append(program.get(f"/api/v1/approvals/{question}?wait=60", seconds=90).json["state"])
        waiting = [threading.Thread(target=wait) for _ in range(200)]
        for each in waiting:
            each.start()
        listening = [Events(program) for _ in range(50)]
        time.sleep(2)
        started = time.monotonic()
        self.assertEqual(self.ann.post(f"/api/v1/approvals/{question}/allow").status, 200)
        self.assertLess(time.monotonic() - started, 2)
        running.result(10)
        for each in waiting:
            each.join(60)
        self.assertEqual(answers, ["allowed"] * 200)
        for each in listening:
            self.assertIsNotNone(each.until("approval", lambda data: data["state"] == "allowed"))
            each.connection.close()

    def test_a_reader_that_does_not_read_holds_nobody_up(self):
        with socket.create_connection(("127.0.0.1", PORT)) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as stream:
                stream.sendall((f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: claw_session="
                                f"{self.ann.cookie}\r\n\r\n").encode())
                with self.cursor() as cursor:
                    for _ in range(400):
                        cursor.execute("select " + "'" + "x" * 8000 + "'")
                self.assertEqual(self.ann.get("/api/v1/status").status, 200)
                with Events(self.ann) as events:
                    self.run_sql("select 'still told'")
                    events.until("action", lambda data: "still told" in data.get("text", ""))

    # --- The rest

    def test_a_candidate_policy_is_tried_on_what_was_done(self):
        self.run_sql("select 42")
        candidate = self.gateway.config.read_text().replace("sql.verb == 'vacuum'", "sql.verb == 'select'")
        answer = self.people["operator"].post("/api/v1/policy/simulate", {"files": {"a.hcl": candidate}})
        self.assertEqual(answer.status, 200, answer.body)
        changed = answer.json["changed"]
        self.assertTrue(any(each["was"] == "allow" and each["now"] == "deny" and each["rule_now"] == "never"
                            for each in changed), answer.body)
        broken = self.people["operator"].post("/api/v1/policy/simulate", {"files": {"a.hcl": "rule {"}}).json
        self.assertTrue(any(each["severity"] == "error" and each["line"] == 1 for each in broken["issues"]))

    def test_rules_tell_how_often_they_decided(self):
        self.run_sql("select 1")
        rules = {each["name"]: each for each in self.ann.get("/api/v1/policy").json["rules"]}
        self.assertGreater(rules["rest"]["hits"]["allow"], 0)
        self.assertEqual(rules["never"]["hits"], {"allow": 0, "deny": 0, "approve": 0})
        self.assertNotIn("last_hit", rules["never"])

    def test_the_journal_is_verified_on_request(self):
        answer = self.people["operator"].post("/api/v1/audit/verify", seconds=60).json
        self.assertEqual(answer["verified"]["state"], "ok", answer)

    def test_the_command_line_asks_the_same(self):
        state = ["--state-dir", self.gateway.folder / "state", "--json"]

        def said(*words):
            return json.loads(process.run([gateway.BINARY, *words, *state]))
        self.run_sql("select 1")
        self.assertTrue(said("actions", "list")["actions"])
        self.assertTrue(said("sessions", "list")["sessions"])
        self.assertIn("ann", [each["name"] for each in said("people", "list")])
        self.assertTrue(said("policy", "show")["rules"])
        self.assertEqual(said("breakglass", "list"), [])
        token = self.ann.post("/api/v1/tokens", {"label": "cli", "scopes": ["read"]}).json["token"]
        certificate = self.gateway.folder / "ca.pem"
        process.run([gateway.BINARY, "ca", "export", *state[:2], certificate])
        environment = {"PATH": "/usr/bin", "CLAWPATROL_URL": f"https://localhost:{PORT}",
                       "CLAWPATROL_TOKEN": token, "CLAWPATROL_CA": str(certificate), "HOME": "/nonexistent"}
        remote = json.loads(process.run([gateway.BINARY, "status", "--json"], env=environment))
        self.assertEqual(remote["role"], "admin")
        done = subprocess.run([gateway.BINARY, "reload"], env=environment, capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_nobody_at_the_socket_answers_as_somebody_else(self):
        running, question = self.hold()
        done = subprocess.run([gateway.BINARY, "approvals", "approve", question, "--as", "bob", "--state-dir",
                               self.gateway.folder / "state"], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("accounts", done.stderr)
        process.run([gateway.BINARY, "approvals", "deny", question, "--state-dir",
                     self.gateway.folder / "state"])
        with self.assertRaises(psycopg2.Error):
            running.result(10)
