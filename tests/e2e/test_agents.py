"""The agents that docs/agents speaks of, as people install them, before the gateway: each is told of it by
the words of its page, and does what a played model says. The agent is real, the model is not."""

import json
import pathlib
import tempfile
import time
import unittest

import test_tool_agent
from test_story import EXAMPLE
from test_tools import RULES
from harness import agents, gateway, played_model, postgres, process, tool_gateway, web, web_gateway, web_git
from harness.played_model import Use

LINK = "https://gate.example:9443"


class Agents(unittest.TestCase):
    """A gateway with tools, a model, and one agent."""

    kind = None
    rules = RULES

    @classmethod
    def setUpClass(cls):
        if cls.kind is None:
            raise unittest.SkipTest("what the agents have in common")
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        agents.install()
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.web = cls.enterClassContext(web.Server())
        cls.model = cls.enterClassContext(played_model.Server())
        cls.gateway = cls.enterClassContext(tool_gateway.ToolGateway(
            cls.database, cls.web, cls.rules, gateway=f'public_url = "{LINK}"'))

    def one(self, way):
        """An agent that has been told of the gateway: `by_http` or `by_program`."""
        agent = self.enterContext(self.kind(self.model, tool_gateway.TOKENS["bot"],
                                            f"http://127.0.0.1:{self.gateway.port}"))
        getattr(agent, way)()
        return agent

    def asked(self):
        """The question, however long the agent takes to start."""
        process.wait_until(lambda: len(self.gateway.waiting()) == 1, agents.SECONDS, "the question")
        return self.gateway.waiting()[0]


class Conversations:
    """What each of them does, by MCP over HTTP and by the program."""

    rows = iter(range(11, 90))

    def test_it_calls_and_is_told_why_it_may_not(self):
        for way in ("by_http", "by_program"):
            with self.subTest(way):
                agent = self.one(way)
                self.model.play(Use("postgres_query", sql="select 41 + 1 as n", reasoning="to know it"),
                                Use("postgres_query", sql="drop table accounts"), "All is well.")
                answer, refusal = agent.ask()
                self.assertRegex(answer, r"\b42\b")
                for word in ("no-drop-by-tool", "tables stay", "describe the change in your report"):
                    self.assertIn(word, refusal)
        records = self.gateway.records(kind="judged", family="tool", reasoning="to know it")
        self.assertEqual([record["agent"] for record in records], ["bot", "bot"])

    def test_it_waits_for_a_person(self):
        for way in ("by_http", "by_program"):
            with self.subTest(way):
                agent = self.one(way)
                self.model.play(Use("postgres_query", reasoning="it is old",
                                    sql=f"delete from orders where id = {next(self.rows)}"), "It is gone.")
                turn = agent.begin()
                question = self.asked()
                self.assertEqual(question["agent_says"], "it is old")
                time.sleep(12)  # Longer than a client that gives up on silence, or sends again what is late.
                self.gateway.approvals("approve", question["id"])
                answer, = turn.result()
                self.assertIn("DELETE 1", answer)

    def test_a_script_that_it_runs_calls_tools(self):
        agent = self.one("by_script")
        script = f"python3 {EXAMPLE} postgres.query"
        self.model.play(agent.shell(f"""{script} '{{"sql": "select 41 + 1 as n"}}' to see it"""),
                        agent.shell(f"""{script} '{{"sql": "drop table accounts"}}'"""), "All is well.")
        answer, refusal = agent.ask()
        self.assertRegex(answer, r"\b42\b")
        self.assertIn("describe the change in your report", refusal)

    def test_who_gives_up_takes_it_back(self):
        agent = self.one("by_http")
        agent.gives_up_after(3)
        self.model.play(Use("postgres_query", sql="delete from orders where id = 9"), "Too slow.")
        answer, = agent.ask()
        self.assertRegex(answer, "(?i)timed out")
        process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")


class ComesBack:
    """Where an approver lets nobody wait: the model reads how to come back, and does."""

    rules = test_tool_agent.PutOff.rules

    def test_it_is_put_off_and_comes_back(self):
        agent = self.one("by_http")
        again = Use("postgres_query", sql=f"delete from orders where id = {next(Conversations.rows)}")

        def once_allowed(results):
            self.gateway.approvals("approve", self.asked()["id"])
            return again

        self.model.play(again, once_allowed, "It is gone.")
        put_off, answer = agent.ask()
        self.assertIn("send exactly the same call again", put_off)
        self.assertNotIn("Clawpatrol-HITL-Operation", put_off)
        self.assertIn("DELETE 1", answer)


_BY_PROXY = """
rule "no-delete" {
  endpoint  = https.api
  priority  = 100
  condition = "http.method == 'DELETE'"
  verdict   = "deny"
  reason    = "nothing is deleted here"
}

rule "ask" {
  endpoint  = https.api
  condition = "http.method == 'PUT'"
  priority  = 90
  approve   = [builtin.dashboard]
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}

rule "no-drop" {
  endpoint  = postgres.db
  priority  = 100
  condition = "sql.verb == 'drop'"
  verdict   = "deny"
  reason    = "tables stay"
}

rule "sql" {
  endpoint = postgres.db
  verdict  = "allow"
}
"""


class Proxies(unittest.TestCase):
    """A gateway that is a proxy for an agent's commands and for its requests to its model."""

    kind = None

    @classmethod
    def setUpClass(cls):
        if cls.kind is None:
            raise unittest.SkipTest("what the agents have in common")
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        agents.install()
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="clawpatrol-git-")))
        web_git.make_repository(folder / "acme/open.git")
        cls.model = cls.enterClassContext(played_model.Server(
            tls=True, routes={"acme": web_git.backend(folder)}))
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.door = process.free_port()
        kind = cls.kind.key_kind
        cls.gateway = cls.enterClassContext(web_gateway.WebGateway(
            cls.model, {"CLAWPATROL_SECRET_DB": postgres.PASSWORD}, hosts=f'"{cls.kind.models}", "api.test"',
            rules=_BY_PROXY, credential=f'credential "{kind}" "key" {{ endpoint = https.api }}\n',
            credentials=f"{kind}.key, postgres_credential.db", more=f"""
endpoint "postgres" "db" {{
  host          = "127.0.0.1:{cls.database.port}"
  sslmode       = "require"
  listen        = "127.0.0.1:{cls.door}"
  require_token = false
  profile       = "agents"
}}

credential "postgres_credential" "db" {{
  endpoint = postgres.db
  user     = "scram_user"
  database = "{postgres.DATABASE}"
}}
"""))
        cls.environment = json.loads(process.run([gateway.BINARY, "env", cls.gateway.config, "--json"]))

    def setUp(self):
        self.agent = self.enterContext(self.kind(self.model, tool_gateway.TOKENS["bot"]))
        self.agent.by_proxy(self.environment)

    def do(self, *lines):
        self.model.play(*map(self.agent.shell, lines), "All is well.")
        return self.agent.begin()

    def waiting(self):
        return json.loads(process.run([gateway.BINARY, "approvals", "list", "--json", "--state-dir",
                                       self.gateway.folder / "state"]))


class Commands:
    def test_its_commands_and_its_model_are_reached_through_the_proxy(self):
        psql = f"psql -h 127.0.0.1 -p {self.door} -U any -d any -tAc"
        look, delete, git, count, drop = self.do(
            "curl -sS https://api.test/hello", "curl -sS -X DELETE https://api.test/hello",
            "git ls-remote https://api.test/acme/open.git", f"{psql} 'select 41 + 1'",
            f"{psql} 'drop table accounts'").result()
        self.assertIn('"path": "/hello"', look)
        self.assertIn("nothing is deleted here", delete)
        self.assertIn("refs/heads/main", git)
        self.assertIn("42", count)
        self.assertIn("tables stay", drop)
        reached = [each["method"] for each in self.model.requests if each["path"] == "/hello"]
        self.assertEqual(reached, ["GET"])
        # The agent had a placeholder; its model was asked by the gateway's key.
        self.assertEqual({key.removeprefix("Bearer ") for key in self.model.keys()}, {web_gateway.SECRET})

    def test_a_command_waits_for_a_person(self):
        turn = self.do("curl -sS -X PUT https://api.test/hello")
        process.wait_until(self.waiting, agents.SECONDS, "the question")
        time.sleep(5)
        process.run([gateway.BINARY, "approvals", "approve", self.waiting()[0]["id"], "--state-dir",
                     self.gateway.folder / "state"])
        answer, = turn.result()
        self.assertIn('"method": "PUT"', answer)


class ClaudeCode(Conversations, Agents):
    kind = agents.ClaudeCode

    def held_at_terminal(self):
        """Somebody before it has been shown that a page is to be opened; what is asked, and the terminal."""
        agent = self.one("by_http")
        self.row = next(self.rows)
        self.model.play(Use("postgres_query", sql=f"delete from orders where id = {self.row}"), "It is done.")
        screen = self.enterContext(agent.at_terminal("look at the orders"))
        screen.wait_for("wants to open a URL", agents.SECONDS)
        return agent, screen, self.asked()

    def test_who_sits_before_it_is_shown_the_page(self):
        agent, screen, question = self.held_at_terminal()
        screen.press("enter")  # Open in browser
        opened = agent.folder / "opened"
        process.wait_until(opened.exists, 20, "the browser")
        self.assertEqual(opened.read_text(), f"{LINK}/#/approvals/{question['id']}\n")
        screen.wait_for("Open again")
        self.gateway.approvals("approve", question["id"])
        screen.press("enter")  # I'm done, continue
        screen.wait_for("It is done.")
        self.assertIn("DELETE 1", self.model.saw[0])

    def test_who_declines_the_page_takes_the_call_back(self):
        _, screen, _ = self.held_at_terminal()
        screen.press("right")
        screen.press("right")
        screen.press("enter")  # Decline
        screen.wait_for("It is done.")
        self.assertIn("cancelled", self.model.saw[0])
        self.assertEqual(self.gateway.waiting(), [])


class Codex(Conversations, Agents):
    kind = agents.Codex


class OpenClaw(Conversations, Agents):
    kind = agents.OpenClaw


_PAGE = {"mode": "url", "elicitationId": "1", "url": f"{LINK}/#/approvals/1", "message": "A person is asked"}
_ANSWERS = {
    "initialize": {"result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                              "serverInfo": {"name": "other", "version": "1"}}},
    "tools/list": {"result": {"tools": [{"name": "postgres_query", "inputSchema": {"type": "object"}}]}},
    "tools/call": {"error": {"code": -32042, "message": "a page", "data": {"elicitations": [_PAGE]}}},
}


def _by_error(handler):
    """An MCP server that has a page shown in the way of version 2025-11-25."""
    if handler.command != "POST":
        return handler.answer(405, b"")
    asked = json.loads(handler.body)
    if "id" not in asked:
        return handler.answer(202, b"")
    unknown = {"error": {"code": -32601, "message": "there is no such method"}}
    handler.answer_json({"jsonrpc": "2.0", "id": asked["id"], **_ANSWERS.get(asked["method"], unknown)})


class PageByError(unittest.TestCase):
    """Why calls wait, and no error (-32042) sends who calls to a page: nobody would be shown it, and the call
    would not be sent again. Where this fails an agent has learnt it; see docs/decisions/tools.md."""

    def test_nobody_sends_the_call_again(self):
        agents.install()
        model = self.enterContext(played_model.Server())
        for kind in (agents.ClaudeCode, agents.Codex):
            with self.subTest(kind.__name__), web.Server(tls=False, routes={"mcp": _by_error}) as server, \
                    kind(model, "token", server.url()) as agent:
                agent.by_http()
                model.play(Use("postgres_query"), "It is over.")
                self.assertRegex(agent.ask()[0], "canceled by the user|-32042")
                self.assertEqual(sum(b'"tools/call"' in each["body"] for each in server.requests), 1)


class ClaudeCodePutOff(ComesBack, Agents):
    kind = agents.ClaudeCode


class CodexPutOff(ComesBack, Agents):
    kind = agents.Codex


class OpenClawPutOff(ComesBack, Agents):
    kind = agents.OpenClaw


class ClaudeCodeByProxy(Commands, Proxies):
    kind = agents.ClaudeCode


class CodexByProxy(Commands, Proxies):
    kind = agents.Codex


class OpenClawByProxy(Commands, Proxies):
    kind = agents.OpenClaw
