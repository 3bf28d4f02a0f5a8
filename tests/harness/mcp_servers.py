"""MCP servers behind the gateway: others' from npm (tests/mcp_servers), one of ours by HTTP whose every word
a test can change, and the gateway before them."""

import http.server
import json
import os
import pathlib
import shutil
import tempfile
import threading
import unittest
import urllib.request

from harness import oidc, process, tool_gateway
from harness.gateway import BINARY

FOLDER = process.ROOT / "tests/mcp_servers"
SECRET = "mcp-upstream-secret-0123456789"


def everything():
    """The reference server's program, with all that the protocol has."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("no node")
    if not (FOLDER / "node_modules/oidc-provider").exists():  # The newest of them.
        process.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300, cwd=FOLDER)
    return FOLDER / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"


class Everything(process.Process):
    """The same by Streamable HTTP."""

    def __init__(self):
        self.port = process.free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-mcp-"))
        super().__init__(["node", everything(), "streamableHttp"], self.folder / "log",
                         env={**os.environ, "PORT": str(self.port)})

    def is_ready(self):
        return process.accepts(self.port)

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)


class Program(process.Process):
    """A program of tests/mcp_servers with its options, and what it can be told while it runs."""

    def __init__(self, name, url, options, folder):
        everything()  # Installs them all.
        self.url, self.port, self.folder = url, options["port"], folder
        super().__init__(["node", FOLDER / name, json.dumps(options)], folder / f"{name}.log",
                         cwd=FOLDER,
                         env={**os.environ, "NODE_EXTRA_CA_CERTS": str(folder / "ca.crt")})

    def is_ready(self):
        return process.accepts(self.port)

    def control(self, path, method="GET"):
        request = urllib.request.Request(f"{self.url}/control/{path}", method=method,
                                         data=b"" if method == "POST" else None)
        context = oidc.trusting() if self.url.startswith("https") else None
        with urllib.request.urlopen(request, context=context) as answer:
            return answer.read().decode()


class Sdk(Program):
    """The SDK's own server, of the version without sessions; `legacy` is what becomes of the others."""

    def __init__(self, **options):
        port = process.free_port()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-mcp-"))
        super().__init__("sdk_server.mjs", f"http://127.0.0.1:{port}",
                         {"port": port, "legacy": "reject", **options}, folder)

    def seen(self):
        return json.loads(self.control("seen"))

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)


def tool(name, description, **more):
    return {"name": name, "description": description, "inputSchema": {"type": "object"}, **more}


def text(said):
    return {"content": [{"type": "text", "text": said}]}


class Server:
    """Streamable HTTP, as a test says: `tools` is what it lists, `call` what it answers a call with."""

    def __init__(self):
        self.tools = [tool("echo", "Gives back its arguments.")]
        self.prompts = []
        self.call = lambda handler, name, arguments: text(json.dumps(arguments))
        self.heads, self.methods = [], []
        self.session = "session-1"

    def __enter__(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def do_GET(self):
                self.send_response(405)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.heads.append(dict(self.headers))
                server.methods.append(message["method"])
                if message["method"] != "initialize" and self.headers["Mcp-Session-Id"] != server.session:
                    return self.say(404, b"")
                if "id" not in message:
                    return self.say(202, b"")
                result = server.answer(self, message)
                if result is None:
                    return None
                self.say(200, json.dumps({"jsonrpc": "2.0", "id": message["id"], **result}).encode())

            def say(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Mcp-Session-Id", server.session)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.http.shutdown()
        self.http.server_close()

    def answer(self, handler, message):
        params = message.get("params", {})
        if message["method"] == "initialize":
            return {"result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}, "prompts": {}},
                               "serverInfo": {"name": "scripted", "version": "1"}}}
        if message["method"] == "tools/list":
            return {"result": {"tools": self.tools}}
        if message["method"] == "prompts/list":
            return {"result": {"prompts": self.prompts}}
        if message["method"] != "tools/call":
            return {"error": {"code": -32601, "message": "no such method"}}
        said = self.call(handler, params["name"], params.get("arguments", {}))
        return None if said is None else said if "error" in said else {"result": said}


_CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  {settings}
}}

agent "bot" {{
  profile = profile.agents
}}

endpoint "tools" "local" {{
  listen = ["127.0.0.1:{port}"]
}}

rule "calls" {{
  endpoint = tools.local
  verdict  = "deny"
  reason   = "the rules of the server judge, not these"
}}
{rules}
"""


class Gateway(tool_gateway.ToolGateway):
    def __init__(self, rules, settings="", environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port = process.free_port()
        self.config = self.folder / "gateway.hcl"
        self.config.write_text(_CONFIG.format(folder=self.folder, port=self.port, rules=rules,
                                              settings=settings))
        process.Process.__init__(
            self, [BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
            env={**os.environ, "CLAWPATROL_SECRET_MCPKEY": SECRET,
                 "CLAWPATROL_SECRET_AGENT_BOT": tool_gateway.TOKENS["bot"], **(environment or {})})

    def pins(self, *words):
        return process.run([BINARY, "pins", *words, "--state-dir", self.folder / "state"])

    def servers(self):
        return {each["endpoint"]: each for each in json.loads(self.pins("list", "--json"))}

    def server(self, name):
        return self.servers()[name]

    def wait_held(self, name, count, seconds=30):
        process.wait_until(lambda: len(self.server(name)["held"]) == count, seconds,
                           f"{count} held of {name}")

    def accept_all(self, name, count):
        self.wait_held(name, count)
        self.pins("accept", name, "--all")
        process.wait_until(lambda: not self.server(name)["held"], 20, "nothing held")

    def tools(self):
        status, said = self.ask("GET", "/v1/tools")
        assert status == 200, said
        return {each["name"]: each for each in said["tools"]}
