"""What the tests of channels and models have in common: the vendors' stubs, the gateway that tells them, and
callbacks to it."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import socket
import tempfile
import unittest
import unittest.mock

import psycopg2
from gated import Gated
from harness import certificates, gateway, process
from harness.channels import chat, mail, models

CHANNELS = """
credential "slack_tokens" "app" {{}}
credential "discord_bot_token" "bot" {{}}
credential "telegram_bot_token" "tg" {{}}
credential "teams_webhook" "teams" {{}}
credential "pagerduty_routing_key" "pd" {{}}
credential "webhook_secret" "hook" {{}}
credential "smtp_login" "mail" {{}}
credential "bearer_token" "model" {{}}
credential "anthropic_manual_key" "claude" {{}}

channel "slack" "ops" {{
  credential = slack_tokens.app
  to         = "#ops"
  url        = "{chat}/slack"
  people     = {{ "U1" = "ann", "U2" = "bob" }}
}}
channel "slack" "managers" {{
  credential = slack_tokens.app
  to         = "#managers"
  url        = "{chat}/slack"
  people     = {{ "U9" = "mia" }}
}}
channel "discord" "guild" {{
  credential = discord_bot_token.bot
  to         = "4711"
  url        = "{chat}/discord"
  public_key = "{discord_key}"
  people     = {{ "99" = "ann" }}
}}
channel "telegram" "group" {{
  credential = telegram_bot_token.tg
  to         = "-100"
  url        = "{chat}/telegram"
  people     = {{ "4242" = "ann" }}
}}
channel "teams" "cards" {{ credential = teams_webhook.teams }}
channel "pagerduty" "pager" {{
  credential = pagerduty_routing_key.pd
  url        = "{chat}/pagerduty"
}}
channel "webhook" "events" {{
  credential = webhook_secret.hook
  url        = "{chat}/hook"
  people     = {{ "ann@test" = "ann" }}
}}
channel "email" "letters" {{
  host       = "localhost:{mail}"
  user       = "gateway"
  credential = smtp_login.mail
  ca_file    = "{folder}/ca.crt"
  from       = "gateway@example.com"
  to         = ["ann@example.com", "bob@example.com"]
}}
"""

REST = """
rule "rest" {
  endpoint = postgres.db
  priority = -1
  verdict  = "allow"
}
"""


class Told(Gated):
    settings = 'public_url = "https://patrol.example.com"'
    asks = ""  # Approvers and rules; `{model}` is the model's server.

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-channels-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        certificates.make(cls.folder)
        cls.chat = cls.enterClassContext(chat.Chat())
        cls.model = cls.enterClassContext(models.Model())
        cls.mail = cls.enterClassContext(mail.Sink(cls.folder / "server.crt", cls.folder / "server.key"))
        known = {"chat": cls.chat.url, "mail": cls.mail.port, "folder": cls.folder, "model": cls.model.url,
                 "discord_key": cls.discord_key()}
        cls.rules = CHANNELS.format(**known) + cls.asks.replace("{model}", cls.model.url) + REST
        secrets = {**chat.SECRETS, "TEAMS": cls.chat.url + "/teams", "MAIL": mail.PASSWORD,
                   "MODEL": models.KEY, "CLAUDE": models.KEY}
        with unittest.mock.patch.dict(os.environ, {f"CLAWPATROL_SECRET_{name}": value
                                                   for name, value in secrets.items()}):
            super().setUpClass()
        for name in ("ann", "bob", "mia"):
            account = json.dumps({"name": name, "role": "approver", "groups": []})
            status, text = cls.ask_gateway("POST", "/api/v1/people", {"Content-Type": "application/json"},
                                           account)
            assert status in (200, 201), text

    @classmethod
    def discord_key(cls):
        return "00" * 32

    def setUp(self):
        self.agents = self.enterContext(concurrent.futures.ThreadPoolExecutor(8))
        self.before = self.chat.count()

    def start(self, statement):
        """Runs a statement on its own connection; the future has how many rows, or the error's SQLSTATE."""

        def run():
            with self.cursor() as cursor:
                try:
                    cursor.execute(statement)
                    return cursor.rowcount
                except psycopg2.Error as error:
                    return error.pgcode

        return self.agents.submit(run)

    def told(self, **wanted):
        return self.chat.wait(after=self.before, **wanted)

    @classmethod
    def ask_gateway(cls, method, path, headers=None, body=None):
        """The operators' socket: the status, and the body."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        connection.sock.connect(str(cls.gateway.folder / "state/admin.sock"))
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def callback(self, name, signed):
        headers, body = signed
        return self.ask_gateway("POST", "/api/v1/callbacks/" + name, headers, body)

    def open_questions(self):
        return [each for each in json.loads(self.ask_gateway("GET", "/api/v1/approvals")[1])
                if each["state"] == "open"]

    def channel_status(self, name):
        told = json.loads(self.ask_gateway("GET", "/api/v1/status")[1])["channels"]
        return next((each for each in told if each["name"] == name), {})

    def deny_all(self):
        for each in self.open_questions():
            self.ask_gateway("POST", f"/api/v1/approvals/{each['id']}/deny")

    def ends(self, answer, wanted):
        self.assertEqual(answer.result(10), wanted)
        process.wait_until(lambda: not self.open_questions(), 10, "no open question")
