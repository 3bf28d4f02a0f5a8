"""Credentials that are more than a header: client certificates, signatures that AWS's own rules check, tokens
had from a token endpoint, and a first login by `credentials connect`."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import urllib.parse

import test_https_room
from harness import process, web, web_aws, web_gateway, web_tokens
from harness.gateway import BINARY
from harness.web_case import PYTHON, Https, needs_module


def _folder(case):
    return pathlib.Path(case.enterClassContext(tempfile.TemporaryDirectory(prefix="clawpatrol-credentials-")))


class ClientCertificate(Https):
    parts = {"credential": 'credential "mtls_credential" "key" { endpoint = https.api }\n',
             "credentials": "mtls_credential.key"}

    @classmethod
    def upstream(cls):
        server = web.Server()
        server.socket.context.verify_mode = ssl.CERT_REQUIRED
        cls.client = server.folder
        cls.parts = {**cls.parts, "environment": {
            "CLAWPATROL_SECRET_KEY_KEY": f"@{cls.client}/client.key",
            "CLAWPATROL_SECRET_KEY_CERT": f"@{cls.client}/client.crt"}}
        return server

    def test_the_upstream_sees_the_certificate_and_the_agent_nothing(self):
        for version in ("--http1.1", "--http2"):
            seen = self.gateway.curl(version, "https://api.test/echo")
            subject = dict(pair for names in self.server.requests[-1]["peer"]["subject"] for pair in names)
            self.assertEqual(subject["commonName"], "cert_user")
            self.assertNotIn("PRIVATE KEY", seen + self.gateway.log())

    def test_without_one_or_with_anothers_key_nothing_arrives(self):
        other = self.gateway.folder / "other.key"
        process.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other])
        wrong = {**self.parts["environment"], "CLAWPATROL_SECRET_KEY_KEY": f"@{other}"}
        for parts in ({**self.parts, "environment": wrong},
                      {"credential": web_gateway.BEARER, "credentials": "bearer_token.key"}):
            with web_gateway.WebGateway(self.server, **parts) as gateway:
                status = gateway.curl("-o", "/dev/null", "-w", "%{http_code}", "https://api.test/echo")
            self.assertEqual(status, "502")
        self.assertEqual(self.server.requests, [])


_BOTO = """
import boto3, botocore.config, sys
config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
def client(name):
    return boto3.client(name, region_name="us-east-1", config=config)
s3 = client("s3")
"""


class Aws(Https):
    parts = {"hosts": '"s3.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com", '
                      '"dynamodb.us-east-1.amazonaws.com", "s3.amazonaws.com", "sts.amazonaws.com"',
             "credential": 'credential "aws_credential" "key" { endpoint = https.api }\n',
             "credentials": "aws_credential.key",
             "environment": {"CLAWPATROL_SECRET_KEY_SECRET_ACCESS_KEY": web_aws.KEY,
                             "CLAWPATROL_SECRET_KEY_ACCESS_KEY_ID": web_aws.KEY_ID}}

    @classmethod
    def upstream(cls):
        needs = subprocess.run([PYTHON, "-c", "import boto3"], check=False, capture_output=True)
        if needs.returncode != 0:
            needs_module("boto3", "python3-boto3")
        cls.aws = web_aws.Aws()
        return web.Server(routes=cls.aws.routes())

    def boto(self, script):
        self.aws.wrong.clear()
        return self.good(PYTHON, "-c", _BOTO + script, AWS_SECRET_ACCESS_KEY="nothing",
                         AWS_EC2_METADATA_DISABLED="true", AWS_STS_REGIONAL_ENDPOINTS="regional")

    def test_objects_with_names_that_are_hard_to_sign(self):
        told = self.boto("""
for name, body in (("plain", b"one"), ("a b+c/~d", b"two" * 1000), ("\\u00fc=&", b"")):
    s3.put_object(Bucket="shop", Key=name, Body=body, Metadata={"who": "agent  with   spaces"})
    assert s3.get_object(Bucket="shop", Key=name)["Body"].read() == body, name
print(s3.list_objects_v2(Bucket="shop", Prefix="a b/+", MaxKeys=10)["Contents"][0]["Key"])
""")
        self.assertEqual((told, self.aws.wrong), ("a b\n", []))

    def test_requests_whose_body_is_signed(self):
        told = self.boto("""
print(client("sts").get_caller_identity()["Arn"], client("dynamodb").list_tables()["TableNames"])
""")
        self.assertEqual((told, self.aws.wrong), ("arn:aws:iam::1:user/robot ['orders']\n", []))

    def test_a_presigned_address(self):
        address = self.boto("""
s3.put_object(Bucket="shop", Key="for you", Body=b"here")
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url="https://s3.us-east-1.amazonaws.com",
                  config=botocore.config.Config(s3={"addressing_style": "path"}, signature_version="s3v4"))
print(s3.generate_presigned_url("get_object", Params={"Bucket": "shop", "Key": "for you"}))
""").strip()
        self.assertNotIn(web_aws.KEY_ID, address)
        self.assertEqual(self.gateway.curl(address), "here")
        self.assertEqual(self.aws.wrong, [])

    def test_without_the_real_key_the_server_refuses(self):
        with web_gateway.WebGateway(self.server, **{**self.parts, "environment": {
                "CLAWPATROL_SECRET_KEY_SECRET_ACCESS_KEY": "another/secret",
                "CLAWPATROL_SECRET_KEY_ACCESS_KEY_ID": web_aws.KEY_ID}}) as gateway:
            done = gateway.agent(PYTHON, "-c", _BOTO + 's3.get_object(Bucket="shop", Key="plain")',
                                 AWS_SECRET_ACCESS_KEY="nothing")
        self.assertIn("SignatureDoesNotMatch", done.stderr)
        self.assertEqual(self.aws.wrong, ["the signature does not match"])


_TOKENS = """
endpoint "https" "{name}" {{
  hosts    = ["{name}.test"]
  upstream = "{url}"
  ca_cert  = "<<file:upstream-ca.pem>>"
}}
rule "{name}-all" {{
  endpoint = https.{name}
  verdict  = "allow"
}}
credential "{kind}" "{name}" {{
  endpoint = https.{name}
  {settings}
}}
"""


class Tokens(Https):
    """Refresh tokens, client credentials, service accounts, apps: each against a server that checks them."""

    @classmethod
    def upstream(cls):
        cls.tokens = web_tokens.Tokens(_folder(cls))
        server = web.Server(routes=cls.tokens.routes())
        url = server.url()
        token_url = f'token_url = "{url}/token"'
        kinds = {
            "person": ("oauth2", f'{token_url}\n  client_id = "robot"'),
            "machine": ("oauth2", f'{token_url}\n  client_id = "robot"\n  auth_style = "basic"'),
            "google": ("google_credential", token_url),
            "app": ("github_app", 'app_id = "12"\n  installation_id = "77"\n  repositories = ["shop"]\n'
                                  f'  permissions = {{ contents = "read" }}\n  api_url = "{url}"'),
        }
        made = (_TOKENS.format(name=name, url=url, kind=kind, settings=settings)
                for name, (kind, settings) in kinds.items())
        lent = ["bearer_token.key", *(f"{kind}.{name}" for name, (kind, _) in kinds.items())]
        cls.parts = {
            "more": "".join(made),
            "credentials": ", ".join(lent),
            "settings": 'vault { key_environment = "TEST_VAULT_KEY" }',
            "environment": {
                "TEST_VAULT_KEY": "11" * 32,
                "SSL_CERT_FILE": str(server.authority),
                "CLAWPATROL_SECRET_PERSON_REFRESH_TOKEN": cls.tokens.refresh,
                "CLAWPATROL_SECRET_MACHINE_CLIENT_SECRET": "machine-secret-0123456789",
                "CLAWPATROL_SECRET_GOOGLE": cls.tokens.account(),
                "CLAWPATROL_SECRET_APP": f"@{cls.tokens.key}",
            }}
        return server

    def setUp(self):
        super().setUp()
        self.tokens.asked.clear()

    def used(self, name):
        """The bearer token that went upstream; the agent must not see it come back."""
        shown = self.gateway.curl("-H", "Authorization: Bearer placeholder", f"https://{name}.test/echo")
        sent = [request for request in self.server.requests if request["path"] == "/echo"]
        token = sent[-1]["headers"]["authorization"].split()[-1]
        self.assertEqual(token, self.tokens.given[-1])
        self.assertNotIn(token, shown)
        return token

    def test_a_token_is_asked_for_once_and_used_while_it_lives(self):
        for name, grant in (("machine", "client_credentials"), ("google", "jwt-bearer")):
            with self.subTest(name):
                self.tokens.asked.clear()
                self.assertEqual(len({self.used(name) for _ in range(3)}), 1)
                self.assertEqual(self.tokens.asked, [grant])

    def test_an_apps_token_is_narrowed(self):
        first = self.used("app")
        self.assertTrue(first.startswith("ghs_"))
        self.assertEqual(self.used("app"), first)
        self.assertEqual(self.tokens.app_asked, [("12", {"repositories": ["shop"],
                                                         "permissions": {"contents": "read"}})])

    def test_renewed_refresh_tokens_are_used_and_refusals_refuse(self):
        self.tokens.lives_s = 1
        first = self.used("person")
        process.wait_until(lambda: self.used("person") != first, 10, "another token")
        self.assertGreaterEqual(len(self.tokens.asked), 2)  # The second by what came with the first.
        self.assertNotIn(self.tokens.refresh.encode(), self.gateway.written())
        self.tokens.refuses = True
        process.wait_until(lambda: self.status("https://person.test/echo") == "502", 10, "a refusal")
        self.server.forget()
        told = json.loads(self.gateway.curl("https://person.test/echo"))
        self.tokens.refuses = False
        self.assertIn("invalid_grant", told["detail"])
        self.assertNotIn("refresh-", json.dumps(told))
        self.assertNotIn("/echo", [request["path"] for request in self.server.requests])


class Connect(Https):
    """A person's login, by a code typed in elsewhere or pasted here, through to the first request."""

    @classmethod
    def upstream(cls):
        cls.tokens = web_tokens.Tokens(_folder(cls))
        server = cls.server_of(cls.tokens.routes())
        url = server.url()
        common = f'token_url = "{url}/token"\n  client_id = "robot"\n  '
        cls.parts = {
            "more": "".join(_TOKENS.format(name=name, url=url, kind="oauth2", settings=common + more)
                            for name, more in (
                                ("typed", f'device_url = "{url}/device"'),
                                ("pasted", 'auth_url = "https://vendor.test/authorize"\n'
                                           '  redirect_url = "http://localhost:1/done"'))),
            "credentials": "bearer_token.key, oauth2.typed, oauth2.pasted",
            "settings": 'vault { key_environment = "TEST_VAULT_KEY" }',
            "environment": {"TEST_VAULT_KEY": "11" * 32, "SSL_CERT_FILE": str(server.authority)}}
        return server

    @classmethod
    def server_of(cls, routes):
        return web.Server(routes=routes)

    def begin(self, name):
        return subprocess.Popen([BINARY, "credentials", "connect", self.gateway.config, name], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                cwd=self.gateway.folder, env={**os.environ, **self.parts["environment"]})

    def finished(self, child, name, stdin=None):
        told, _ = child.communicate(stdin, timeout=30)
        self.assertEqual(child.returncode, 0, told)
        self.assertFalse([token for token in self.tokens.given if token in told])
        self.gateway.curl(f"https://{name}.test/echo")
        token = self.tokens.given[-1]  # By the refresh token: nobody has said how long the first one lives.
        self.assertEqual(self.server.requests[-1]["headers"]["authorization"], f"Bearer {token}")
        self.assertIn("credential_connected", self.gateway.audit("export"))
        self.assertNotIn(token.encode(), self.gateway.written())
        return told

    def test_by_a_code_that_is_typed_in_at_the_vendors(self):
        told = self.finished(self.begin("typed"), "typed")
        self.assertIn("ABCD-EFGH", told)
        self.assertEqual(self.tokens.polls, 2)  # The first came too early.

    def test_by_a_pasted_address_and_not_by_somebody_elses(self):
        for state, works in (("of-another-attempt", False), (None, True)):
            child = self.begin("pasted")
            address = ""
            while not address.startswith("https://vendor.test/"):
                address = child.stdout.readline().strip()
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
            self.assertEqual((query["code_challenge_method"], query["client_id"]), ("S256", "robot"))
            self.tokens.challenge = query["code_challenge"]
            ending = urllib.parse.urlencode({"code": "the-code", "state": state or query["state"]})
            pasted = f"http://localhost:1/done?{ending}\n"
            if works:
                self.finished(child, "pasted", pasted)
                continue
            asked = len(self.tokens.asked)
            child.communicate(pasted, timeout=30)
            self.assertNotEqual(child.returncode, 0)
            self.assertEqual(len(self.tokens.asked), asked)


class ConnectByNameServer(Connect):
    """The vendor's name is known to the gateway's name server alone; who connects asks it too."""

    @classmethod
    def upstream(cls):
        cls.names = test_https_room.NameServer()
        cls.names.start()
        server = super().upstream()
        known = f"https://{test_https_room.NAME}:{server.port}"
        cls.parts["more"] = cls.parts["more"].replace(server.url(), known)
        cls.parts["settings"] += f'\n  resolver = "127.0.0.1:{cls.names.port}"'
        server.url = lambda: known
        return server

    def finished(self, child, name, stdin=None):
        """Connected, as its operator says; the gateway itself goes to nothing of this machine by a name."""
        told, _ = child.communicate(stdin, timeout=30)
        self.assertEqual(child.returncode, 0, told)
        self.assertIn("credential_connected", self.gateway.audit("export"))
        self.assertNotEqual(self.status(f"https://{name}.test/echo"), "200")
        self.assertIn("out of reach", self.gateway.log())
        return told

    @classmethod
    def server_of(cls, routes):
        return web.Server(routes=routes, names=f"DNS:{test_https_room.NAME}")
