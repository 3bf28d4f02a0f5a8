"""An agent in plain Python that works by tool calls: it has TOOL_PROXY_URL, and a token where the gateway
wants one.

    python3 tool_agent.py postgres.query '{"sql": "select 1"}' "is it up?"
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

WAIT_SECONDS = 3600  # Longer than any approver's timeout: a person may be asked while the request waits.


class Denied(Exception):
    """A rule or a person said no; `hint` is what to do instead."""

    def __init__(self, said):
        super().__init__(f"{said['reason']} (rule {said['rule']})")
        self.rule, self.hint = said["rule"], said.get("hint", "")


class Failed(Exception):
    """It was allowed and did not work, or the request was wrong."""


class Gateway:
    def __init__(self, url=None, token=None, session="", seconds=WAIT_SECONDS):
        self.url = (url or os.environ.get("TOOL_PROXY_URL", "http://localhost:8080")).rstrip("/")
        self.token = token or os.environ.get("CLAWPATROL_TOKEN")
        self.session, self.seconds = session, seconds
        # What the environment says of proxies is for other requests.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def tools(self, form=""):
        """What this agent may call; `openai` or `anthropic`: in their form, ready for a model's request."""
        return self._ask("GET", f"/v1/tools{form and '?format=' + form}")[1]["tools"]

    def call(self, tool, arguments, reasoning="", key=""):
        """The result of a call, however long somebody thinks about it; Denied, or Failed. Two calls with the
        same key run once, whatever happened to the first one's answer."""
        body = {"arguments": arguments, "reasoning": reasoning}
        if self.session:
            body["session"] = self.session
        if key:
            body["idempotency_key"] = key
        status, said = self._ask("POST", f"/v1/tools/{tool}", body)
        if status == 202:  # A person is asked, and the gateway does not want to be waited for.
            again = {"Clawpatrol-HITL-Operation": self._decided(said["held"])}
            status, said = self._ask("POST", f"/v1/tools/{tool}", body, again)
        if status == 200:
            return said["result"]
        if status == 403 and "denied" in said:
            raise Denied(said["denied"])
        raise Failed(said.get("detail") or said.get("title") or f"status {status}")

    def _decided(self, held):
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            _, said = self._ask("GET", held["status_url"])
            if said.get("state") != "pending_approval":
                return held["operation_id"]
            time.sleep(held.get("retry_after", 5))
        raise Failed("nobody answered in time")

    def _ask(self, method, path, body=None, more=None):
        head = {"Content-Type": "application/json", **(more or {})}
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        address = path if path.startswith("http") else self.url + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data=data, headers=head, method=method)
        try:
            with self.opener.open(request, timeout=self.seconds) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: tool_agent.py TOOL ARGUMENTS [REASONING]")
    tool, arguments, reasoning = sys.argv[1], json.loads(sys.argv[2]), " ".join(sys.argv[3:])
    try:
        print(json.dumps(Gateway().call(tool, arguments, reasoning), indent=2))
    except Denied as no:
        sys.exit(f"denied: {no}\n{no.hint}".rstrip())
    except Failed as why:
        sys.exit(f"failed: {why}")


if __name__ == "__main__":
    main()
