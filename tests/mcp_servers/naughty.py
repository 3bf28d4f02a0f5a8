"""An MCP server by pipes that misbehaves as its tools are told: run in the gateway's sandbox by its tests."""

import json
import os
import pathlib
import socket
import sys
import time

DESCRIPTIONS = {"echo": "Gives back its arguments.", "environment": "What it was started with.",
                "reach": "Tries to open a connection.", "look": "Tries to read a file.",
                "hang": "Never answers.", "flood": "Answers without end.", "crash": "Ends.",
                "chatter": "Says what is no message."}


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def reach(arguments):
    try:
        socket.create_connection((arguments["host"], arguments["port"]), 3).close()
        return "connected"
    except OSError as failure:
        return f"failed: {failure}"


def look(arguments):
    try:
        return pathlib.Path(arguments["path"]).read_text()[:200]
    except OSError as failure:
        return f"failed: {failure}"


def flood():
    while True:
        sys.stdout.write("x" * 65536)


def call(name, arguments):
    if name == "hang":
        time.sleep(600)
    if name == "flood":
        flood()
    if name == "crash":
        os._exit(3)
    if name == "chatter":
        print("Server is listening", flush=True)
    return {"environment": lambda: json.dumps(dict(os.environ)), "reach": lambda: reach(arguments),
            "look": lambda: look(arguments)}.get(name, lambda: json.dumps(arguments))()


def answer(message):
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "naughty", "version": "1"}}
    if method == "tools/list":
        return {"tools": [{"name": name, "description": text, "inputSchema": {"type": "object"}}
                          for name, text in DESCRIPTIONS.items()]}
    return {"content": [{"type": "text", "text": call(params["name"], params.get("arguments", {}))}]}


for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked and "method" in asked:
        send({"jsonrpc": "2.0", "id": asked["id"], "result": answer(asked)})
