"""As much of AWS as shows whether a request is signed with the right key: routes for web.Server that check
Signature Version 4 as its documentation describes it, in the header or in the query, and answer 403 where it
is wrong. Written without an SDK, so that the clients of a test are not their own judges."""

import hashlib
import hmac
import urllib.parse

KEY_ID, KEY = "AKIAREALREALREALREAL", "real/secret+key0123456789"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _encoded(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


def _query(text, leave_out):
    pairs = [pair.partition("=")[::2] for pair in text.split("&") if pair]
    decoded = [(urllib.parse.unquote(name), urllib.parse.unquote(value)) for name, value in pairs]
    kept = (f"{_encoded(name)}={_encoded(value)}" for name, value in decoded if name != leave_out)
    return "&".join(sorted(kept))


def _told(handler):
    """Credential, signed headers, signature and date, from where they stand."""
    if "X-Amz-Signature" in handler.query:
        return (*(handler.query[f"X-Amz-{name}"] for name in ("Credential", "SignedHeaders", "Signature")),
                handler.query["X-Amz-Date"], "UNSIGNED-PAYLOAD")
    words = handler.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", ")
    parts = dict(word.split("=", 1) for word in words)
    return (parts["Credential"], parts["SignedHeaders"], parts["Signature"], handler.headers["X-Amz-Date"],
            handler.headers.get("X-Amz-Content-Sha256") or hashlib.sha256(handler.body).hexdigest())


def why_not(handler):
    """Why this request is not the key's, or nothing."""
    credential, names, signature, date, payload = _told(handler)
    key_id, day, region, service, last = credential.split("/")
    if key_id != KEY_ID or last != "aws4_request" or not date.startswith(day):
        return f"another key: {key_id}"
    if payload not in ("UNSIGNED-PAYLOAD", hashlib.sha256(handler.body).hexdigest()):
        return "another payload"
    path, _, query = handler.path.partition("?")
    path = urllib.parse.unquote(path) if service == "s3" else path
    headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in names.split(";"))
    request = "\n".join([handler.command, _encoded(path, "/-_.~"), _query(query, "X-Amz-Signature"), headers,
                         names, payload])
    text = "\n".join(["AWS4-HMAC-SHA256", date, f"{day}/{region}/{service}/aws4_request",
                      hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{KEY}".encode()
    for word in (day, region, service, "aws4_request"):
        key = _hmac(key, word)
    return None if hmac.compare_digest(_hmac(key, text).hex(), signature) else "the signature does not match"


_IDENTITY = (b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
             b"<GetCallerIdentityResult><Arn>arn:aws:iam::1:user/robot</Arn><UserId>AIDA</UserId>"
             b"<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
_LIST = (b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>shop</Name>'
         b"<KeyCount>1</KeyCount><MaxKeys>10</MaxKeys><IsTruncated>false</IsTruncated><Contents>"
         b"<Key>a b</Key><Size>1</Size></Contents></ListBucketResult>")


class Aws:
    def __init__(self):
        self.objects, self.wrong = {}, []

    def routes(self):
        return {"": self._judged(self._root), "shop": self._judged(self._bucket)}

    def _judged(self, answer):
        def judged(handler):
            lack = why_not(handler)
            if not lack:
                return answer(handler)
            self.wrong.append(lack)
            handler.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code><Message>" + lack.encode() +
                           b"</Message></Error>", Content_Type="application/xml")
        return judged

    def _root(self, handler):
        if "X-Amz-Target" in handler.headers:
            return handler.answer_json({"TableNames": ["orders"]}, Content_Type="application/x-amz-json-1.0")
        handler.answer(200, _IDENTITY, Content_Type="text/xml")

    def _bucket(self, handler):
        name = urllib.parse.unquote(handler.path.partition("?")[0])
        if handler.command == "PUT":
            self.objects[name] = handler.body
            return handler.answer(200, b"", ETag='"e"')
        if name.rstrip("/") == "/shop":
            return handler.answer(200, _LIST, Content_Type="application/xml")
        handler.answer(200, self.objects[name], Content_Type="application/octet-stream")
