"""Programs that speak MCP to the tool endpoint: `clawpatrol mcp` between a client and it, the inspector's
command line, and the conformance suite's server scenarios."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from harness import gateway, mcp, process, tool_gateway
from harness.mcp import note, query, request
from test_mcp import Conversations, Mcp

# Those of the suite that a server without its named test tools, resources and prompts can pass.
CONFORMS = ["server-initialize", "ping", "tools-list", "resources-list", "prompts-list",
            "server-sse-multiple-streams"]


OPENING = request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                 "clientInfo": {"name": "a", "version": "1"}}, 0)


class Stdio(Conversations, Mcp):
    """The same conversations, through a program that the client starts."""

    def connect(self, **options):
        options.setdefault("sdk", 1)
        client = self.client(command=self.command(), env=self.environment(), **options)
        self.assertIn("connected", client.connected, client.connected)
        return client

    def command(self):
        return [str(gateway.BINARY), "mcp"]

    def environment(self):
        return {"CLAWPATROL_TOKEN": tool_gateway.TOKENS["bot"],
                "TOOL_PROXY_URL": f"http://127.0.0.1:{self.gateway.port}"}

    def run_lines(self, *lines, **environment):
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        done = subprocess.run(self.command(), input=text, text=True, capture_output=True, timeout=40,
                              check=False, env={**os.environ, **self.environment(), **environment})
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_what_the_server_says_by_itself_arrives(self):
        client = self.connect()
        client.do("tools/list")
        text = self.gateway.config.read_text()
        self.addCleanup(self.reload, text)
        self.reload(text.replace("credentials = [postgres_credential.db, bearer_token.key]",
                                 "credentials = [postgres_credential.db]"))
        client.line(lambda line: line.get("heard") == "notifications/tools/list_changed")

    def reload(self, text):
        self.gateway.config.write_text(text)
        process.run([gateway.BINARY, "reload", "--state-dir", self.gateway.folder / "state"])

    def test_a_script_is_answered_and_it_ends(self):
        code, said, errors = self.run_lines(OPENING, note("notifications/initialized"), request("tools/list"),
                                            query("select 7 as n", "q"), "not a message", "")
        self.assertEqual((code, errors), (0, ""))
        answers = {each.get("id"): each for each in said}
        self.assertEqual(answers[0]["result"]["protocolVersion"], "2025-06-18")
        self.assertEqual(len(answers[1]["result"]["tools"]), 2)
        self.assertEqual(answers["q"]["result"]["structuredContent"]["rows"], [[7]])
        self.assertEqual(answers[None]["error"]["code"], -32700)

    def test_who_is_not_known_or_not_there_is_said(self):
        code, said, errors = self.run_lines(request("initialize", {}), CLAWPATROL_TOKEN="clawp_wrong")
        self.assertEqual((code, said[0]["id"]), (0, 1))
        self.assertIn("no agent's token", said[0]["error"]["message"])
        self.assertIn("CLAWPATROL_TOKEN", errors)
        code, said, errors = self.run_lines(request("initialize", {}),
                                            TOOL_PROXY_URL=f"http://127.0.0.1:{process.free_port()}")
        self.assertIn("does not answer", said[0]["error"]["message"])
        self.assertIn("is the gateway running", errors)
        code, said, errors = self.run_lines(TOOL_PROXY_URL="https://x/")
        self.assertEqual((code, said), (2, []))

    def test_it_goes_by_the_unix_socket_and_a_token_file(self):
        file = self.gateway.folder / "token"
        file.write_text(tool_gateway.TOKENS["bot"] + "\n")
        client = self.client(command=[*self.command(), "--url", f"unix:{self.gateway.folder}/tools.sock",
                                      "--token-file", str(file)], env={"CLAWPATROL_TOKEN": ""})
        self.assertFalse(client.call("postgres_query", {"sql": "select 1"})["isError"])

    def test_a_line_that_has_no_end_is_refused_and_the_next_is_read(self):
        code, said, _ = self.run_lines("x" * 9_000_000, OPENING)
        self.assertEqual(code, 0)
        self.assertEqual([each.get("id") for each in said], [None, 0])

    def test_a_gateway_that_is_started_anew_is_not_noticed(self):
        own = self.enterContext(tool_gateway.ToolGateway(self.database, self.web, self.rules))
        client = self.client(command=self.command(), env={
            **self.environment(), "TOOL_PROXY_URL": f"http://127.0.0.1:{own.port}"})
        self.assertFalse(client.call("postgres_query", {"sql": "select 1"})["isError"])
        own.stop()
        self.assertIn("does not answer", client.do("tools/list")["error"])
        own.__enter__()
        said = client.call("postgres_query", {"sql": "select 2"})
        self.assertEqual(said.get("structuredContent", said).get("rows"), [[2]], said)

    def test_who_leaves_takes_back_what_waits(self):
        client = self.connect()
        client.ask("tools/call", {"name": "postgres_query", "arguments": {
            "sql": f"delete from orders where id = {self.row()}"}})
        self.gateway.one_waiting()
        client.process.kill()
        process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")


class StdioNewest(Stdio):
    def connect(self, **options):
        return super().connect(sdk=2, mode={"pin": mcp.NEWEST})

    def test_what_the_server_says_by_itself_arrives(self):
        client = self.connect()
        client.do("listen", {"toolsListChanged": True})
        text = self.gateway.config.read_text()
        self.addCleanup(self.reload, text)
        self.reload(text.replace("credentials = [postgres_credential.db, bearer_token.key]",
                                 "credentials = [postgres_credential.db]"))
        client.line(lambda line: line.get("heard") == "notifications/tools/list_changed")


class Example(Mcp):
    def test_both_ways_of_the_example_work(self):
        text = (process.ROOT / "examples/clients/mcp.json").read_text()
        self.assertIn(text, (process.ROOT / "docs/mcp.md").read_text())
        text = text.replace("${CLAWPATROL_TOKEN}", tool_gateway.TOKENS["bot"])
        servers = json.loads(text.replace("127.0.0.1:8080", f"127.0.0.1:{self.gateway.port}"))["mcpServers"]
        web, program = servers["production"], servers["production-by-program"]
        token = web["headers"]["Authorization"].removeprefix("Bearer ")
        client = self.enterContext(mcp.Client(url=web["url"], token=token))
        self.assertEqual(len(client.do("tools/list")["tools"]), 2)
        self.assertEqual(program["command"], gateway.BINARY.name)
        client = self.enterContext(mcp.Client(command=[str(gateway.BINARY), *program["args"]],
                                              env=program["env"]))
        self.assertEqual(len(client.do("tools/list")["tools"]), 2)


class Inspector(Mcp):
    def inspect(self, *words, target=None, **environment):
        folder = mcp.FOLDER / "node_modules/@modelcontextprotocol/inspector-cli/build"
        target = target or [self.url, "--transport", "http", "--header",
                            f"Authorization: Bearer {tool_gateway.TOKENS['bot']}"]
        done = subprocess.run(["node", "cli.js", "--cli", *target, *words], cwd=folder, text=True, timeout=60,
                              capture_output=True, check=False, env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_it_lists_and_calls(self):
        tools = self.inspect("--method", "tools/list")["tools"]
        self.assertEqual([each["name"] for each in tools], ["postgres_query", "http_request"])
        said = self.inspect("--method", "tools/call", "--tool-name", "postgres_query",
                            "--tool-arg", "sql=select 5 as n")
        self.assertEqual(said["structuredContent"]["rows"], [[5]])
        said = self.inspect("--method", "resources/read", "--uri", "clawpatrol://policy")
        self.assertIn("postgres.db", said["contents"][0]["text"])

    def test_it_starts_the_program_too(self):
        tools = self.inspect("--method", "tools/list", target=[str(gateway.BINARY), "mcp"],
                             CLAWPATROL_TOKEN=tool_gateway.TOKENS["bot"],
                             TOOL_PROXY_URL=f"http://127.0.0.1:{self.gateway.port}")["tools"]
        self.assertEqual(len(tools), 2)


class Conformance(Mcp):
    endpoint = "require_token = false\n  profile = profile.agents"

    def scenario(self, name):
        program = mcp.FOLDER / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
        done = subprocess.run(["node", "--import", "./node20.mjs", program, "server", "--url",
                               f"http://localhost:{self.gateway.port}/mcp", "--scenario", name,
                               "--output-dir", self.gateway.folder / "conformance"],
                              cwd=mcp.FOLDER, text=True, timeout=60, capture_output=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_what_applies_conforms(self):
        for name in CONFORMS:
            with self.subTest(name):
                code, said = self.scenario(name)
                self.assertEqual(code, 0, said)
                self.assertTrue(re.search(r"\b0 failed", said), said)

    def test_a_foreign_host_is_refused_and_so_is_every_page(self):
        _, said = self.scenario("dns-rebinding-protection")
        self.assertRegex(said, r"localhost-host-rebinding-rejected[^\n]*SUCCESS")
        self.assertIn("got 403", said)
