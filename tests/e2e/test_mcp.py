"""The tool endpoint as an MCP server, before the SDKs that agents use, over HTTP and over stdio."""

import contextlib
import json
import os
import subprocess
import unittest

from test_tools import RULES
from harness import gateway, mcp, postgres, process, tool_gateway, web

LINK = "https://gate.example:9443"


class Mcp(unittest.TestCase):
    rules = RULES
    endpoint = ""

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        mcp.install()
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.web = cls.enterClassContext(web.Server())
        cls.gateway = cls.enterClassContext(tool_gateway.ToolGateway(
            cls.database, cls.web, cls.rules, cls.endpoint, f'public_url = "{LINK}"'))
        cls.url = f"http://127.0.0.1:{cls.gateway.port}/mcp"

    def setUp(self):
        self.addCleanup(self.deny_all)

    def deny_all(self):
        for each in self.gateway.waiting():
            self.gateway.approvals("deny", each["id"])

    def client(self, agent="bot", **options):
        options.setdefault("url", self.url)
        return self.enterContext(mcp.Client(token=tool_gateway.TOKENS[agent], **options))

    def ask_server(self, query):
        with contextlib.closing(self.database.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]


class Conversations:
    """What every client has, however it is connected; `connect` is the subclass's."""

    def test_tools_are_listed_and_called(self):
        client = self.connect()
        tools = {tool["name"]: tool for tool in client.do("tools/list")["tools"]}
        self.assertEqual(list(tools), ["postgres_query", "http_request"])
        schema = tools["postgres_query"]["inputSchema"]
        self.assertEqual(schema["required"], ["sql"])
        self.assertIn("reasoning", schema["properties"])
        self.assertEqual(tools["postgres_query"]["annotations"]["readOnlyHint"], False)
        self.assertEqual(tools["http_request"]["annotations"]["destructiveHint"], True)
        said = client.call("postgres_query", {"sql": "select 41 + 1 as n"}, reasoning="to know it")
        self.assertEqual(said["structuredContent"]["rows"], [[42]], said)
        self.assertEqual(json.loads(said["content"][0]["text"]), said["structuredContent"])
        self.assertFalse(said["isError"])
        action = said["_meta"]["clawpatrol/call"]["action"]
        record, = self.gateway.records(kind="judged", family="tool", action=action)
        self.assertEqual((record["agent"], record["reasoning"]), ("bot", "to know it"))
        self.assertTrue(record["session"].startswith("bot/mcp"), record["session"])

    def test_a_model_says_why_in_an_argument(self):
        said = self.connect().call("postgres.query", {"sql": "select 1", "reasoning": "the alert says so"})
        action = said["_meta"]["clawpatrol/call"]["action"]
        record, = self.gateway.records(kind="judged", family="tool", action=action)
        self.assertEqual(record["reasoning"], "the alert says so")
        self.assertNotIn("alert", json.dumps(record.get("arguments", record.get("facts", {}))))

    def test_a_denied_call_is_told_why(self):
        said = self.connect().call("postgres_query", {"sql": "drop table accounts"})
        self.assertTrue(said["isError"], said)
        text = said["content"][0]["text"]
        for word in ("no-drop-by-tool", "tables stay", "describe the change in your report"):
            self.assertIn(word, text)
        self.assertEqual(said["structuredContent"]["denied"]["rule"], "no-drop-by-tool")

    def test_mistakes_and_failures_are_results(self):
        client = self.connect()
        said = client.call("postgres_query", {"sqll": "select 1"})
        self.assertTrue(said["isError"], said)
        self.assertIn("did you mean `sql`", said["content"][0]["text"])
        said = client.call("postgres_query", {"sql": "select * from nothing_here"})
        self.assertEqual((said["isError"], said["structuredContent"]["code"]), (True, "42P01"), said)
        self.assertEqual(client.call("no_such_tool", {})["code"], -32602)

    def test_a_held_call_waits_with_progress_and_runs_once_it_is_allowed(self):
        client = self.connect()
        number = client.ask("tools/call", {
            "name": "postgres_query", "_meta": {"clawpatrol/reasoning": "old"},
            "arguments": {"sql": f"delete from orders where id = {self.row()}"}})
        progress = client.progress(number)
        question = self.gateway.one_waiting()
        self.assertIn(f"{LINK}/#/approvals/{question['id']}", progress["message"])
        self.assertEqual(question["agent_says"], "old")
        waiting = client.do("resources/read", {"uri": "clawpatrol://approvals"})
        self.assertEqual([each["id"] for each in json.loads(waiting["contents"][0]["text"])["waiting"]],
                         [question["id"]])
        self.gateway.approvals("approve", question["id"])
        said = client.answer(number)
        self.assertEqual(said["structuredContent"]["command"], "DELETE 1", said)

    def test_a_cancelled_call_is_taken_back(self):
        client = self.connect()
        row = self.row()
        number = client.ask("tools/call", {"name": "postgres_query",
                                           "arguments": {"sql": f"delete from orders where id = {row}"}})
        self.gateway.one_waiting()
        client.stop(number)
        process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")
        self.assertEqual(self.ask_server(f"select count(*) from orders where id = {row}"), 1)
        number = client.ask("tools/call", {"name": "postgres_query",
                                           "arguments": {"sql": f"select pg_sleep(60), {row}"}})
        active = (f"select count(*) from pg_stat_activity where state = 'active' "
                  f"and query like 'select pg_sleep(60), {row}%'")
        process.wait_until(lambda: self.ask_server(active) == 1, 20, "the statement")
        client.stop(number)
        process.wait_until(lambda: self.ask_server(active) == 0, 20, "the cancel")
        self.assertEqual(client.call("postgres_query", {"sql": "select 1"})["isError"], False)

    def test_resources_say_what_is_this_agents(self):
        client = self.connect()
        uris = [each["uri"] for each in client.do("resources/list")["resources"]]
        self.assertEqual(uris, ["clawpatrol://policy", "clawpatrol://approvals"])
        said = client.do("resources/read", {"uri": "clawpatrol://policy"})["contents"][0]
        policy = json.loads(said["text"])
        self.assertEqual((policy["agent"], policy["tools"]), ("bot", ["postgres_query", "http_request"]))
        self.assertEqual(sorted(policy["endpoints"]), ["https.api", "postgres.db"])
        self.assertNotIn("drop table", said["text"])
        said = client.do("resources/read", {"uri": "clawpatrol://nothing"})
        self.assertIn(said["code"], (-32002, -32602), said)
        self.assertEqual(client.do("prompts/list")["prompts"], [])

    def test_a_key_runs_a_call_once(self):
        client = self.connect()
        insert = {"sql": f"insert into orders (account, note) values (1, 'k{self.row()}') returning id"}
        first = client.call("postgres_query", insert, idempotency_key=insert["sql"][-30:])
        again = client.call("postgres_query", insert, idempotency_key=insert["sql"][-30:])
        self.assertFalse(first["isError"], first)
        self.assertEqual(first["structuredContent"], again["structuredContent"])

    rows = iter(range(11, 90))

    def row(self):
        return next(Conversations.rows)


class Sdk(Conversations, Mcp):
    """The SDK most agents have: sessions, version 2025-11-25."""

    def connect(self, **options):
        client = self.client(**options)
        self.assertEqual(client.connected["connected"]["name"], "clawpatrol", client.connected)
        return client

    def test_it_has_a_session_and_ends_it(self):
        client = self.connect()
        self.assertTrue(client.connected["session"])
        self.assertEqual(client.connected["version"], "2025-11-25")
        self.assertEqual(client.do("ping"), {})

    def test_who_has_no_token_learns_where_to_ask(self):
        said = self.enterContext(mcp.Client(url=self.url)).connected
        self.assertIn("failed", said)

    def test_a_reload_that_changes_the_tools_is_told(self):
        client = self.connect()
        client.do("tools/list")
        text = self.gateway.config.read_text()
        self.addCleanup(self.reload, text)
        self.reload(text.replace("credentials = [postgres_credential.db, bearer_token.key]",
                                 "credentials = [postgres_credential.db]"))
        client.line(lambda line: line.get("heard") == "notifications/tools/list_changed")
        self.assertEqual([tool["name"] for tool in client.do("tools/list")["tools"]], ["postgres_query"])

    def reload(self, text):
        self.gateway.config.write_text(text)
        process.run([gateway.BINARY, "reload", "--state-dir", self.gateway.folder / "state"])


class Stateless(Conversations, Mcp):
    """The newer SDK, which speaks the version without sessions."""

    def connect(self, **options):
        client = self.client(sdk=2, mode={"pin": mcp.NEWEST}, **options)
        self.assertIn("connected", client.connected, client.connected)
        return client

    def test_it_finds_out_by_itself(self):
        self.assertEqual(self.client(sdk=2).connected["version"], mcp.NEWEST)

    def test_it_speaks_the_older_one_too(self):
        client = self.client(sdk=2, mode="legacy")
        self.assertEqual(client.connected["version"], "2025-11-25")
        self.assertFalse(client.call("postgres_query", {"sql": "select 1"})["isError"])

    def test_a_held_call_asks_to_show_its_page(self):
        client = self.connect(capabilities={"elicitation": {"url": {}}})
        number = client.ask("tools/call", {"name": "postgres_query", "arguments": {
            "sql": f"delete from orders where id = {self.row()}"}})
        shown = client.line(lambda line: "shown" in line)["shown"]
        question = self.gateway.one_waiting()
        self.assertEqual((shown["mode"], shown["url"]), ("url", f"{LINK}/#/approvals/{question['id']}"))
        client.progress(number)
        self.gateway.approvals("approve", question["id"])
        said = client.answer(number)
        self.assertEqual(said["structuredContent"]["command"], "DELETE 1", said)

    def test_who_declines_to_be_shown_takes_it_back(self):
        client = self.connect(capabilities={"elicitation": {"url": {}}}, action="decline")
        row = self.row()
        said = client.call("postgres_query", {"sql": f"delete from orders where id = {row}"})
        self.assertTrue(said["isError"], said)
        self.assertIn("cancelled", said["content"][0]["text"])
        self.assertEqual(self.gateway.waiting(), [])
        self.assertEqual(self.ask_server(f"select count(*) from orders where id = {row}"), 1)

    def test_a_page_that_nobody_opened_changes_nothing(self):
        """Agents without a person before them dismiss every page at once: others are asked all the same."""
        client = self.connect(capabilities={"elicitation": {"url": {}}}, action="cancel")
        number = client.ask("tools/call", {"name": "postgres_query", "arguments": {
            "sql": f"delete from orders where id = {self.row()}"}})
        client.line(lambda line: "shown" in line)
        client.progress(number)
        self.gateway.approvals("approve", self.gateway.one_waiting()["id"])
        self.assertEqual(client.answer(number)["structuredContent"]["command"], "DELETE 1")

    def test_a_reload_is_told_to_who_listens(self):
        client = self.connect()
        client.do("listen", {"toolsListChanged": True})
        text = self.gateway.config.read_text()
        self.addCleanup(Sdk.reload, self, text)
        Sdk.reload(self, text.replace("credentials = [postgres_credential.db, bearer_token.key]",
                                      "credentials = [postgres_credential.db]"))
        client.line(lambda line: line.get("heard") == "notifications/tools/list_changed")


class Away(Mcp):
    endpoint = ""
    rules = """
approver "human_approver" "ops" {
  channel           = "builtin"
  sync_wait_timeout = "1s"
  async_grant {
    enabled = true
  }
}
""" + RULES.replace("builtin.dashboard", "human_approver.ops")

    def test_a_client_that_is_put_off_sends_the_same_call_again(self):
        client = self.client()
        call = lambda: client.call("postgres_query", {"sql": "delete from orders where id = 9"})
        said = call()
        held = said["structuredContent"]["held"]
        self.assertTrue(said["isError"], said)
        self.assertIn(held["operation_id"], said["content"][0]["text"])
        self.assertEqual(call()["structuredContent"]["held"]["operation_id"], held["operation_id"])
        state = lambda: self.gateway.ask("GET", held["status_url"])[1]["state"]
        self.gateway.approvals("approve", held["operation_id"])
        process.wait_until(lambda: state() == "approved_waiting_for_retry", 20, "the approval")
        self.assertEqual(call()["structuredContent"]["command"], "DELETE 1")

    def test_and_may_name_the_operation(self):
        client = self.client()
        sql = {"sql": "delete from orders where id = 10"}
        held = client.call("postgres_query", sql)["structuredContent"]["held"]
        self.gateway.approvals("approve", held["operation_id"])
        other = self.client("other")
        self.assertTrue(other.call("postgres_query", sql, operation=held["operation_id"])["isError"])
        again = self.client()
        said = again.call("postgres_query", sql, operation=held["operation_id"])
        self.assertEqual(said["structuredContent"]["command"], "DELETE 1", said)
