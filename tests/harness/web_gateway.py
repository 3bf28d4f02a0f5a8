"""The gateway before an HTTPS server: its config written for one test, as a proxy and as the endpoint's own
door. What a test wants otherwise it says by name; the rest is PARTS."""

import os
import pathlib
import re
import shutil
import subprocess
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
  listen        = "{address}:{proxy}"
  profile       = "agents"
  {listener}
}}

endpoint "https" "api" {{
  hosts         = [{hosts}]
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
{more}
"""

BEARER = """
credential "bearer_token" "key" {
  endpoint = https.api
}
"""

PARTS = {
    "rules": RULES,
    "settings": "",  # More inside the block `gateway`,
    "listener": "require_token = false",  # inside the proxy's,
    "endpoint": "",  # inside the endpoint's,
    "more": "",  # and after all of them.
    "hosts": '"api.test"',
    "address": "127.0.0.1",  # Where the proxy listens.
    "credential": BEARER,
    "credentials": "bearer_token.key",
}

# What a developer has set for clients must not decide what they do.
_FOREIGN = re.compile("(?i).*_PROXY|.*(SSL|CA)_.*|.*_CERT.*|(NODE|GH|GITHUB|GIT|OPENAI|ANTHROPIC)_.*")


def clean_environment(**more):
    return {**{name: value for name, value in os.environ.items() if not _FOREIGN.fullmatch(name)}, **more}


class WebGateway(process.Process):
    def __init__(self, upstream, environment=None, **parts):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port, self.proxy = process.free_port(), process.free_port()
        self.config = self.folder / "gateway.hcl"
        authority = ""
        if getattr(upstream, "authority", None):
            shutil.copy(upstream.authority, self.folder / "upstream-ca.pem")
            authority = 'ca_cert       = "<<file:upstream-ca.pem>>"'
        assert not parts.keys() - PARTS.keys(), parts.keys() - PARTS.keys()
        self.config.write_text(_CONFIG.format_map({
            "folder": self.folder, "proxy": self.proxy, "port": self.port, "upstream": upstream.url(),
            "authority": authority, **PARTS, **parts}))
        super().__init__([BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
                         env={**os.environ, "CLAWPATROL_SECRET_KEY": SECRET, **(environment or {})})

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
        return process.run(["curl", "-sS", "--cacert", self.authority(),
                            "-x", f"http://127.0.0.1:{self.proxy}", *words], seconds=seconds)

    def token(self, agent):
        """A new token for an agent; needs a sealed store."""
        return process.run([BINARY, "credentials", "token", self.config, agent]).strip()

    def _in_environment(self, command):
        script = f'set -e; lines=$("{BINARY}" env "{self.config}"); eval "$lines"; exec "$@"'
        return ["bash", "-c", script, "bash", *map(str, command)]

    def agent(self, *command, seconds=30, **environment):
        """A program in the environment that `clawpatrol env` makes, and in nothing else: what it came to."""
        return subprocess.run(self._in_environment(command), check=False, capture_output=True, text=True,
                              timeout=seconds, cwd=self.folder,
                              env=clean_environment(HOME=str(self.folder), **environment))

    def begin(self, *command):
        """The same as a child whose output is read as it comes."""
        return subprocess.Popen(self._in_environment(command), stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL, cwd=self.folder,
                                env=clean_environment(HOME=str(self.folder)))

    def memory_kib(self):
        """What it holds now."""
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def written(self):
        """All that this gateway has told anybody but agents: its log and everything of its state."""
        found = [self.log().encode()]
        for path in (self.folder / "state").rglob("*"):
            if path.is_file():
                found.append(path.read_bytes())
        return b"\n".join(found)
