"""Makes sigv4.jsonl: requests as botocore signs them, with AWS's example keys at a fixed time. Needs python3-botocore."""

import datetime
import json
import pathlib
import urllib.parse
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)

PATHS = ["/", "/a", "/a/", "/a//b", "/./a", "/a/../b", "/a/b/..", "/..", "/a%20b", "/%E1%88%B4", "/a%2Fb", "/-._~0A",
         "/a:b@c", "/a,b;c=d", "/model/anthropic.claude-3%3A0/invoke", "/a'b(c)*!$&"]
QUERIES = ["", "a=1", "b=2&a=1", "a=2&a=1", "a", "A=1&a=2", "k%20e=v%2Fw", "x=%E1%88%B4", "Param=a%3Db%26c", "a-=1&a=2"]
HEADERS = [{}, {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"},
           {"x-amz-meta-a": "  two   spaces  "}, {"Content-MD5": "CY9rzUYh03PK3k6DJie09g==", "x-amz-acl": "private"}]
BODIES = [b"", b"{}", b"Action=ListUsers&Version=2010-05-08", bytes(range(256))]


def signed(kind, number, path, query):
    service, host = {"s3": ("s3", "bucket.s3.amazonaws.com")}.get(kind, ("execute-api", "example.amazonaws.com"))
    session = "SESSION/TOKEN==" if number % 3 == 0 else None
    headers, body = HEADERS[number % len(HEADERS)], BODIES[number % len(BODIES)]
    if kind == "query":
        headers, body = {}, b""  # botocore would move a body into the query.
    url = f"https://{host}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=["GET", "POST", "DELETE"][number % 3], url=url, headers=dict(headers), data=body)
    classes = {"header": auth.SigV4Auth, "s3": auth.S3SigV4Auth, "query": auth.SigV4QueryAuth}
    signer = classes[kind](Credentials(ID, SECRET, session), service, "eu-central-1")
    texts = {}
    original = signer.canonical_request
    signer.canonical_request = lambda r: texts.setdefault("canonical", original(r))
    with mock.patch("botocore.auth.datetime") as clock:
        clock.datetime.utcnow.return_value = NOW
        signer.add_auth(request)
    row = {"service": service, "method": request.method, "path": path, "canonical": texts["canonical"]}
    if kind == "query":
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(request.url).query, keep_blank_values=True)
        row["signature"] = dict(pairs)["X-Amz-Signature"]
        row["query"] = [pair for pair in map(list, pairs) if pair[0] != "X-Amz-Signature"]
        row["headers"] = [["host", host]]
    else:
        row["signature"] = request.headers["Authorization"].rsplit("Signature=", 1)[1]
        row["query"] = [list(pair) for pair in urllib.parse.parse_qsl(query, keep_blank_values=True)]
        row["headers"] = [["host", host]] + [[name.lower(), value] for name, value in request.headers.items()
                                             if name.lower() != "authorization"]
    row["payload"] = texts["canonical"].rsplit("\n", 1)[1]
    return row


def rows():
    number = 0
    for kind in ("header", "s3", "query"):
        for path in PATHS:
            # S3's clients send the path as they sign it: only what is encoded already.
            if kind == "s3" and (urllib.parse.quote(urllib.parse.unquote(path), safe="/~") != path):
                continue
            for query in (QUERIES if path == "/" else QUERIES[:2]):
                if kind == "query" and query == "a":
                    continue  # botocore drops a parameter without a value.
                number += 1
                yield signed(kind, number, path, query)


if __name__ == "__main__":
    lines = [json.dumps(row, separators=(",", ":")) for row in rows()]
    pathlib.Path(__file__).with_name("sigv4.jsonl").write_text("\n".join(lines) + "\n")
    print(len(lines))
