"""MCP clients before a tool endpoint: the SDKs that agents use (tests/mcp), each a program that is told by
lines what to do, and messages written by hand for what no SDK would send."""

import http.client
import json
import queue
import shutil
import subprocess
import threading
import time
import unittest

from harness import process, tool_gateway

FOLDER = process.ROOT / "tests/mcp"
NEWEST = "2026-07-28"
TYPES = "application/json, text/event-stream"


def install():
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("no node")
    if not (FOLDER / "node_modules/@modelcontextprotocol/sdk").exists():
        process.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300, cwd=FOLDER)


class Client:
    """A program of the SDK, as long as the test lasts."""

    def __init__(self, **options):
        install()
        options.setdefault("sdk", 1)
        self.process = subprocess.Popen(
            ["node", FOLDER / "client.mjs", json.dumps(options)], cwd=FOLDER, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines, self.count, self.seen = queue.Queue(), 0, []
        self.errors = []
        ears = ((self.process.stdout, self.lines.put), (self.process.stderr, self.errors.append))
        for stream, into in ears:
            threading.Thread(target=lambda stream=stream, into=into: [into(line) for line in stream],
                             daemon=True).start()
        self.connected = self.line(lambda line: "connected" in line or "failed" in line)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self, wanted, seconds=40):
        """The first line that is wanted, of those that came and were not taken yet."""
        deadline = time.monotonic() + seconds
        while True:
            for at, line in enumerate(self.seen):
                if wanted(line):
                    return self.seen.pop(at)
            try:
                self.seen.append(json.loads(self.lines.get(timeout=max(0, deadline - time.monotonic()))))
            except queue.Empty:
                raise AssertionError(f"nothing came; {self.seen} {''.join(self.errors)}") from None

    def ask(self, method, params=None, **more):
        self.count += 1
        ask = {"n": self.count, "method": method, "params": params or {}, **more}
        self.process.stdin.write(json.dumps(ask) + "\n")
        return self.count

    def stop(self, number):
        self.process.stdin.write(json.dumps({"stop": number}) + "\n")

    def answer(self, number, seconds=40):
        line = self.line(lambda line: line.get("n") == number and "progress" not in line, seconds)
        return line["result"] if "result" in line else line

    def progress(self, number):
        return self.line(lambda line: line.get("n") == number and "progress" in line)["progress"]

    def do(self, method, params=None, **more):
        return self.answer(self.ask(method, params, **more))

    def call(self, name, arguments, **meta):
        params = {"name": name, "arguments": arguments}
        if meta:
            params["_meta"] = {f"clawpatrol/{key}": value for key, value in meta.items()}
        return self.do("tools/call", params)


class Raw:
    """Messages as bytes, at one tool endpoint."""

    def __init__(self, gateway, agent="bot"):
        self.gateway, self.agent, self.session, self.version = gateway, agent, None, None

    def head(self, **fields):
        head = {"Accept": TYPES, "Content-Type": "application/json"}
        if self.agent:
            head["Authorization"] = f"Bearer {tool_gateway.TOKENS[self.agent]}"
        if self.session:
            head["Mcp-Session-Id"] = self.session
        if self.version:
            head["MCP-Protocol-Version"] = self.version
        head.update({name.replace("_", "-"): value for name, value in fields.items()})
        return {name: value for name, value in head.items() if value is not None}

    def open(self, method, body=None, path="/mcp", seconds=30, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=seconds)
        connection.request(method, path, body=body, headers=self.head(**fields))
        return connection

    def send(self, body, method="POST", path="/mcp", **fields):
        """Status, the messages of the answer, and its head."""
        body = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
        connection = self.open(method, body, path, **fields)
        try:
            answer = connection.getresponse()
            text = answer.read().decode()
            if "event-stream" in (answer.getheader("Content-Type") or ""):
                lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
                return answer.status, [json.loads(line) for line in lines], answer.headers
            return answer.status, json.loads(text) if text else None, answer.headers
        finally:
            connection.close()

    def initialize(self, version="2025-11-25", **fields):
        self.session = self.version = None
        status, said, head = self.send(request("initialize", {
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}),
            **fields)
        assert status == 200, (status, said)
        self.session, self.version = head["Mcp-Session-Id"], said["result"]["protocolVersion"]
        if self.version == "2025-03-26":
            self.version = None
        return said["result"]

    def modern(self, method, params=None, number=1, capabilities=None, **fields):
        """A request of the version without sessions."""
        params = dict(params or {})
        params["_meta"] = {"io.modelcontextprotocol/protocolVersion": NEWEST,
                           "io.modelcontextprotocol/clientCapabilities": capabilities or {},
                           **params.get("_meta", {})}
        head = {"MCP_Protocol_Version": NEWEST, "Mcp_Method": method}
        name = params.get("uri") if method == "resources/read" else params.get("name")
        if name and method in ("tools/call", "resources/read", "prompts/get"):
            head["Mcp_Name"] = name
        head.update(fields)
        return self.send(request(method, params, number), **head)


def request(method, params=None, number=1):
    message = {"jsonrpc": "2.0", "id": number, "method": method}
    return message if params is None else {**message, "params": params}


def note(method, params=None):
    message = {"jsonrpc": "2.0", "method": method}
    return message if params is None else {**message, "params": params}


def query(sql, number=1, **meta):
    params = {"name": "postgres_query", "arguments": {"sql": sql}}
    if meta:
        params["_meta"] = meta
    return request("tools/call", params, number)
