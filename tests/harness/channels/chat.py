"""Slack, Discord, Telegram, Teams, PagerDuty and a webhook as one HTTP server on loopback: keeps what it was
sent, answers as each does, and makes the callbacks that its people's clicks would be."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse

BOT_TOKEN, SIGNING_SECRET = "xoxb-chat-0001", "slack-signing-secret"
DISCORD_TOKEN, TELEGRAM_TOKEN, TELEGRAM_SECRET = "discord.bot.token", "77:telegram-token", "telegram-hook"
ROUTING_KEY, HOOK_SECRET, CALLBACK_SECRET = "pd-routing-key", "hook-out-secret", "hook-in-secret"

SECRETS = {"APP_BOT_TOKEN": BOT_TOKEN, "APP_SIGNING_SECRET": SIGNING_SECRET, "BOT": DISCORD_TOKEN,
           "TG_TOKEN": TELEGRAM_TOKEN, "TG_WEBHOOK_SECRET": TELEGRAM_SECRET, "PD": ROUTING_KEY,
           "HOOK_SECRET": HOOK_SECRET, "HOOK_CALLBACK_SECRET": CALLBACK_SECRET}


class Sent:
    """One request that reached the server."""

    def __init__(self, handler, body):
        self.at, self.method, self.path = time.monotonic(), handler.command, handler.path
        self.headers, self.raw = handler.headers, body
        self.body = json.loads(body) if body else None
        self.kind = self.path.strip("/").split("/")[0]

    def buttons(self):
        """What each button carries, by its label, wherever the vendor puts them."""
        found = {}

        def walk(value):
            if isinstance(value, list):
                for each in value:
                    walk(each)
            elif isinstance(value, dict):
                label = value.get("label") or value.get("text")
                carried = value.get("custom_id") or value.get("callback_data") or value.get("value")
                if carried and label:
                    found[label["text"] if isinstance(label, dict) else label] = carried
                for each in value.values():
                    walk(each)

        walk(self.body)
        return found


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def _any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = Sent(self, body)
        status, answer = self.server.chat.take(sent)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PATCH = do_GET = _any


class Chat:
    def __init__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.chat = self
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._news = threading.Condition()
        self.sent, self.tried, self.down = [], 0, set()

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *failure):
        self._server.shutdown()
        self._server.server_close()

    def take(self, sent):
        with self._news:
            self.tried += 1
            if sent.kind in self.down:
                self._news.notify_all()
                return 503, {"error": "down"}
            self.sent.append(sent)
            number = len(self.sent)
            self._news.notify_all()
        return getattr(self, "_" + sent.kind)(sent, number)

    def _slack(self, sent, number):
        if sent.headers.get("Authorization") != "Bearer " + BOT_TOKEN:
            return 200, {"ok": False, "error": "invalid_auth"}
        return 200, {"ok": True, "channel": "C1", "ts": sent.body.get("ts", f"17.{number}")}

    def _discord(self, sent, number):
        good = sent.headers.get("Authorization") == "Bot " + DISCORD_TOKEN
        return (200, {"id": str(1000 + number)}) if good else (401, {"message": "401: Unauthorized"})

    def _telegram(self, sent, number):
        good = f"/bot{TELEGRAM_TOKEN}/" in sent.path
        return (200, {"ok": True, "result": {"message_id": number}}) if good else (404, {"ok": False})

    def _teams(self, sent, number):
        return 202, {}

    def _pagerduty(self, sent, number):
        good = sent.body["routing_key"] == ROUTING_KEY
        return (202, {"status": "success", "dedup_key": sent.body["dedup_key"]}) if good else (400, {})

    def _hook(self, sent, number):
        signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.raw
        wanted = "v1," + base64.b64encode(hmac.digest(HOOK_SECRET.encode(), signed, "sha256")).decode()
        return (200, {}) if sent.headers["webhook-signature"] == wanted else (401, {})

    def wait(self, seconds=10, **wanted):
        """The first message so far or to come that `wanted` fits: kind=…, has=text in it, after=how many."""

        def fits(sent):
            return (wanted.get("kind", sent.kind) == sent.kind and wanted.get("path", "") in sent.path
                    and wanted.get("has", "") in sent.raw.decode())

        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for sent in self.sent[wanted.get("after", 0):]:
                    if fits(sent):
                        return sent
                if not self._news.wait(max(deadline - time.monotonic(), 0)):
                    raise TimeoutError(f"nobody was told {wanted}: {[each.path for each in self.sent]}")

    def count(self):
        with self._news:
            return len(self.sent)


def slack_click(value, person, secret=SIGNING_SECRET, seconds=None):
    """Headers and body of the callback that Slack sends when `person` clicks."""
    payload = {"type": "block_actions", "user": {"id": person}, "channel": {"id": "C1"},
               "actions": [{"action_id": "approval_allow", "value": value}]}
    body = "payload=" + urllib.parse.quote(json.dumps(payload))
    seconds = str(seconds or int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{seconds}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": seconds, "X-Slack-Signature": "v0=" + signature,
            "Content-Type": "application/x-www-form-urlencoded"}, body


def telegram_click(value, person, secret=TELEGRAM_SECRET):
    query = {"id": str(time.monotonic_ns()), "from": {"id": person}, "data": value}
    return {"X-Telegram-Bot-Api-Secret-Token": secret}, json.dumps({"update_id": 1, "callback_query": query})


def hook_answer(answer, secret=CALLBACK_SECRET):
    body, name, seconds = json.dumps(answer), f"m{time.monotonic_ns()}", str(int(time.time()))
    signed = f"{name}.{seconds}.{body}".encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
    return {"webhook-id": name, "webhook-timestamp": seconds, "webhook-signature": "v1," + signature}, body


def discord_click(value, person, key):
    """`key`: a private key of the cryptography module."""
    body = json.dumps({"type": 3, "member": {"user": {"id": person}}, "data": {"custom_id": value}})
    seconds = str(int(time.time()))
    return {"X-Signature-Timestamp": seconds,
            "X-Signature-Ed25519": key.sign((seconds + body).encode()).hex()}, body
