"""An MCP server that wants a login (tests/mcp_servers): the SDK's server behind a real authorization server,
a gateway before both, and a person who connects a credential with a browser."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

from harness import certificates, mcp_servers, oidc, process
from harness.gateway import BINARY

CALLBACK = "http://localhost:1456/callback"

CONFIG = """
endpoint "mcp" "guarded" {{
  url     = "{url}"
  ca_cert = <<PEM
{authority}PEM
  pins    = "accept_first"
  timeout = "10s"
}}

credential "mcp_oauth" "login" {{
  endpoint = mcp.guarded
  {settings}
}}

profile "agents" {{
  credentials = [mcp_oauth.login]
}}

rule "all" {{
  endpoint = mcp.guarded
  verdict  = "allow"
}}
"""


class Authorization(mcp_servers.Program):
    def __init__(self, folder, resource, **options):
        port = process.free_port()
        self.issuer = f"https://localhost:{port}"
        super().__init__("authorization.mjs", self.issuer, {
            "port": port, "issuer": self.issuer, "resource": resource,
            "certificate": str(folder / "server.crt"), "key": str(folder / "server.key"), **options}, folder)

    def said(self):
        return json.loads(self.control("said"))

    def asked(self, grant):
        return [each for each in self.said()["asked"] if each.get("grant_type") == grant]

    def lie(self, **metadata):
        """Its metadata says this from now on; nothing: the truth."""
        self.control("metadata/" + urllib.parse.quote(json.dumps(metadata)))


class House:
    """The three of them, and what they need."""

    def __init__(self, settings="", authorization=None, server=None):
        self.settings, self.options = settings, (authorization or {}, server or {})

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-mcp-login-"))
        certificates.make(self.folder)
        port = process.free_port()
        self.resource = f"https://localhost:{port}/mcp"
        self.running = []
        self.authorization = self._run(Authorization(self.folder, self.resource, **self.options[0]))
        self.server = self._run(mcp_servers.Program("sdk_server.mjs", self.resource.removesuffix("/mcp"), {
            "port": port, "issuer": self.authorization.issuer, "certificate": str(self.folder / "server.crt"),
            "key": str(self.folder / "server.key"), **self.options[1]}, self.folder))
        settings = self.settings.replace("ISSUER", self.authorization.issuer)
        self.environment = {"TEST_VAULT_KEY": "11" * 32, "SSL_CERT_FILE": str(self.folder / "ca.crt")}
        self.gateway = self._run(mcp_servers.Gateway(
            CONFIG.format(url=self.resource, authority=(self.folder / "ca.crt").read_text(),
                          settings=settings),
            settings='vault { key_environment = "TEST_VAULT_KEY" }', environment=self.environment))
        return self

    def _run(self, program):
        self.running.append(program)
        try:
            return program.__enter__()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *failure):
        for program in reversed(self.running):
            program.__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, change=lambda address: address, person="ann"):
        """`credentials connect` as a person does it; `change` is done to the address they end up at. The exit
        code and all that was said."""
        child = subprocess.Popen([BINARY, "credentials", "connect", self.gateway.config, "login"], text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 cwd=self.gateway.folder, env={**os.environ, **self.environment})
        said = ""
        self.asked_for = {}
        for line in child.stdout:
            said += line
            if not line.startswith("https://"):
                continue
            self.asked_for = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(line.strip()).query))
            try:
                child.stdin.write(change(oidc.Browser().sign_in(line.strip(), person, CALLBACK)) + "\n")
            except AssertionError as refused:
                said += str(refused)
            child.stdin.close()
        child.wait(30)
        child.stdout.close()
        return child.returncode, said

    def state(self):
        connection, = self.gateway.server("mcp.guarded")["connections"]
        return connection

    def wait_up(self):
        process.wait_until(lambda: self.state()["up"], 60, "the server")

    def text(self, name, **arguments):
        status, said = self.gateway.call("guarded." + name, arguments)
        assert status == 200, (status, said)
        return said["result"]["content"][0]["text"]


def without(name):
    """Takes a parameter out of an address."""
    return lambda address: re.sub(rf"([?&]){name}=[^&]*&?", r"\1", address)
