"""Receivers of exported records, each a program of its own that can be killed: `receivers.py KIND PORT FOLDER
[DIE_AFTER]`. They take nothing that is not exactly as its specification has it, keep what they took by its
id, and die by SIGKILL in the middle of a batch after so many records where they are told to.

FOLDER has `received.jsonl` (a line for each record, once), `repeats` (a byte for each that came again) and
`wrong` (what was not understood, and why)."""

import gzip
import hashlib
import http.server
import json
import os
import pathlib
import re
import signal
import socketserver
import ssl
import sys
import urllib.parse

TOKEN = "otlp token/+="


class Wrong(Exception):
    """What was sent is not as the specification has it."""


def expect(holds, why):
    if not holds:
        raise Wrong(why)


class Kept:
    def __init__(self, folder, die_after):
        self.folder, self.left = pathlib.Path(folder), die_after
        self.path = self.folder / "received.jsonl"
        self.ids = {}
        if self.path.exists():
            whole, _, torn = self.path.read_text().rpartition("\n")
            if torn:
                self.path.write_text(whole + "\n" if whole else "")
            self.ids = {each["id"]: each["record"] for each in map(json.loads, whole.splitlines())}
        self.file = open(self.path, "a", encoding="utf-8")

    def take(self, name, record):
        if name in self.ids:
            expect(self.ids[name] == record, f"{name} came again and was another")
            with open(self.folder / "repeats", "a", encoding="utf-8") as repeats:
                repeats.write(".")
            return
        self.ids[name] = record
        self.file.write(json.dumps({"id": name, "record": record}) + "\n")
        self.file.flush()
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrong(self, why):
        with open(self.folder / "wrong", "a", encoding="utf-8") as wrong:
            wrong.write(f"{why}\n")


# OTLP 1.5 in JSON: opentelemetry-proto's logs.proto under protobuf's JSON mapping, with its own rules for ids
# and enums (numbers). Every member is looked at; one that is not known is wrong.

def members(value, known, required=()):
    expect(isinstance(value, dict), f"no object: {value!r}")
    expect(set(value) <= set(known), f"unknown members {set(value) - set(known)}")
    expect(set(required) <= set(value), f"missing members {set(required) - set(value)}")
    return value


def uint64(text):
    expect(isinstance(text, str) and re.fullmatch(r"[1-9]\d{0,19}", text), f"no fixed64: {text!r}")
    return int(text)


def any_value(value):
    expect(isinstance(value, dict) and len(value) <= 1, f"no AnyValue: {value!r}")
    if not value:
        return None
    [(name, inner)] = value.items()
    if name == "stringValue":
        expect(isinstance(inner, str), "a string")
        inner.encode("utf-8")
        return inner
    if name == "boolValue":
        expect(isinstance(inner, bool), "a boolean")
        return inner
    if name == "intValue":
        expect(isinstance(inner, str) and re.fullmatch(r"-?(0|[1-9]\d*)", inner), "an int64 is text")
        return int(inner)
    if name == "doubleValue":
        expect(isinstance(inner, float), "a double")
        return inner
    if name == "arrayValue":
        return [any_value(each) for each in members(inner, ["values"], ["values"])["values"]]
    expect(name == "kvlistValue", f"no AnyValue: {name}")
    return key_values(members(inner, ["values"], ["values"])["values"])


def key_values(values):
    for each in values:
        members(each, ["key", "value"], ["key", "value"])
    pairs = [(each["key"], any_value(each["value"])) for each in values]
    expect(len(dict(pairs)) == len(pairs), "a key stands twice")
    return dict(pairs)


def log_record(record, journal):
    required = ["timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "eventName"]
    members(record, [*required, "body", "attributes"], required)
    body, attributes = any_value(record["body"]), key_values(record["attributes"])
    expect(all(isinstance(each, str) for each in attributes.values()), "attributes are texts")
    expect(attributes["log.record.uid"] == f"{journal}-{body['seq']}", "the uid is journal and number")
    expect(record["eventName"] == f"clawpatrol.{body['kind']}", "the event's name is the kind's")
    expect(uint64(record["observedTimeUnixNano"]) > 0, "when it was observed")
    denied = body["kind"] == "incident" or body.get("verdict") == "deny"
    severity = (record["severityNumber"], record["severityText"])
    expect(severity == ((13, "WARN") if denied else (9, "INFO")), "the severity")
    nanoseconds = uint64(record["timeUnixNano"])
    expect(nanoseconds % 1_000_000_000 // 1000 == int(body["time"][20:26]), "the time is the record's")
    named = {"gen_ai.agent.name": "agent", "session.id": "session", "clawpatrol.rule": "rule"}
    for name, member in named.items():
        expect(attributes.get(name, "") == body.get(member, ""), f"{name} is {member}")
    return attributes["log.record.uid"], body


class Otlp(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            expect(self.path == "/v1/logs", self.path)
            expect(self.headers["Content-Type"] == "application/json", "the content's type")
            expect(self.headers["Authorization"] == f"Bearer {TOKEN}", "the token")
            request = members(json.loads(body), ["resourceLogs"], ["resourceLogs"])
            for resource_logs in request["resourceLogs"]:
                members(resource_logs, ["resource", "scopeLogs"], ["resource", "scopeLogs"])
                resource = key_values(members(resource_logs["resource"], ["attributes"])["attributes"])
                expect(resource["service.name"] == "clawpatrol", "the service's name")
                for scope_logs in resource_logs["scopeLogs"]:
                    members(scope_logs, ["scope", "logRecords"], ["scope", "logRecords"])
                    expect(scope_logs["scope"]["name"] == "clawpatrol.audit", "the scope's name")
                    for record in scope_logs["logRecords"]:
                        self.server.kept.take(*log_record(record, resource["service.instance.id"]))
        except (Wrong, KeyError, ValueError) as why:
            self.server.kept.wrong(repr(why))
            return self.answer(400, b'{"code":3,"message":"not understood"}')
        return self.answer(200, b"{}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# Objects as S3 has them: the signature checked by web_aws, which computes it by itself; an object appears
# whole or not at all.

_OBJECT = re.compile(r"/records/claw/prod/[0-9a-f]{16}/\d{4}/\d\d/\d\d/(\d{16})-(\d{16})\.ndjson(\.gz)?")


class S3(Otlp):
    def do_PUT(self):
        from harness import web_aws  # Its folder is on the path only where this is run as a program.
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.query = {}
        try:
            why = web_aws.why_not(self)
            expect(why is None, why)
            digest = hashlib.sha256(self.body).hexdigest()
            expect(self.headers["X-Amz-Content-Sha256"] == digest, "the body's hash")
            name = urllib.parse.unquote(self.path)
            found = _OBJECT.fullmatch(name)
            expect(found is not None, f"the object's name: {name}")
            text = gzip.decompress(self.body) if found[3] else self.body
            lines = [json.loads(line) for line in text.decode("utf-8").split("\n")[:-1]]
            bounds = [lines[0]["seq"], lines[-1]["seq"]]
            expect(bounds == [int(found[1]), int(found[2])], "from first to last")
        except (Wrong, KeyError, ValueError) as why:
            self.server.kept.wrong(repr(why))
            return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        objects = self.server.kept.folder / "objects"
        objects.mkdir(exist_ok=True)
        target = objects / name.rpartition("/")[2]
        self.server.kept.left -= len(lines)
        (objects / "half").write_bytes(self.body)
        if self.server.kept.left <= 0 < self.server.kept.left + len(lines):
            os.replace(objects / "half", target)  # It is there, and nobody was told.
            os.kill(os.getpid(), signal.SIGKILL)
        os.replace(objects / "half", target)
        return self.answer(200, b"")


# RFC 5424 after RFC 6587's octet counting, read a message at a time: what is kept was read, the rest was not.

_HEADER = re.compile(rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([!-~]{1,255}) clawpatrol - "
                     rb"([!-~]{1,32}) ", re.ASCII)
_PARAMETER = re.compile(rb' ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"')


def syslog_message(message):
    head = _HEADER.match(message)
    expect(head is not None, f"the head: {message[:100]!r}")
    priority = int(head[1])
    expect(priority // 8 == 13, f"the facility: {priority}")
    at, data = head.end(), {}
    expect(message.startswith(b"[clawpatrol@32473", at), "structured data")
    at += len(b"[clawpatrol@32473")
    while (parameter := _PARAMETER.match(message, at)) is not None:
        data[parameter[1].decode()] = re.sub(rb"\\([\"\\\]])", rb"\1", parameter[2]).decode("utf-8")
        at = parameter.end()
    expect(message.startswith(b"] ", at), "the structured data's end")
    text = message[at + 2:]
    expect(all(0x20 <= byte < 0x7F for byte in text), "the message is visible ASCII")
    record = json.loads(text)
    expect((record["kind"], record["time"]) == (head[4].decode(), head[2].decode()), "kind and time")
    expect(str(record["seq"]) == data["seq"], "the number")
    denied = record["kind"] == "incident" or record.get("verdict") == "deny"
    expect(priority % 8 == (4 if denied else 6), "the severity")
    return f"{data['journal']}-{data['seq']}", record


class Syslog(socketserver.StreamRequestHandler):
    rbufsize = 0  # What is not read yet is the kernel's, so that dying with it unread is seen by who sent it.

    def exactly(self, count):
        got = b""
        while len(got) < count:
            more = self.request.recv(count - len(got))
            if not more:
                raise Wrong(f"the connection ended {count - len(got)} bytes early")
            got += more
        return got

    def handle(self):
        try:
            while (first := self.request.recv(1)):
                digits = first
                while not digits.endswith(b" "):
                    expect(len(digits) < 9 and digits[-1:].isdigit(), f"no length: {digits!r}")
                    digits += self.exactly(1)
                expect(not digits.startswith(b"0"), "a length begins with another digit")
                self.server.kept.take(*syslog_message(self.exactly(int(digits))))
            if isinstance(self.request, ssl.SSLSocket):
                self.request.unwrap()
        except (Wrong, KeyError, ValueError) as why:
            self.server.kept.wrong(repr(why))
        except OSError:
            pass  # The gateway was killed.


class TlsServer(socketserver.TCPServer):
    """With the certificate of FOLDER; the handshake is the first thing a connection does."""

    def get_request(self):
        connection, address = super().get_request()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.kept.folder / "server.crt", self.kept.folder / "server.key")
        return context.wrap_socket(connection, server_side=True), address


class UnixServer(socketserver.UnixStreamServer):
    pass


def main(kind, place, folder, die_after=0):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    for server in (socketserver.TCPServer, socketserver.UnixStreamServer, http.server.HTTPServer):
        server.allow_reuse_address = True
    address = place if kind == "unix" else ("127.0.0.1", int(place))
    if kind == "unix":
        pathlib.Path(place).unlink(missing_ok=True)
    servers = {"otlp": (http.server.HTTPServer, Otlp), "s3": (http.server.HTTPServer, S3),
               "syslog": (socketserver.TCPServer, Syslog), "tls": (TlsServer, Syslog),
               "unix": (UnixServer, Syslog)}
    server_class, handler = servers[kind]
    server = server_class(address, handler, bind_and_activate=False)
    server.kept = Kept(folder, int(die_after))
    server.server_bind()
    server.server_activate()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
