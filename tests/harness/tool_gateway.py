"""The gateway with a tool endpoint, before a Postgres and an HTTPS server: its config written for one test,
and how an agent calls tools."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import tempfile

from harness import postgres, process
from harness.gateway import BINARY

TOKENS = {"bot": "clawp_bot-0123456789abcdef", "other": "clawp_other-0123456789abcdef"}
SECRET = "upstream-secret-0123456789"

_CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  {gateway}
}}

agent "bot" {{
  profile = profile.agents
}}

agent "other" {{
  profile = profile.agents
  uid     = {uid}
}}

agent "poor" {{
  profile = profile.poor
}}

endpoint "tools" "local" {{
  listen = ["127.0.0.1:{port}", "unix:{folder}/tools.sock"]
  {endpoint}
}}

endpoint "postgres" "db" {{
  host    = "127.0.0.1:{postgres}"
  sslmode = "require"
}}

endpoint "https" "api" {{
  hosts    = {hosts}
  upstream = "{web}"
  ca_cert  = "<<file:upstream-ca.pem>>"
}}

credential "postgres_credential" "db" {{
  endpoint = postgres.db
  user     = "scram_user"
  database = "{database}"
}}

credential "bearer_token" "key" {{
  endpoint = https.api
}}

profile "agents" {{
  credentials = [postgres_credential.db, bearer_token.key]
}}

profile "poor" {{
  credentials = []
}}
{rules}
"""


class ToolGateway(process.Process):
    def __init__(self, database, web, rules, endpoint="", gateway="", hosts='["api.test"]'):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port = process.free_port()
        self.config = self.folder / "gateway.hcl"
        shutil.copy(web.authority, self.folder / "upstream-ca.pem")
        self.config.write_text(_CONFIG.format(
            folder=self.folder, port=self.port, postgres=database.port, web=web.url(), rules=rules,
            database=postgres.DATABASE, uid=os.getuid() or 4242, endpoint=endpoint, gateway=gateway,
            hosts=hosts))
        super().__init__([BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
                         env={**os.environ, "CLAWPATROL_SECRET_DB": postgres.PASSWORD,
                              "CLAWPATROL_SECRET_KEY": SECRET,
                              "CLAWPATROL_SECRET_AGENT_BOT": TOKENS["bot"],
                              "CLAWPATROL_SECRET_AGENT_OTHER": TOKENS["other"]})

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self):
        """Both doors, where there are two: one listens a moment before the other."""
        if not process.accepts(self.port):
            return False
        path = self.folder / "tools.sock"
        with socket.socket(socket.AF_UNIX) as line:
            return f"unix:{path}" not in self.config.read_text() or line.connect_ex(str(path)) == 0

    def approvals(self, *words):
        return process.run([BINARY, "approvals", *words, "--state-dir", self.folder / "state"])

    def waiting(self):
        return json.loads(self.approvals("list", "--json"))

    def one_waiting(self):
        process.wait_until(lambda: len(self.waiting()) == 1, 20, "the question")
        return self.waiting()[0]

    def audit(self, *words):
        return process.run([BINARY, "audit", *words, "--state-dir", self.folder / "state"])

    def records(self, **members):
        lines = [json.loads(line) for line in self.audit("export").splitlines()]
        return [line for line in lines if all(line.get(name) == value for name, value in members.items())]

    def open(self, method, path, body=None, agent="bot", seconds=30, **fields):
        """A request that has been sent; its connection, to read the answer from or to close."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        head = {"Authorization": f"Bearer {TOKENS[agent]}"} if agent else {}
        if body is not None:
            head["Content-Type"] = "application/json"
        if isinstance(body, dict):
            body = json.dumps(body)
        head.update({name.replace("_", "-"): value for name, value in fields.items()})
        connection.request(method, path, body=body, headers=head)
        return connection

    def ask(self, method, path, body=None, **options):
        """Status and JSON of the answer."""
        connection = self.open(method, path, body, **options)
        try:
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def call(self, tool, arguments, agent="bot", operation=None, **members):
        fields = {"Clawpatrol_HITL_Operation": operation} if operation else {}
        return self.ask("POST", f"/v1/tools/{tool}", {"arguments": arguments, **members}, agent=agent,
                        **fields)

    def query(self, sql, **options):
        return self.call("postgres.query", {"sql": sql}, **options)

    def events(self, tool, arguments, **members):
        """A call whose events are read one after the other."""
        connection = self.open("POST", f"/v1/tools/{tool}", {"arguments": arguments, **members},
                               Accept="text/event-stream")
        return connection, _events(connection.getresponse())

    def by_socket(self, request):
        """Bytes to the Unix socket; what came back."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(str(self.folder / "tools.sock"))
            line.sendall(request)
            return line.recv(1 << 20)

    def written(self):
        kept = [path.read_bytes() for path in (self.folder / "state").rglob("*") if path.is_file()]
        return b"\n".join([self.log().encode(), *kept])


def _events(answer):
    name = ""
    while line := answer.readline():
        word, _, rest = line.decode().rstrip("\n").partition(": ")
        if word == "event":
            name = rest
        elif word == "data":
            yield name, json.loads(rest)
