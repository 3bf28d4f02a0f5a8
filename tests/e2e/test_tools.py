"""Tool calls: an agent that opens no socket but the gateway's does its work through the tool endpoint, and
what it does is judged, held, recorded and lent its credential like anything else."""

import contextlib
import json
import os
import socket
import threading
import time
import unittest

from harness import gateway, postgres, process, tool_gateway, web

RULES = """
rule "no-drop-by-tool" {
  endpoint  = tools.local
  priority  = 100
  patterns  = ["drop table"]
  verdict   = "deny"
  reason    = "tables stay"
  hint      = "describe the change in your report"
}

rule "writes-ask" {
  endpoint  = tools.local
  priority  = 50
  condition = "tool.name == 'postgres.query' && tool.args.sql.contains('delete')"
  approve   = [builtin.dashboard]
}

rule "posts-ask" {
  endpoint  = tools.local
  priority  = 50
  condition = "tool.name == 'http.request' && tool.args.method == 'POST'"
  approve   = [builtin.dashboard]
}

rule "calls" {
  endpoint = tools.local
  verdict  = "allow"
}

rule "db-writes-ask" {
  endpoint  = postgres.db
  priority  = 50
  condition = "sql.effects.exists(e, e in ['modify', 'delete'])"
  approve   = [builtin.dashboard]
}

rule "db-truncate" {
  endpoint  = postgres.db
  priority  = 60
  condition = "sql.verb == 'truncate'"
  verdict   = "deny"
  reason    = "nothing is emptied"
}

rule "db" {
  endpoint = postgres.db
  verdict  = "allow"
}

rule "api-posts-ask" {
  endpoint  = https.api
  priority  = 50
  condition = "http.method == 'post'"
  approve   = [builtin.dashboard]
}

rule "api-no-delete" {
  endpoint  = https.api
  priority  = 60
  condition = "http.method == 'delete'"
  verdict   = "deny"
  reason    = "nothing is deleted here"
}

rule "api" {
  endpoint = https.api
  verdict  = "allow"
}
"""


class Tools(unittest.TestCase):
    rules = RULES
    endpoint = ""

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.web = cls.enterClassContext(web.Server())
        cls.gateway = cls.enterClassContext(
            tool_gateway.ToolGateway(cls.database, cls.web, cls.rules, cls.endpoint))

    def setUp(self):
        self.web.forget()
        self.addCleanup(self.deny_all)

    def deny_all(self):
        for each in self.gateway.waiting():
            self.gateway.approvals("deny", each["id"])

    def later(self, call):
        """Something asked in the background: call the result to wait for its answer."""
        outcome = []
        thread = threading.Thread(target=lambda: outcome.append(call()), daemon=True)
        thread.start()

        def wait():
            thread.join(30)
            self.assertTrue(outcome, "no answer")
            return outcome[0]
        return wait

    def ask_server(self, query):
        with contextlib.closing(self.database.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]


class Calls(Tools):
    def test_a_query_gives_its_rows(self):
        status, said = self.gateway.call("postgres.query", {
            "sql": "select id, owner, balance > 0 as rich, null as nothing from accounts where id = $1",
            "parameters": [7]}, reasoning="who is it?", session="alert-1")
        self.assertEqual(status, 200, said)
        self.assertEqual(said["result"]["rows"], [[7, "owner 7", False, None]])
        names = [each["name"] for each in said["result"]["columns"]]
        self.assertEqual(names, ["id", "owner", "rich", "nothing"])
        self.assertEqual(said["result"]["command"], "SELECT 1")
        self.assertEqual([each["verdict"] for each in said["actions"]], ["allow"])

    def test_the_call_and_what_it_does_are_one_tree_in_the_record(self):
        _, said = self.gateway.query("select 41 + 1", reasoning="why not", session="tree")
        call, = self.gateway.records(kind="judged", family="tool", action=said["action"])
        self.assertEqual((call["agent"], call["session"], call["reasoning"]), ("bot", "bot/tree", "why not"))
        under = self.gateway.records(kind="judged", call=said["action"])
        self.assertEqual([each["action"] for each in under], [each["id"] for each in said["actions"]])
        self.assertEqual(under[0]["agent"], "bot")
        shown = self.gateway.audit("show", said["action"])
        self.assertIn(under[0]["action"], shown)
        ended, = self.gateway.records(kind="ended", action=said["action"])
        self.assertEqual((ended["ending"], ended["detail"]), ("ok", "SELECT 1"))

    def test_rows_are_cut_off_and_that_is_said(self):
        series = "select generate_series(1, {})"
        _, said = self.gateway.call("postgres.query", {"sql": series.format(50), "rows_max": 3})
        self.assertEqual(said["result"]["rows"], [[1], [2], [3]])
        self.assertTrue(said["result"]["truncated"])
        _, said = self.gateway.call("postgres.query", {"sql": series.format(3), "rows_max": 3})
        self.assertFalse(said["result"]["truncated"])

    def test_a_mistake_of_sql_is_told_in_the_servers_words(self):
        status, said = self.gateway.query("select * from nothing_here")
        self.assertEqual((status, said["code"]), (422, "42P01"), said)
        self.assertIn("nothing_here", said["detail"])

    def test_a_request_gives_the_answer_and_no_secret(self):
        status, said = self.gateway.call("http.request", {
            "method": "get", "url": "https://api.test/echo?x=1", "headers": {"X-Mine": "yes"}})
        self.assertEqual(status, 200, said)
        seen = json.loads(said["result"]["body"])
        self.assertEqual((said["result"]["status"], seen["path"]), (200, "/echo?x=1"))
        self.assertEqual(self.web.requests[0]["headers"]["authorization"], f"Bearer {tool_gateway.SECRET}")
        self.assertEqual(self.web.requests[0]["headers"]["x-mine"], "yes")
        self.assertNotIn(tool_gateway.SECRET, json.dumps(said))
        self.assertNotIn(tool_gateway.SECRET.encode(), self.gateway.written())
        self.assertNotIn(postgres.PASSWORD.encode(), self.gateway.written())

    def test_cookies_stay_and_bytes_come_as_base64(self):
        _, said = self.gateway.call("http.request", {"method": "GET", "url": "https://api.test/cookies"})
        self.assertNotIn("set-cookie", said["result"]["headers"])
        _, said = self.gateway.call("http.request", {"method": "GET", "url": "https://api.test/bytes/70000"})
        self.assertEqual(len(said["result"]["body"]), 70000)

    def test_a_denied_call_is_told_why(self):
        status, said = self.gateway.query("DROP\n  TABLE accounts")
        self.assertEqual(status, 403, said)
        self.assertEqual(said["denied"]["rule"], "no-drop-by-tool")
        self.assertEqual(said["denied"]["hint"], "describe the change in your report")
        self.assertIn("tables stay", said["denied"]["reason"])
        self.assertEqual(self.gateway.records(kind="judged", call=said["action"]), [])

    def test_what_is_under_a_call_is_judged_too(self):
        status, said = self.gateway.query("truncate accounts")
        self.assertEqual((status, said["denied"]["rule"]), (403, "db-truncate"), said)
        self.assertNotEqual(said["denied"]["action"], said["action"])
        self.assertEqual(self.ask_server("select count(*) from accounts"), 100)
        status, said = self.gateway.call("http.request", {"method": "DELETE", "url": "https://api.test/echo"})
        self.assertEqual((status, said["denied"]["rule"]), (403, "api-no-delete"), said)
        self.assertEqual(self.web.requests, [])


class Held(Tools):
    def test_one_answer_is_for_the_call_and_the_statement_that_it_is(self):
        answer = self.later(lambda: self.gateway.query("delete from orders where id = 1",
                                                       reasoning="a duplicate"))
        question = self.gateway.one_waiting()
        self.assertIn("delete from orders where id = 1", question["text"])
        self.assertEqual(question["agent_says"], "a duplicate")
        self.gateway.approvals("approve", question["id"])
        status, said = answer()
        self.assertEqual((status, said["result"]["command"]), (200, "DELETE 1"), said)
        under, = self.gateway.records(kind="judged", call=said["action"])
        self.assertEqual((under["verdict"], under["rule"]), ("allow", "db-writes-ask"))
        self.assertTrue(under.get("approver"), under)

    def test_and_for_a_whole_request(self):
        answer = self.later(lambda: self.gateway.call("http.request", {
            "method": "POST", "url": "https://api.test/echo", "body": {"name": "eve"}}))
        question = self.gateway.one_waiting()
        self.assertIn("eve", question["text"])
        self.gateway.approvals("approve", question["id"])
        status, said = answer()
        self.assertEqual(status, 200, said)
        self.assertEqual(json.loads(self.web.requests[0]["body"]), {"name": "eve"})

    def test_no_is_no(self):
        answer = self.later(lambda: self.gateway.query("delete from orders where id = 2"))
        self.gateway.approvals("deny", self.gateway.one_waiting()["id"])
        status, said = answer()
        self.assertEqual(status, 403, said)
        self.assertIn("said no", said["denied"]["reason"])
        self.assertEqual(self.ask_server("select count(*) from orders where id = 2"), 1)

    def test_what_nobody_saw_beforehand_asks_itself(self):
        answer = self.later(lambda: self.gateway.query("update orders set note = 'x' where id = 3"))
        question = self.gateway.one_waiting()
        self.assertEqual(question["endpoint"], "postgres.db")
        self.gateway.approvals("approve", question["id"])
        self.assertEqual(answer()[0], 200)

    def test_whoever_leaves_takes_it_back(self):
        connection = self.gateway.open("POST", "/v1/tools/postgres.query",
                                       {"arguments": {"sql": "delete from orders where id = 4"}})
        self.gateway.one_waiting()
        connection.close()
        process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")
        self.assertEqual(self.ask_server("select count(*) from orders where id = 4"), 1)

    def test_a_held_call_is_cancelled_by_its_id(self):
        connection, events = self.gateway.events("postgres.query", {"sql": "delete from orders where id = 5"})
        with contextlib.closing(connection):
            name, said = next(events)
            self.assertEqual(name, "call")
            self.gateway.one_waiting()
            self.assertEqual(self.gateway.ask("DELETE", f"/v1/calls/{said['call']}", agent="other")[0], 404)
            self.assertEqual(self.gateway.ask("DELETE", f"/v1/calls/{said['call']}")[0], 202)
            last = list(events)[-1]
        self.assertEqual((last[0], last[1]["status"]), ("end", 499), last)

    def test_a_running_statement_is_cancelled_on_the_wire(self):
        connection, events = self.gateway.events("postgres.query", {"sql": "select pg_sleep(60)"})
        with contextlib.closing(connection):
            said = dict([next(events)])["call"]
            active = ("select count(*) from pg_stat_activity where state = 'active' "
                      "and query like 'select pg_sleep(60)%'")
            process.wait_until(lambda: self.ask_server(active) == 1, 20, "the statement")
            self.gateway.ask("DELETE", f"/v1/calls/{said['call']}")
            last = list(events)[-1]
        self.assertEqual((last[0], last[1]["status"]), ("end", 499), last)
        process.wait_until(lambda: self.ask_server(active) == 0, 10, "the cancel")

    def test_events_tell_what_happens(self):
        connection, events = self.gateway.events("postgres.query",
                                                 {"sql": "delete from orders where id in (6, 7)"})
        with contextlib.closing(connection):
            seen = [next(events), next(events)]
            self.gateway.approvals("approve", self.gateway.one_waiting()["id"])
            seen += list(events)
        names = [name for name, _ in seen]
        self.assertEqual((names[:2], names[-2:]), (["call", "held"], ["running", "end"]), names)
        self.assertEqual(seen[-1][1]["result"]["command"], "DELETE 2")
        connection, events = self.gateway.events("http.request", {
            "method": "GET", "url": "https://api.test/chunks/3?wait=0.1"})
        with contextlib.closing(connection):
            pieces = [said["text"] for name, said in events if name == "output"]
        self.assertEqual("".join(pieces), "data: 0\n\ndata: 1\n\ndata: 2\n\n")
        self.assertGreater(len(pieces), 1)


class Keys(Tools):
    def test_a_call_that_is_sent_twice_runs_once(self):
        insert = {"sql": "insert into orders (account, note) values (1, 'once') returning id"}
        first = self.gateway.call("postgres.query", insert, idempotency_key="k1")
        self.assertEqual(first[0], 200, first)
        self.assertEqual(self.gateway.call("postgres.query", insert, idempotency_key="k1"), first)
        self.assertEqual(self.ask_server("select count(*) from orders where note = 'once'"), 1)
        status, said = self.gateway.call("postgres.query", {"sql": "select 1"}, idempotency_key="k1")
        self.assertEqual((status, said["pointer"]), (409, "/idempotency_key"))
        self.assertEqual(self.gateway.call("postgres.query", {"sql": "select 1"}, agent="other",
                                           idempotency_key="k1")[0], 200)

    def test_both_wait_for_the_one_that_runs(self):
        delete = lambda: self.gateway.query("delete from orders where id = 8", idempotency_key="k2")
        answers = [self.later(delete), self.later(delete)]
        question = self.gateway.one_waiting()
        self.gateway.approvals("approve", question["id"])
        first, second = [answer() for answer in answers]
        self.assertEqual(first, second)
        self.assertEqual(first[1]["result"]["command"], "DELETE 1")


class Mistakes(Tools):
    def refused(self, body, status=400, tool="postgres.query", **options):
        found, said = self.gateway.ask("POST", f"/v1/tools/{tool}", body, **options)
        self.assertEqual(found, status, said)
        return said

    def test_who_are_you(self):
        for fields in ({"agent": None}, {"agent": None, "Authorization": "Bearer clawp_wrong"},
                       {"agent": None, "Authorization": "Basic Ym90Og=="}):
            with self.subTest(fields):
                self.assertEqual(self.gateway.ask("GET", "/v1/tools", **fields)[0], 401)
        self.assertEqual(self.gateway.ask("GET", "/v1/tools", Origin="https://evil.example")[0], 403)

    def test_the_kernel_says_who_is_at_the_socket(self):
        answer = self.gateway.by_socket(b"GET /v1/tools HTTP/1.1\r\nHost: localhost\r\n\r\n")
        known = os.getuid() != 0
        self.assertIn(b" 200 " if known else b" 401 ", answer.split(b"\r\n")[0])
        token = tool_gateway.TOKENS["bot"].encode()
        answer = self.gateway.by_socket(b"GET /v1/tools HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                        + token + b"\r\n\r\n")
        self.assertIn(b" 200 ", answer.split(b"\r\n")[0])

    def test_tools_are_listed_as_the_agent_has_them(self):
        tools = self.gateway.ask("GET", "/v1/tools")[1]["tools"]
        self.assertEqual([tool["name"] for tool in tools], ["postgres.query", "http.request"])
        self.assertEqual(tools[0]["input_schema"]["required"], ["sql"])
        tools = self.gateway.ask("GET", "/v1/tools?format=openai")[1]["tools"]
        self.assertEqual(tools[0]["function"]["name"], "postgres_query")
        tools = self.gateway.ask("GET", "/v1/tools?format=anthropic")[1]["tools"]
        self.assertEqual(set(tools[0]), {"name", "description", "input_schema"})
        self.assertEqual(self.gateway.call("postgres_query", {"sql": "select 1"})[0], 200)

    def test_mistakes_are_pointed_at(self):
        said = self.refused("{}", 404, tool="postgres.qery")
        self.assertIn("did you mean `postgres.query`", said["detail"])
        self.assertIn("no tool", self.refused("{}", 404, tool="github.request")["detail"])
        cases = {
            '{"arguments": {}}': "/arguments/sql",
            '{"arguments": {"sql": 1}}': "/arguments/sql",
            '{"arguments": {"sql": "select 1; select 2"}}': "/arguments/sql",
            '{"arguments": {"sqll": "select 1"}}': "/arguments/sqll",
            '{"arguments": {"sql": "select 1", "rows_max": 0}}': "/arguments/rows_max",
            '{"arguments": {"sql": "select 1", "parameters": [{}]}}': "/arguments/parameters",
            '{"arguments": {"sql": "select 1", "endpoint": "postgres.x"}}': "/arguments/endpoint",
            '{"arguments": [], "agent": "other"}': "/agent",
            '{"session": "a b", "arguments": {"sql": "select 1"}}': "/session",
        }
        for body, pointer in cases.items():
            with self.subTest(body):
                self.assertEqual(self.refused(body).get("pointer"), pointer)
        for name in ("Host", "Content-Length", "Transfer-Encoding", "Clawpatrol-HITL-Operation", "X\nY"):
            body = {"arguments": {"method": "GET", "url": "https://api.test/", "headers": {name: "1"}}}
            with self.subTest(name):
                self.refused(body, tool="http.request")
        for url in ("http://api.test/", "https://evil.example/", "https://api.test:444/",
                    "https://a@api.test/", "https://api.test/a b", "/x"):
            with self.subTest(url):
                said = self.refused({"arguments": {"method": "GET", "url": url}}, tool="http.request")
                self.assertEqual(said["pointer"], "/arguments/url")
        self.assertEqual(self.web.requests, [])

    def test_what_is_no_json_is_refused(self):
        deep = '{"arguments": ' + "[" * 100 + "]" * 100 + "}"
        no_text = '{"arguments": {"sql": "\ud800"}}'.encode("utf-8", "surrogatepass")
        for body in ("", "{", '{"arguments": {"sql": "a", "sql": "b"}}', deep, "[" * 100_000, no_text,
                     "[]", "null"):
            with self.subTest(body[:40]):
                self.refused(body)
        self.refused('{"arguments": {"sql": "' + "x" * 1_200_000 + '"}}', 413)
        with contextlib.suppress(OSError):  # It may be closed before all of it was sent.
            found, _ = self.gateway.ask("POST", "/v1/tools/postgres.query", "x" * 6_000_000)
            self.assertEqual(found, 413)
        self.refused("a=1", 415, Content_Type="text/plain")
        self.assertEqual(self.gateway.ask("GET", "/v1/nothing")[0], 404)
        self.assertEqual(self.gateway.ask("PUT", "/v1/tools")[0], 405)


class Away(Tools):
    endpoint = "calls_per_agent = 2"
    rules = """
approver "human_approver" "ops" {
  channel           = "builtin"
  sync_wait_timeout = "1s"
  async_grant {
    enabled = true
  }
}
""" + RULES.replace("builtin.dashboard", "human_approver.ops")

    def test_an_agent_is_sent_away_and_comes_back(self):
        call = lambda **more: self.gateway.query("delete from orders where id = 9", **more)
        status, said = call()
        self.assertEqual(status, 202, said)
        held = said["held"]
        state = lambda: self.gateway.ask("GET", held["status_url"])[1]["state"]
        self.assertEqual(state(), "pending_approval")
        self.assertEqual(self.gateway.ask("GET", f"/v1/operations/{held['operation_id']}?token=x")[0], 404)
        self.gateway.approvals("approve", held["operation_id"])
        process.wait_until(lambda: state() == "approved_waiting_for_retry", 20, "the approval")
        status, said = call(operation=held["operation_id"])
        self.assertEqual((status, said["result"]["command"]), (200, "DELETE 1"), said)
        self.assertEqual(call(operation=held["operation_id"])[0], 403)

    def test_a_key_names_the_operation(self):
        call = lambda: self.gateway.query("delete from orders where id = 10", idempotency_key="away")
        status, said = call()
        self.assertEqual(status, 202, said)
        self.gateway.approvals("approve", said["held"]["operation_id"])
        status, said = call()
        self.assertEqual((status, said["result"]["command"]), (200, "DELETE 1"), said)
        self.assertEqual(call(), (status, said))

    def test_only_so_many_at_once(self):
        open_ones = [self.gateway.events("postgres.query", {"sql": f"select pg_sleep(20), {number}"})
                     for number in range(2)]
        for _, events in open_ones:
            self.assertEqual(next(events)[0], "call")
        self.assertEqual(self.gateway.query("select 1")[0], 429)
        self.assertEqual(self.gateway.query("select 1", agent="other")[0], 200)
        for connection, _ in open_ones:
            connection.close()
        process.wait_until(lambda: self.gateway.query("select 1")[0] == 200, 20, "room")


class Reloads(Tools):
    def write(self, listen, marker):
        """Other addresses, and wait until they were taken or refused."""
        text = self.gateway.config.read_text()
        head, _, rest = text.partition("  listen = [")
        self.gateway.config.write_text(f"{head}  listen = [{listen}]\n{rest.partition(chr(10))[2]}")
        before = self.gateway.log().count(marker)
        process.wait_until(lambda: self.gateway.log().count(marker) > before, 15, marker)

    def test_doors_come_and_go_and_what_runs_at_one_that_stays_goes_on(self):
        text = self.gateway.config.read_text()
        kept, more, taken = f'"127.0.0.1:{self.gateway.port}"', process.free_port(), socket.socket()
        self.addCleanup(self.gateway.config.write_text, text)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        self.addCleanup(taken.close)
        idle = self.gateway.open("GET", "/v1/tools")
        self.addCleanup(idle.close)
        idle.getresponse().read()
        self.write(f'{kept}, "127.0.0.1:{more}"', "policy reloaded")
        self.assertTrue(process.accepts(more))
        self.write(f'{kept}, "127.0.0.1:{taken.getsockname()[1]}"', "reload failed")
        self.assertTrue(process.accepts(more), "nothing changes where one cannot be opened")
        self.write(kept, "policy reloaded")
        process.wait_until(lambda: not process.accepts(more), 10, "the door to be closed")
        idle.request("GET", "/v1/tools", headers={"Authorization": f"Bearer {tool_gateway.TOKENS['bot']}"})
        self.assertEqual(idle.getresponse().status, 200, "the connection was left alone")


class Poor(Tools):
    rules = RULES + """
rule "extra" {
  endpoint = tools.local
  priority = 200
  condition = "agent.name == 'other'"
  verdict   = "deny"
  reason    = "not this one"
}
"""

    def test_default_is_deny_where_nothing_allows(self):
        self.assertEqual(self.gateway.query("select 1", agent="other")[1]["denied"]["rule"], "extra")
