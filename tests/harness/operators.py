"""A person or a program at the operators' API: signs in as a browser does, and holds every answer against the
schema that openapi.yaml gives it."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import struct
import time
import warnings

import yaml

from harness import process

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema

DOCUMENT = yaml.safe_load((process.ROOT / "src/admin/openapi.yaml").read_text())
PASSWORD = "correct horse battery staple"


def totp(secret, at=None):
    """RFC 6238: six digits of SHA-1, thirty seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06}"


def operation(method, path):
    """The document's path and operation for a request, or nothing."""
    path = path.partition("?")[0]
    plain = [name for name in DOCUMENT["paths"] if "{" not in name and name == path]
    for name in plain or DOCUMENT["paths"]:
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(name))
        if re.fullmatch(pattern, path) and method.lower() in DOCUMENT["paths"][name]:
            return name, DOCUMENT["paths"][name][method.lower()]
    return None


def check(method, path, status, content_type, body):
    """Fails unless the answer is one that the document promises."""
    found = operation(method, path)
    if found is None:
        return
    answers = found[1]["responses"]
    answer = answers.get(str(status), answers.get("default"))
    assert answer is not None, f"{method} {path}: {status} is not in the document"
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    content = answer.get("content", {}).get("application/json")
    if content is None or not content_type.startswith("application/json"):
        return
    resolver = jsonschema.RefResolver("", DOCUMENT)
    jsonschema.Draft202012Validator(content["schema"], resolver=resolver).validate(json.loads(body))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


class Operator:
    """One browser, or one program with a token."""

    def __init__(self, port, token=None, tls=True, host="localhost"):
        self.port, self.token, self.tls, self.host = port, token, tls, host
        self.cookie, self.csrf = None, None

    @property
    def origin(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def connection(self, seconds=30):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=seconds, context=context)

    def headers(self, method, extra=None):
        headers = {"Host": f"{self.host}:{self.port}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            headers["Cookie"] = f"claw_session={self.cookie}"
        if method not in ("GET", "HEAD") and not self.token:
            headers["Origin"] = self.origin
            if self.csrf:
                headers["X-CSRF-Token"] = self.csrf
        headers.update(extra or {})
        return {name: value for name, value in headers.items() if value is not None}

    def ask(self, method, path, body=None, headers=None, seconds=30):
        connection = self.connection(seconds)
        try:
            sent = self.headers(method, headers)
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        if method != "HEAD":
            check(method, path, answer.status, answer.headers.get("Content-Type", ""), answer.body)
        for field in answer.headers.get_all("Set-Cookie") or []:
            match = re.match(r"claw_session=([^;]*)", field)
            if match:
                self.cookie = match[1] or None
        if path.startswith("/api/v1/session") and answer.status == 200 and method != "GET":
            self.csrf = answer.json.get("csrf")
        if path.startswith("/api/v1/me/password") and answer.status == 200:
            self.csrf = answer.json.get("csrf")
        return answer

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.ask("POST", path, body, **options)

    def first(self, link, name="ann", password=PASSWORD):
        return self.post("/api/v1/session/first", {"link": link, "name": name, "password": password})

    def sign_in(self, name, password=PASSWORD):
        return self.post("/api/v1/session/password", {"name": name, "password": password})

    def set_totp(self):
        """Sets it up for this person, and returns the secret."""
        secret = self.post("/api/v1/me/totp").json["secret"]
        assert self.post("/api/v1/me/totp/confirm", {"code": totp(secret)}).status == 200
        return secret


class Events:
    """Server-sent events, read as they come."""

    def __init__(self, operator, path="/api/v1/events", last=None, seconds=30):
        self.connection = operator.connection(seconds)
        extra = {"Last-Event-ID": str(last)} if last is not None else {}
        self.connection.request("GET", path, headers=operator.headers("GET", extra))
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.connection.close()

    def next(self):
        event = {"id": None}
        while True:
            line = self.response.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if not line:
                if "event" in event:
                    event["data"] = json.loads(event["data"])
                    return event
                continue
            name, _, value = line.partition(": ")
            event[name] = value

    def until(self, name, wanted=lambda data: True, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            event = self.next()
            assert time.monotonic() < deadline, f"no such `{name}` within {seconds} s"
            if event is None or (event["event"] == name and wanted(event["data"])):
                return event


def raw(port, sent, tls=True, seconds=10):
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (context.wrap_socket(plain) if tls else plain) as stream:
            stream.sendall(sent)
            received = b""
            while True:
                try:
                    piece = stream.recv(65536)
                except (TimeoutError, ConnectionError, ssl.SSLError):
                    return received
                if not piece:
                    return received
                received += piece
