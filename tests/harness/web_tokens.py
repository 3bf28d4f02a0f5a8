"""Token endpoints as OAuth servers, Google and GitHub have them, as routes for web.Server: they check who
asks and give tokens of their own, so that a test can say which token went upstream. Signed assertions are
checked with the openssl program."""

import base64
import hashlib
import json
import pathlib
import urllib.parse

from harness import process


def new_key(folder, name):
    """A private RSA key's file and, beside it, the public one's."""
    key, public = folder / f"{name}.pem", folder / f"{name}.pub"
    process.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key])
    process.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public])
    return key, public


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token, public, folder):
    """What a signed assertion says; raises where the signature is not by that key."""
    head, body, signature = token.split(".")
    assert json.loads(_decoded(head))["alg"] == "RS256", head
    (folder / "signed").write_text(f"{head}.{body}")
    (folder / "signature").write_bytes(_decoded(signature))
    process.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature", folder / "signature",
                 folder / "signed"])
    return json.loads(_decoded(body))


class Tokens:
    """One server's: what it gave, what it would take next, and how often each grant was asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.key, self.public = new_key(self.folder, "account")
        self.refresh, self.lives_s, self.given = "refresh-0-000000000000", 3600, []
        self.asked, self.app_asked, self.challenge, self.polls = [], [], None, 0
        self.refuses = False

    def routes(self):
        return {"token": self._token, "app": self._app, "device": self._device}

    def account(self):
        """A service account's key file."""
        return json.dumps({"type": "service_account", "client_email": "robot@project.test", "token_uri": "",
                           "private_key_id": "1", "private_key": self.key.read_text()})

    def _give(self, handler, **more):
        token = f"access-{len(self.given)}-{'t' * 20}"
        self.given.append(token)
        handler.answer_json({"access_token": token, "token_type": "Bearer", "expires_in": self.lives_s,
                             **more})

    def _renew(self):
        self.refresh = f"refresh-{len(self.given) + 1}-{'r' * 12}"
        return self.refresh

    def _token(self, handler):
        form = dict(urllib.parse.parse_qsl(handler.body.decode()))
        grant = form["grant_type"].rsplit(":", 1)[-1]
        self.asked.append(grant)
        checks = {"refresh_token": self._by_refresh, "client_credentials": self._by_client,
                  "jwt-bearer": self._by_assertion, "authorization_code": self._by_code,
                  "device_code": self._by_device}
        error = "invalid_grant" if self.refuses else checks[grant](handler, form)
        if error:
            return handler.answer_json({"error": error, "error_description": "told " + form.get(
                "refresh_token", "")}, 400)
        renewed = {} if grant in ("client_credentials", "jwt-bearer") else {"refresh_token": self._renew()}
        self._give(handler, **renewed)

    def _by_refresh(self, handler, form):
        return None if form["refresh_token"] == self.refresh else "invalid_grant"

    def _by_client(self, handler, form):
        told = base64.b64decode(handler.headers.get("Authorization", "")[6:]).decode()
        return None if told == "robot:machine-secret-0123456789" else "invalid_client"

    def _by_assertion(self, handler, form):
        claims = claims_of(form["assertion"], self.public, self.folder)
        good = claims["iss"] == "robot@project.test" and claims["exp"] - claims["iat"] <= 3600
        return None if good and "cloud-platform" in claims["scope"] else "invalid_grant"

    def _by_code(self, handler, form):
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        good = form["code"] == "the-code" and made.rstrip(b"=").decode() == self.challenge
        return None if good else "invalid_grant"

    def _by_device(self, handler, form):
        self.polls += 1
        return "authorization_pending" if self.polls == 1 else None

    def _device(self, handler):
        handler.answer_json({"device_code": "device-code-0123456789", "user_code": "ABCD-EFGH", "interval": 1,
                             "verification_uri": "https://vendor.test/device", "expires_in": 60})

    def _app(self, handler):
        claims = claims_of(handler.headers["Authorization"].split()[-1], self.public, self.folder)
        self.app_asked.append((claims["iss"], json.loads(handler.body)))
        token = f"ghs_{len(self.app_asked)}{'a' * 30}"
        self.given.append(token)
        handler.answer_json({"token": token, "expires_at": "2099-01-01T00:00:00Z"}, 201)
