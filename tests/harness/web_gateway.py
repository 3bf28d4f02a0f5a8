"""The gateway before an HTTPS server: its config written for one test, as a proxy and as the endpoint's own door."""

import os
import pathlib
import shutil
import tempfile

from harness import process
from harness.gateway import BINARY

SECRET = "upstream-secret-0123456789"

RULES = """
rule "no-delete" {
  endpoint  = https.api
  priority  = 100
  condition = "http.method == 'delete'"
  verdict   = "deny"
  reason    = "nothing is deleted here"
}

rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""

_CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  {settings}
}}

listener "proxy" "dev" {{
  listen        = "127.0.0.1:{proxy}"
  require_token = false
  profile       = "agents"
}}

endpoint "https" "api" {{
  hosts         = ["api.test"]
  upstream      = "{upstream}"
  {authority}
  listen        = "127.0.0.1:{port}"
  require_token = false
  profile       = "agents"
  {endpoint}
}}

{credential}

profile "agents" {{
  credentials = [{credentials}]
}}
{rules}
"""

BEARER = """
credential "bearer_token" "key" {
  endpoint = https.api
}
"""


class WebGateway(process.Process):
    def __init__(self, upstream, rules=RULES, settings="", endpoint="", credential=BEARER,
                 credentials="bearer_token.key", more=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port, self.proxy = process.free_port(), process.free_port()
        self.config = self.folder / "gateway.hcl"
        authority = ""
        if getattr(upstream, "authority", None):
            shutil.copy(upstream.authority, self.folder / "upstream-ca.pem")
            authority = 'ca_cert       = "<<file:upstream-ca.pem>>"'
        self.config.write_text(_CONFIG.format(
            folder=self.folder, settings=settings, proxy=self.proxy, port=self.port, upstream=upstream.url(),
            authority=authority, endpoint=endpoint, credential=credential, credentials=credentials,
            rules=rules) + more)
        super().__init__([BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
                         env={**os.environ, "CLAWPATROL_SECRET_KEY": SECRET})

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self):
        return process.accepts(self.proxy) and process.accepts(self.port)

    def audit(self, *words):
        return process.run([BINARY, "audit", *words, "--state-dir", self.folder / "state"])

    def authority(self):
        """A file with the certificate agents must trust."""
        path = self.folder / "agents-ca.pem"
        if not path.exists():
            path.write_text(process.run([BINARY, "ca", "--config", self.config]))
        return path

    def curl(self, *words, seconds=30):
        """curl through the proxy; what it printed."""
        return process.run(["curl", "-sS", "--cacert", self.authority(), "-x", f"http://127.0.0.1:{self.proxy}", *words],
                           seconds=seconds)
