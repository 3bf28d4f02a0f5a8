"""Tools that are bound to one service: GitHub, Google Cloud and AWS. What arrives there has the gateway's
credential, for AWS a signature that its own rules check, and the agent never sees any of it."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from harness import gateway, process, tool_gateway, web, web_aws, web_github
from harness.gateway import BINARY

GITHUB, GOOGLE = "github-secret-0123456789abcdef", "google-secret-0123456789abcdef"

CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
}}

agent "bot" {{
  profile = profile.agents
}}

endpoint "tools" "local" {{
  listen = ["127.0.0.1:{port}"]
}}

endpoint "https" "github" {{
  hosts    = ["api.github.com"]
  upstream = "{github}"
  ca_cert  = "<<file:github.pem>>"
  use      = ["github-guarded"]
}}

endpoint "https" "google" {{
  hosts    = ["compute.googleapis.com"]
  upstream = "{google}"
  ca_cert  = "<<file:google.pem>>"
  use      = ["gcp-guarded"]
}}

endpoint "https" "aws" {{
  hosts    = ["sts.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]
  upstream = "{aws}"
  ca_cert  = "<<file:aws.pem>>"
}}

credential "bearer_token" "github" {{
  endpoint = https.github
}}

credential "bearer_token" "google" {{
  endpoint = https.google
}}

credential "aws_credential" "aws" {{
  endpoint = https.aws
}}

profile "agents" {{
  credentials = [bearer_token.github, bearer_token.google, aws_credential.aws]
}}

rule "calls" {{
  endpoint = tools.local
  verdict  = "allow"
}}

rule "aws-looks" {{
  endpoint  = https.aws
  condition = "http.method == 'get'"
  verdict   = "allow"
}}
"""


def _zones(handler):
    handler.answer_json({"items": [{"name": "europe-west1-b"}]})


class RequestGateway(tool_gateway.ToolGateway):
    def __init__(self, servers):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port = process.free_port()
        self.config = self.folder / "gateway.hcl"
        for name, server in servers.items():
            shutil.copy(server.authority, self.folder / f"{name}.pem")
        self.config.write_text(CONFIG.format(
            folder=self.folder, port=self.port, **{name: server.url() for name, server in servers.items()}))
        process.Process.__init__(
            self, [BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
            env={**os.environ, "CLAWPATROL_SECRET_GITHUB": GITHUB, "CLAWPATROL_SECRET_GOOGLE": GOOGLE,
                 "CLAWPATROL_SECRET_AWS_SECRET_ACCESS_KEY": web_aws.KEY,
                 "CLAWPATROL_SECRET_AWS_ACCESS_KEY_ID": web_aws.KEY_ID,
                 "CLAWPATROL_SECRET_AGENT_BOT": tool_gateway.TOKENS["bot"]})


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        cls.aws = web_aws.Aws()
        routes = {"github": web_github.ROUTES, "google": {"compute": _zones}, "aws": cls.aws.routes()}
        cls.servers = {name: cls.enterClassContext(web.Server(routes=each)) for name, each in routes.items()}
        cls.gateway = cls.enterClassContext(RequestGateway(cls.servers))

    def setUp(self):
        for server in self.servers.values():
            server.forget()
        self.aws.wrong.clear()

    def call(self, tool, url, method="GET", **arguments):
        return self.gateway.call(tool, {"method": method, "url": url, **arguments})

    def nobody_saw(self, said, *secrets):
        for secret in secrets:
            self.assertNotIn(secret, json.dumps(said))
            self.assertNotIn(secret.encode(), self.gateway.written())

    def test_github(self):
        status, said = self.call("github.request", "/repos/acme/shop")
        self.assertEqual((status, json.loads(said["result"]["body"])["full_name"]), (200, "acme/shop"), said)
        seen, = self.servers["github"].requests
        self.assertEqual(seen["headers"]["authorization"], f"Bearer {GITHUB}")
        self.assertEqual(seen["headers"]["host"].split(":")[0], "api.github.com")
        self.nobody_saw(said, GITHUB)

    def test_github_is_not_deleted(self):
        status, said = self.call("github.request", "/repos/acme/shop", "DELETE")
        self.assertEqual(status, 403, said)
        self.assertEqual(said["denied"]["rule"], "github-guarded/no-repository-removal")
        self.assertTrue(said["denied"]["reason"])
        self.assertEqual(self.servers["github"].requests, [])

    def test_google_cloud(self):
        status, said = self.call("gcp.request", "https://compute.googleapis.com/compute/v1/projects/p/zones")
        self.assertEqual((status, said["result"]["status"]), (200, 200), said)
        seen, = self.servers["google"].requests
        self.assertEqual(seen["headers"]["authorization"], f"Bearer {GOOGLE}")
        self.nobody_saw(said, GOOGLE)

    def test_aws_is_signed(self):
        query = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        status, said = self.call("aws.request", query)
        self.assertEqual((status, said["result"]["status"]), (200, 200), (said, self.aws.wrong))
        self.assertIn("user/robot", said["result"]["body"])
        self.assertEqual(self.aws.wrong, [])
        self.assertIn("AWS4-HMAC-SHA256", self.servers["aws"].requests[0]["headers"]["authorization"])
        self.nobody_saw(said, web_aws.KEY, web_aws.KEY_ID)

    def test_each_keeps_to_its_hosts(self):
        for tool, url in (("github.request", "https://compute.googleapis.com/"),
                          ("gcp.request", "https://api.github.com/user"),
                          ("aws.request", "https://amazonaws.com.evil.example/"),
                          ("gcp.request", "/compute/v1/projects"),
                          ("github.request", "https://api.github.com@evil.example/")):
            with self.subTest(tool=tool, url=url):
                status, said = self.call(tool, url)
                self.assertEqual((status, said.get("pointer")), (400, "/arguments/url"), said)
        self.assertEqual([each.requests for each in self.servers.values()], [[], [], []])

    def test_what_the_agent_signs_or_sends_itself_is_replaced(self):
        status, said = self.call("github.request", "/user", headers={"Authorization": "Bearer mine"})
        self.assertEqual(status, 200, said)
        self.assertEqual(self.servers["github"].requests[0]["headers"]["authorization"], f"Bearer {GITHUB}")


if __name__ == "__main__":
    unittest.main()
