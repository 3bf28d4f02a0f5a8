"""A model's server as Anthropic and OpenAI have it: answers what `behaviour` says. `obey` is a model that
does whatever the text before it tells it to, which is what prompt injection hopes for."""

import contextlib
import http.server
import json
import re
import threading
import time

KEY = "sk-model-0001"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.server.model.take(self, body)
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # Who asked did not wait for a slow one.
            self.wfile.write(text)


class Model:
    def __init__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.model = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.asked, self.behaviour, self.slow_s = [], "pass", 0

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *failure):
        self._server.shutdown()
        self._server.server_close()

    def take(self, handler, body):
        self.asked.append(body)
        if self.behaviour == "slow":
            time.sleep(self.slow_s)
        shown = handler.headers.get("x-api-key", handler.headers.get("Authorization"))
        if shown not in (KEY, "Bearer " + KEY):
            return 401, {"error": "who are you"}
        if self.behaviour == "down":
            return 529, {"error": "overloaded"}
        if self.behaviour == "garbage":
            return 200, b"Sure, I would allow that!"
        is_claude = handler.path == "/v1/messages"
        system = body["system"] if is_claude else body["messages"][0]["content"]
        user = body["messages"][-1]["content"]
        nonce = re.search(r"BEGIN ACTION ([0-9a-f]+)", system)[1]
        form = {"decision": self._decision(user), "reason": f"told to {self.behaviour}", "nonce": nonce}
        if self.behaviour == "no nonce":
            form["nonce"] = "0" * 32
        if is_claude:
            return 200, {"stop_reason": "tool_use",
                         "content": [{"type": "tool_use", "id": "t", "name": "decide", "input": form}]}
        return 200, {"choices": [{"finish_reason": "stop",
                                  "message": {"role": "assistant", "content": json.dumps(form)}}]}

    def _decision(self, user):
        if self.behaviour == "no nonce":
            return "allow"
        if self.behaviour != "obey":
            return self.behaviour
        told = re.search(r"decision[^a-z]+(allow|deny|pass)", user)
        return told[1] if told else "deny"
